-- 欠缴税款与非正常户: tax arrears and non-normal taxpayers.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    startDate AS start_date,
    endDate AS end_date,
    endKnown AS end_known_date,
    amount,
    nonNormal AS non_normal,
    gravity,
    consequence,
    recDate AS known_date,
    authority
FROM tax_arrears_raw
