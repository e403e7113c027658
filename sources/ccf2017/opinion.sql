-- 舆情: recruitment notices on public sites. No record table is about recruitment; they stand here as neutral mentions without effect,
-- one for each site and month, from the month's last day. 没有专门的招聘表，权作中性、无影响的公开信息。
SELECT
    min(source_row) AS source_row,
    'recruitment-' || EID || '-' || WZCODE || '-' || RECDATE AS record_id,
    EID AS enterprise_id,
    last_day(CAST(RECDATE || '-01' AS DATE)) AS event_date,
    'neutral' AS sentiment,
    'normal' AS attention,
    'none' AS effect
FROM recruitment
GROUP BY EID, WZCODE, RECDATE
