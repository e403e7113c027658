-- 合同违约: breaches of contract.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    breachDate AS event_date,
    amount,
    gravity,
    consequence,
    caseId AS case_id,
    recDate AS known_date
FROM contract_breach_raw
