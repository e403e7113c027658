-- 分支机构: branches. Only years are told: each counts from the last day on which it may have happened, at the latest 2015-08-31.
-- 只有年份：自可能发生的最后一日起算，不提前知道。
SELECT
    source_row,
    'branch-' || EID || '-' || TYPECODE AS record_id,
    EID AS enterprise_id,
    least(make_date(B_REYEAR, 12, 31), DATE '2015-08-31') AS start_date,
    least(make_date(CAST(B_ENDYEAR AS BIGINT), 12, 31), CASE WHEN B_ENDYEAR IS NOT NULL THEN DATE '2015-08-31' END) AS end_date,
    TYPECODE AS branch_id
FROM branches
