-- 12315投诉: consumer complaints; the source has neither their topic nor whether they were accepted.
SELECT
    source_row,
    complaint_id AS record_id,
    enterprise AS enterprise_id,
    CAST(date AS DATE) AS event_date,
    'complaint' AS kind
FROM complaints_12315
