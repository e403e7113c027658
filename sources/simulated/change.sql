-- 变更登记: registered changes.
-- A word that is not in the list stays as it is, so that the check of codes names it.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    altDate AS event_date,
    CASE altItem_CN
        WHEN '名称' THEN 'name'
        WHEN '住所' THEN 'address'
        WHEN '法定代表人' THEN 'legal_representative'
        WHEN '股东' THEN 'shareholder'
        WHEN '注册资本' THEN 'capital'
        WHEN '经营范围' THEN 'scope'
        WHEN '董监高' THEN 'post_holder'
        WHEN '企业类型' THEN 'kind'
        WHEN '其他' THEN 'other'
        ELSE altItem_CN
    END AS item,
    altBe AS amount_before,
    altAf AS amount_after,
    recDate AS known_date,
    REGORG_CN AS authority
FROM change_raw
