-- 出资持股: shareholdings.
-- A word that is not in the list stays as it is, so that the check of codes names it.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    conDate AS start_date,
    exitDate AS end_date,
    invId AS holder_id,
    CASE invType_CN
        WHEN '自然人' THEN 'person'
        WHEN '企业' THEN 'enterprise'
        ELSE invType_CN
    END AS holder_kind,
    subConProp AS share,
    liSubConAm AS amount,
    recDate AS known_date
FROM shareholding_raw
