-- 舆情: public opinion.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    pubDate AS event_date,
    sentiment,
    attention,
    effect,
    recDate AS known_date
FROM opinion_raw
