-- 出资持股: EID invests in BTEID. The holding belongs to the enterprise invested in, as in the register; years as for branches.
-- 编号取自内容：同一对企业可以先后几次投资。 The id comes from the content: one may invest in another more than once.
SELECT
    source_row,
    'investment-' || md5(concat_ws('|', EID, BTEID, BTYEAR, BTENDYEAR, BTBL)) AS record_id,
    CAST(BTEID AS VARCHAR) AS enterprise_id,
    least(make_date(BTYEAR, 12, 31), DATE '2015-08-31') AS start_date,
    least(make_date(CAST(BTENDYEAR AS BIGINT), 12, 31), CASE WHEN BTENDYEAR IS NOT NULL THEN DATE '2015-08-31' END) AS end_date,
    EID AS holder_id,
    'enterprise' AS holder_kind,
    BTBL AS share
FROM investments
