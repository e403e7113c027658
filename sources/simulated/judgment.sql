-- 司法判决与执行: court judgments and enforcement.
SELECT
    source_row,
    caseNo AS record_id,
    UNISCID AS enterprise_id,
    judgDate AS event_date,
    kind,
    role,
    cause,
    amount,
    gravity,
    consequence,
    caseId AS case_id,
    recDate AS known_date,
    court AS authority
FROM judgment_raw
