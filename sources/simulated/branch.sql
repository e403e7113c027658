-- 分支机构: branches registered in the province, under their parents.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    ESTDATE AS start_date,
    CANDATE AS end_date,
    CANKNOWN AS end_known_date,
    brUNISCID AS branch_id,
    DOMDISTRICT AS division,
    recDate AS known_date,
    REGORG AS authority
FROM branch_raw
