{# What visits found among enterprises with the same `peer` value as known on the as-of date, a row for each look-back
   window and kinds of visits. `struck` has the rates of all groups where they were found before. #}
WITH own AS (
  SELECT enterprise_id, as_of, record_id, {{ peer }} AS peer
  FROM {{ registered }}
),
{% if struck %}
level AS (
  SELECT *
  FROM {{ struck }}
  WHERE relation = {{ literal(relation) }} AND peer IS NULL AND window_days IN ({{ windows | join(", ") }})
),
rated AS (
  SELECT *
  FROM {{ struck }}
  WHERE relation = {{ literal(relation) }} AND peer IS NOT NULL
)
{% else %}
{% include "shared/looked_back.sql" %}
asked AS (
  SELECT DISTINCT o.as_of, o.peer, w.window_days, k.undirected
  FROM own o
  CROSS JOIN looked_back w
  CROSS JOIN (VALUES (true), (false)) k (undirected)
),
{% include "shared/group_rates.sql" %}
{% endif %}
SELECT
  o.enterprise_id,
  o.as_of,
  o.record_id,
  l.window_days,
  l.undirected,
  coalesce(r.visits, 0) AS visits,
  coalesce(r.problems, 0) AS problems,
  coalesce(r.expected_problems, 0) AS expected_problems,
  l.problems_rate,
  coalesce(r.serious, 0) AS serious,
  coalesce(r.expected_serious, 0) AS expected_serious,
  l.serious_rate
FROM own o
JOIN level l ON l.as_of = o.as_of
LEFT JOIN rated r
  ON r.peer = o.peer AND r.as_of = o.as_of AND r.window_days = l.window_days AND r.undirected = l.undirected
