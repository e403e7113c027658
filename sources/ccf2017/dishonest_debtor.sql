-- 失信被执行人: listings of the enterprise itself; months as for judgments.
SELECT
    source_row,
    'dishonest-' || EID || '-' || TYPECODE AS record_id,
    EID AS subject_id,
    'enterprise' AS subject_kind,
    last_day(CAST(strptime(FBDATE, '%Y/%m/%d') AS DATE)) AS start_date,
    last_day(CAST(strptime(SXENDDATE, '%Y/%m/%d') AS DATE)) AS end_date
FROM dishonest
