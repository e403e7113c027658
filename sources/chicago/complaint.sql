-- 投诉举报: a visit that followed a complaint shows that there was one. The day it was received is not published: it counts from
-- the visit on, and was accepted, since the office came. Several complaints may lead to one visit; one is counted.
SELECT
    min(source_row) AS source_row,
    'complaint-' || CAST(TRY_CAST(License AS BIGINT) AS VARCHAR) || '-' || CAST(Inspection_Date AS DATE) AS record_id,
    CAST(TRY_CAST(License AS BIGINT) AS VARCHAR) AS enterprise_id,
    CAST(Inspection_Date AS DATE) AS event_date,
    'complaint' AS kind,
    true AS accepted,
    CASE WHEN bool_or(regexp_matches(lower(Inspection_Purpose), 'poisoning|sfp|got sick')) THEN 'food_safety' ELSE 'other' END AS topic
FROM assignments
WHERE regexp_matches(lower(Inspection_Purpose), 'complain|poisoning|sfp|got sick')
    AND NOT regexp_matches(lower(Inspection_Purpose), 're-?insp')
    AND TRY_CAST(License AS BIGINT) > 0
GROUP BY License, Inspection_Date
