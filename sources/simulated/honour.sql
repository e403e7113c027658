-- 表彰荣誉: honours.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    awardDate AS event_date,
    level,
    valTo AS expiry_date,
    recDate AS known_date,
    authority
FROM honour_raw
