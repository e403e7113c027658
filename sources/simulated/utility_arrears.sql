-- 欠缴水电气费: unpaid water, electricity and gas.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    startDate AS start_date,
    endDate AS end_date,
    endKnown AS end_known_date,
    utility,
    amount,
    gravity,
    consequence,
    recDate AS known_date
FROM utility_arrears_raw
