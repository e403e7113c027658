-- 知识产权质押: pledges of intellectual property.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    startDate AS start_date,
    endDate AS end_date,
    endKnown AS end_known_date,
    ipKind AS ip_kind,
    recDate AS known_date,
    authority
FROM ip_pledge_raw
