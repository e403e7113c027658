-- 检查计划的结果: visits of a plan that were made, refused or found closed; columns and codes are those of the table.
SELECT
    source_file,
    source_row,
    record_id,
    enterprise_id,
    event_date,
    kind,
    result,
    domain,
    problems,
    serious_problems,
    inspector,
    plan,
    draw_chance,
    known_date
FROM plan_visits
