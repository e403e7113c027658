-- 监督检查: inspections.
-- A word that is not in the list stays as it is, so that the check of codes names it.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    insDate AS event_date,
    CASE insType_CN
        WHEN '双随机抽查' THEN 'random'
        WHEN '日常检查' THEN 'routine'
        WHEN '重点检查' THEN 'targeted'
        WHEN '投诉举报核查' THEN 'complaint_led'
        ELSE insType_CN
    END AS kind,
    CASE insRes_CN
        WHEN '未发现问题' THEN 'no_problem'
        WHEN '发现问题已责令改正' THEN 'problem'
        WHEN '发现问题待后续处理' THEN 'serious_problem'
        WHEN '通过登记的住所无法联系' THEN 'unreachable'
        WHEN '不配合检查' THEN 'uncooperative'
        ELSE insRes_CN
    END AS result,
    CASE insDomain_CN
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
        ELSE insDomain_CN
    END AS domain,
    problems,
    seriousProblems AS serious_problems,
    inspector,
    recDate AS known_date,
    insAuth_CN AS authority
FROM inspection_raw
