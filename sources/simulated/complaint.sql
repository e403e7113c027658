-- 投诉举报: complaints and reports.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    regDate AS event_date,
    kind,
    topic,
    accepted,
    recDate AS known_date,
    authority
FROM complaint_raw
