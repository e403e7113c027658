-- 行政许可: permits of all departments.
-- A word that is not in the list stays as it is, so that the check of codes names it.
SELECT
    source_row,
    licNo AS record_id,
    UNISCID AS enterprise_id,
    valFrom AS start_date,
    cancelDate AS end_date,
    cancelKnown AS end_known_date,
    CASE licDomain_CN
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
        ELSE licDomain_CN
    END AS domain,
    licName_CN AS licence_name,
    valTo AS expiry_date,
    recDate AS known_date,
    licAnth AS authority
FROM licence_raw
