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
        WHEN '非公司企业法人' THEN 'non_company_legal_person'
        WHEN '分支机构' THEN 'branch'
        WHEN '个体工商户' THEN 'individual_business'
        WHEN '其他' THEN 'other'
        ELSE ENTTYPE_CN
    END AS kind,
    INDUSTRYPHY AS industry_section,
    INDUSTRYPHY || INDUSTRYCO AS industry,
    DOMDISTRICT AS division,
    DOMSTREET AS street,
    TAXAREA AS tax_area,
    STATAREA AS statistics_area,
    indepAcc AS independent_accounts,
    CASE OWNLEVEL_CN
        WHEN '中央' THEN 'central'
        WHEN '省属' THEN 'provincial'
        WHEN '市属' THEN 'municipal'
        WHEN '县（市、区）属' THEN 'county'
        WHEN '非国有' THEN 'none'
        ELSE OWNLEVEL_CN
    END AS owner_level,
    REGCAP AS registered_capital,
    RECCAP AS paid_capital,
    ESTDATE AS established_date,
    OPTO AS operating_until,
    DOM AS address,
    newEconomy AS new_economy,
    recDate AS known_date,
    REGORG AS authority
FROM enterprise_raw
