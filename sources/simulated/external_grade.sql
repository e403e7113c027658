-- 外部等级: grades that others give: for taxes, by the food office, of the nation and of a province.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    startDate AS start_date,
    endDate AS end_date,
    validTo AS planned_end_date,
    field,
    grade,
    riskLevel AS risk_level,
    recDate AS known_date,
    authority
FROM external_grade_raw
