-- 监督检查: routine visits ("canvass") with what they found, and re-inspections, of which only the fact and the day are published.
-- 检查人员是干扰变量：只用于扣除其松紧，从不成为指标。六组人员以颜色代称；2014-04-17 至 2014-09-01 的来源缺人员记录。
-- The inspector is a nuisance: used to take strictness out, never an indicator. The city gives six groups of inspectors by
-- colours; the records of 2014-04-17 to 2014-09-01 have none, and visits without one are compared with everyone's findings.
WITH came AS (
    SELECT
        CAST(TRY_CAST(License AS BIGINT) AS VARCHAR) AS enterprise_id,
        CAST(Inspection_Date AS DATE) AS day,
        min(Inspector_Assigned) AS inspector
    FROM assignments
    WHERE Inspection_Purpose = 'Canvass'
    GROUP BY ALL
),
found AS (
    SELECT
        v.source_row,
        'canvass-' || CAST(v.Inspection_ID AS BIGINT) AS record_id,
        CAST(CAST(v.License AS BIGINT) AS VARCHAR) AS enterprise_id,
        CAST(v.Inspection_Date AS DATE) AS event_date,
        'canvass' AS purpose,
        v.Results AS verdict,
        v.criticalCount + v.seriousCount + v.minorCount AS problems,
        v.criticalCount AS serious_problems,
        m.Inspector_Assigned AS assigned
    FROM visits v LEFT JOIN model_table m ON m.Inspection_ID = v.Inspection_ID
    UNION ALL BY NAME
    SELECT
        min(source_row) AS source_row,
        'follow-up-' || CAST(TRY_CAST(License AS BIGINT) AS VARCHAR) || '-' || CAST(Inspection_Date AS DATE) AS record_id,
        CAST(TRY_CAST(License AS BIGINT) AS VARCHAR) AS enterprise_id,
        CAST(Inspection_Date AS DATE) AS event_date,
        're-inspection' AS purpose
    FROM assignments
    -- 许可证号不是数字的（学校编号等）与其他表对不上。A licence that is no number (a school's code) is in no other extract.
    WHERE regexp_matches(lower(Inspection_Purpose), 're-?insp') AND TRY_CAST(License AS BIGINT) > 0
    GROUP BY ALL
)
SELECT
    f.source_row,
    f.record_id,
    f.enterprise_id,
    f.event_date,
    CASE f.purpose WHEN 'canvass' THEN 'routine' WHEN 're-inspection' THEN 'follow_up' ELSE f.purpose END AS kind,
    CASE f.verdict
        WHEN 'Pass' THEN 'no_problem'
        WHEN 'Pass w/ Conditions' THEN 'problem'
        WHEN 'Fail' THEN 'serious_problem'
        ELSE f.verdict
    END AS result,
    'food' AS domain,
    CAST(f.problems AS BIGINT) AS problems,
    CAST(f.serious_problems AS BIGINT) AS serious_problems,
    CASE WHEN f.purpose = 'canvass' THEN coalesce(f.assigned, c.inspector) END AS inspector
FROM found f LEFT JOIN came c ON c.enterprise_id = f.enterprise_id AND c.day = f.event_date
