-- 变更登记: projects. No record table is about projects; they stand here as changes of the kind 'other', an event of the enterprise's
-- own doing. Only the month is told: each counts from the month's last day.
-- 没有专门的项目表，权作“其他”变更；只有月份，自当月末日起算。
SELECT
    min(source_row) AS source_row,
    'project-' || EID || '-' || TYPECODE || '-' || DJDATE AS record_id,
    EID AS enterprise_id,
    last_day(CAST(DJDATE || '-01' AS DATE)) AS event_date,
    'other' AS item
FROM projects
GROUP BY EID, TYPECODE, DJDATE
