-- 歇业备案: filed suspensions of business.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    startDate AS start_date,
    endDate AS end_date,
    endKnown AS end_known_date,
    plannedUntil AS planned_until,
    recDate AS known_date,
    REGORG_CN AS authority
FROM suspension_raw
