-- 经营异常名录: the abnormal list.
-- A word that is not in the list stays as it is, so that the check of codes names it.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    ABNTIME AS start_date,
    REMDATE AS end_date,
    REMKNOWN AS end_known_date,
    CASE SPECAUSE_CN
        WHEN '未按期公示年度报告' THEN 'annual_report'
        WHEN '未按责令公示即时信息' THEN 'realtime_information'
        WHEN '公示信息隐瞒真实情况弄虚作假' THEN 'false_information'
        WHEN '通过登记的住所无法联系' THEN 'unreachable'
        ELSE SPECAUSE_CN
    END AS cause,
    recDate AS known_date,
    DECORG_CN AS authority
FROM abnormal_listing_raw
