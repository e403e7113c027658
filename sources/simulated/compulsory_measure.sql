-- 行政强制: compulsory measures.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    startDate AS start_date,
    endDate AS end_date,
    endKnown AS end_known_date,
    measure,
    caseId AS case_id,
    recDate AS known_date,
    authority
FROM compulsory_measure_raw
