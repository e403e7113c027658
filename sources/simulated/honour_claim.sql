-- 自主上报增信信息: what enterprises report of themselves, one record when submitted and one when verified.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    stageDate AS event_date,
    claimId AS claim_id,
    stage,
    kind,
    title,
    method,
    verifier,
    validTo AS expiry_date,
    recDate AS known_date
FROM honour_claim_raw
