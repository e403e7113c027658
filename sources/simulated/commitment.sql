-- 信用承诺: credit commitments.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    checkDate AS event_date,
    outcome,
    gravity,
    consequence,
    recDate AS known_date,
    authority
FROM commitment_raw
