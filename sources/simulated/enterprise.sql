-- 企业登记信息: registration: one row per enterprise and version.
-- A word that is not in the list stays as it is, so that the check of codes names it.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    APPRDATE AS valid_from,
    ENTNAME AS name,
    CASE REGSTATE_CN
        WHEN '存续' THEN 'active'
        WHEN '吊销未注销' THEN 'revoked'
        WHEN '注销' THEN 'deregistered'
        ELSE REGSTATE_CN
    END AS status,
    CASE ENTTYPE_CN
        WHEN '有限责任公司' THEN 'limited_company'
        WHEN '股份有限公司' THEN 'joint_stock'
        WHEN '个人独资企业' THEN 'sole_proprietorship'
        WHEN '合伙企业' THEN 'partnership'
        WHEN '农民专业合作社' THEN 'cooperative'
        WHEN '国有企业' THEN 'state_owned'
        WHEN '外商投资企业' THEN 'foreign_invested'
        WHEN '分支机构' THEN 'branch'
        WHEN '其他' THEN 'other'
        ELSE ENTTYPE_CN
    END AS kind,
    INDUSTRYPHY AS industry_section,
    INDUSTRYPHY || INDUSTRYCO AS industry,
    DOMDISTRICT AS division,
    REGCAP AS registered_capital,
    RECCAP AS paid_capital,
    ESTDATE AS established_date,
    OPTO AS operating_until,
    DOM AS address,
    newEconomy AS new_economy,
    recDate AS known_date,
    REGORG AS authority
FROM enterprise_raw
