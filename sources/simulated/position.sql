-- 任职: posts held.
-- A word that is not in the list stays as it is, so that the check of codes names it.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    startDate AS start_date,
    endDate AS end_date,
    personId AS person_id,
    name AS person_name,
    CASE position_CN
        WHEN '法定代表人' THEN 'legal_representative'
        WHEN '董事' THEN 'director'
        WHEN '监事' THEN 'supervisor'
        WHEN '高级管理人员' THEN 'senior_manager'
        WHEN '经营者' THEN 'operator'
        ELSE position_CN
    END AS role,
    recDate AS known_date
FROM position_raw
