-- 行政处罚: administrative penalties of all departments.
-- A word that is not in the list stays as it is, so that the check of codes names it.
SELECT
    source_row,
    penDecNo AS record_id,
    UNISCID AS enterprise_id,
    penDecIssDate AS event_date,
    CASE severity_CN
        WHEN '仅警告' THEN 'warning'
        WHEN '轻微' THEN 'minor'
        WHEN '一般' THEN 'moderate'
        WHEN '严重' THEN 'serious'
        ELSE severity_CN
    END AS severity,
    CASE penType_CN
        WHEN '警告' THEN 'warning'
        WHEN '通报批评' THEN 'criticism'
        WHEN '罚款' THEN 'fine'
        WHEN '没收' THEN 'confiscation'
        WHEN '暂扣许可证件' THEN 'licence_suspended'
        WHEN '降低资质等级' THEN 'qualification_lowered'
        WHEN '吊销许可证件' THEN 'licence_revoked'
        WHEN '限制开展生产经营活动' THEN 'business_restricted'
        WHEN '责令停产停业' THEN 'production_stopped'
        WHEN '责令关闭' THEN 'closure'
        WHEN '限制从业' THEN 'occupation_restricted'
        WHEN '吊销营业执照' THEN 'business_licence_revoked'
        WHEN '其他' THEN 'other'
        ELSE penType_CN
    END AS kind,
    CASE illegActType_CN
        WHEN '登记注册' THEN 'registration'
        WHEN '食品' THEN 'food'
        WHEN '药品' THEN 'drug'
        WHEN '医疗器械' THEN 'medical_device'
        WHEN '特种设备' THEN 'special_equipment'
        WHEN '产品质量' THEN 'product_quality'
        WHEN '广告' THEN 'advertising'
        WHEN '价格' THEN 'price'
        WHEN '反不正当竞争' THEN 'competition'
        WHEN '知识产权' THEN 'intellectual_property'
        WHEN '消费者权益' THEN 'consumer'
        WHEN '计量' THEN 'metrology'
        WHEN '安全生产' THEN 'safety'
        WHEN '生态环境' THEN 'environment'
        WHEN '劳动用工' THEN 'labour'
        WHEN '税务' THEN 'tax'
        WHEN '文化旅游' THEN 'culture'
        WHEN '其他' THEN 'other'
        ELSE illegActType_CN
    END AS domain,
    marketSupervision AS market_supervision,
    penAm AS fine,
    forfAm AS confiscated,
    publicDate AS publicised_date,
    restrictedUntil AS restricted_until,
    consequence,
    caseId AS case_id,
    recDate AS known_date,
    penAuth_CN AS authority
FROM penalty_raw
