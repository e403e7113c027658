-- 行政处罚: administrative penalties. A fifth have no date: when they were imposed cannot be known, and they are refused.
-- 来源没有文号，编号取自内容。Without a decision number the id comes from the content.
SELECT
    source_row,
    'penalty-' || md5(concat_ws('|', enterprise, uscc, source, kind, fine_10k_yuan, violation, date)) AS record_id,
    enterprise AS enterprise_id,
    CAST(date AS DATE) AS event_date,
    -- 来源没有失信程度，按36号令的分类由处罚种类推定。Severity is inferred from the kind of penalty (NDRC Order 36).
    CASE
        WHEN kind LIKE '%停产停业%' OR kind LIKE '%吊销%' THEN 'serious'
        WHEN kind = '警告' THEN 'warning'
        ELSE 'moderate'
    END AS severity,
    CASE
        WHEN kind LIKE '%吊销许可%' THEN 'licence_revoked'
        WHEN kind LIKE '%停产停业%' THEN 'production_stopped'
        WHEN kind LIKE '%没收%' THEN 'confiscation'
        WHEN kind LIKE '%罚款%' THEN 'fine'
        WHEN kind = '警告' THEN 'warning'
        ELSE 'other'
    END AS kind,
    CASE
        WHEN source LIKE '税收%' THEN 'tax'
        WHEN source LIKE '%生态环境%' THEN 'environment'
        WHEN source LIKE '%文化%' THEN 'culture'
        ELSE 'other'
    END AS domain,
    nullif(fine_10k_yuan, '/') AS fine,
    source AS authority
FROM penalties
