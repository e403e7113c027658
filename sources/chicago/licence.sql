-- 行政许可: the licences held beside that for retail food, as far as they tell something: alcohol with meals, tobacco.
-- 来源只在每次检查旁列出当时是否持有。首次检查所列的先于检查；其后的变化自记载之日起算。
-- The source says at each visit whether one is held. As with the registration, what the first visit says was known the day
-- before, and a later change counts from the day of the visit that shows it.
WITH told AS (
    SELECT
        v.source_row,
        CAST(CAST(v.License AS BIGINT) AS VARCHAR) AS enterprise_id,
        CAST(v.Inspection_Date AS DATE) AS day,
        CAST(v.Inspection_ID AS BIGINT) AS visit,
        unnest([
            {name: 'consumption on premises', held: l.consumption_on_premises_incidental_activity = 1},
            {name: 'tobacco', held: l.tobacco = 1}
        ]) AS licence
    FROM visits v JOIN licences l ON l.Inspection_ID = v.Inspection_ID
),
changes AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY enterprise_id, licence.name ORDER BY day, visit) = 1 AS first
    FROM told
    QUALIFY coalesce(lag(licence.held) OVER (PARTITION BY enterprise_id, licence.name ORDER BY day, visit), false) <> licence.held
),
spells AS (
    SELECT *, lead(day) OVER (PARTITION BY enterprise_id, licence.name ORDER BY day, visit) AS gone FROM changes
)
SELECT
    source_row,
    'licence-' || licence.name || '-' || visit AS record_id,
    enterprise_id,
    CASE WHEN first THEN CAST(day - INTERVAL 1 DAY AS DATE) ELSE day END AS start_date,
    gone AS end_date,
    'other' AS domain,
    licence.name AS licence_name
FROM spells
WHERE licence.held
