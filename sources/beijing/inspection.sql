-- 文化执法检查: culture inspections.
-- A word that is not in the list stays as it is, so that the check of codes names it; 20 visits without a form are refused.
SELECT
    source_row,
    inspection_id AS record_id,
    enterprise AS enterprise_id,
    CAST(date AS DATE) AS event_date,
    -- 专项检查针对特定行业或问题，由监管者选定对象，故为重点检查；没有一次是双随机抽查。
    -- A special inspection is directed at a trade or a kind of problem: targeted. None of the visits is a random draw.
    -- 其他: no ground of its own is named, nor any suspicion.
    CASE form
        WHEN '日常检查' THEN 'routine'
        WHEN '专项检查' THEN 'targeted'
        WHEN '其他' THEN 'routine'
        ELSE form
    END AS kind,
    CASE result
        WHEN '合格' THEN 'no_problem'
        WHEN '不合格' THEN 'problem'
        ELSE result
    END AS result,
    -- 新闻出版检查也由文化执法机关进行。Press and publishing is inspected by the same culture authority.
    CASE domain
        WHEN '文化' THEN 'culture'
        WHEN '新闻出版' THEN 'culture'
        ELSE domain
    END AS domain,
    authority
FROM culture_inspections
