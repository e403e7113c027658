{# Everyone one hop away, and those two hops away that have an adverse record. Two hops reach dozens of enterprises
   each; those with nothing against them would be most of the rows and say nothing. #}
{% set numbered %}
(
    SELECT f.number AS enterprise_id, m.as_of
    FROM {{ entity_dates }} m
    JOIN tying_firm f ON f.enterprise_id = m.enterprise_id
  )
{%- endset %}
WITH asked AS (
  SELECT enterprise_id, as_of FROM {{ numbered if tying else entity_dates }}
),
{{ links("near", "asked") }},
near_end AS (
  SELECT DISTINCT linked_id AS enterprise_id, as_of FROM near_link
),
beyond AS (
  SELECT n.*
  FROM near_end n
  ANTI JOIN asked m ON m.enterprise_id = n.enterprise_id AND m.as_of = n.as_of
),
{{ links("beyond", "beyond", onward=true) }},
tied AS (
  SELECT * FROM near_link
  UNION ALL
  SELECT * FROM beyond_link
),
firm AS (
  SELECT * FROM {{ firm_of("(SELECT enterprise_id FROM asked UNION ALL SELECT linked_id FROM tied)") }}
),
reached AS (
  SELECT f.enterprise_id, r.as_of, f.number
  FROM (SELECT DISTINCT linked_id, as_of FROM tied) r
  JOIN firm f ON f.number = r.linked_id
),
onward AS (
  SELECT n.*
  FROM near_link n
  JOIN near_multi_linked j ON j.enterprise_id = n.enterprise_id AND j.as_of = n.as_of
  UNION ALL
  SELECT * FROM beyond_link
),
subjects AS (
  SELECT enterprise_id AS subject_id, as_of, number FROM reached
),
adverse AS (
  SELECT
    number AS enterprise_id,
    as_of,
    sum(serious) AS serious_listings,
    sum(abnormal) AS abnormal_listings,
    sum(penalty) AS penalties,
    sum(dishonest) AS dishonest_listings,
    min(record_id) AS record_id
  FROM (
    SELECT number, as_of, record_id, 1 AS serious, 0 AS abnormal, 0 AS penalty, 0 AS dishonest
    FROM {{ live("serious_listing", "reached", carried="number") }}
    WHERE end_date IS NULL
    UNION ALL
    SELECT number, as_of, record_id, 0, 1, 0, 0
    FROM {{ live("abnormal_listing", "reached", carried="number") }}
    WHERE end_date IS NULL
    UNION ALL
    SELECT number, as_of, record_id, 0, 0, 1, 0
    FROM {{ live("penalty", "reached", carried="number") }}
    WHERE severity <> 'warning'
    UNION ALL
    SELECT number, as_of, record_id, 0, 0, 0, 1
    FROM {{ live("dishonest_debtor", "subjects", carried="number") }}
    WHERE end_date IS NULL AND subject_kind = 'enterprise'
  )
  GROUP BY number, as_of
),
far_adverse AS MATERIALIZED (
  SELECT f.*
  FROM onward f
  JOIN adverse a ON a.enterprise_id = f.linked_id AND a.as_of = f.as_of
),
linked AS (
  SELECT enterprise_id, as_of, linked_id, 1 AS hops, weight
  FROM near_link
  UNION ALL
  SELECT n.enterprise_id, n.as_of, f.linked_id, 2 AS hops, max(CAST(n.weight * f.weight AS DECIMAL(9, 6))) AS weight
  FROM near_link n
  JOIN far_adverse f ON f.enterprise_id = n.linked_id AND f.as_of = n.as_of
  LEFT JOIN near_link d ON d.enterprise_id = n.enterprise_id AND d.as_of = n.as_of AND d.linked_id = f.linked_id
  WHERE f.linked_id <> n.enterprise_id AND d.linked_id IS NULL
  GROUP BY n.enterprise_id, n.as_of, f.linked_id
)
SELECT
  e.enterprise_id,
  k.as_of,
  a.record_id,
  f.enterprise_id AS linked_id,
  k.hops,
  k.weight,
  coalesce(a.serious_listings, 0) AS serious_listings,
  coalesce(a.abnormal_listings, 0) AS abnormal_listings,
  coalesce(a.penalties, 0) AS penalties,
  coalesce(a.dishonest_listings, 0) AS dishonest_listings,
  a.enterprise_id IS NOT NULL AS adverse
FROM linked k
JOIN firm e ON e.number = k.enterprise_id
JOIN firm f ON f.number = k.linked_id
LEFT JOIN adverse a ON a.enterprise_id = k.linked_id AND a.as_of = k.as_of
