-- 裁判与执行: judgments being enforced against the enterprise. The day given is always the first of a month: the month is told, and it
-- counts from its last day. 金额由元换算为万元。
SELECT
    source_row,
    'enforcement-' || EID || '-' || TYPECODE AS record_id,
    EID AS enterprise_id,
    last_day(CAST(LAWDATE AS DATE)) AS event_date,
    'enforcement' AS kind,
    'defendant' AS role,
    LAWAMOUNT / 10000 AS amount
FROM lawsuits
