-- 动产抵押: mortgages of movables.
SELECT
    source_row,
    morRegCNo AS record_id,
    UNISCID AS enterprise_id,
    startDate AS start_date,
    endDate AS end_date,
    endKnown AS end_known_date,
    priClaSecAm AS amount,
    recDate AS known_date,
    regOrg_CN AS authority
FROM chattel_mortgage_raw
