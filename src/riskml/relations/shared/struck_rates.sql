{# The rates of all groups and of the whole (`peer` null) on the days of `entity_dates`, whoever is asked for. #}
WITH {% include "shared/looked_back.sql" %}
asked AS (
  SELECT DISTINCT d.as_of, v.peer, w.window_days, k.undirected
  FROM (SELECT DISTINCT {{ peer }} AS peer FROM {{ peer_visits }}) v
  CROSS JOIN {{ entity_dates }} d
  CROSS JOIN looked_back w
  CROSS JOIN (VALUES (true), (false)) k (undirected)
  WHERE v.peer IS NOT NULL
),
{% include "shared/group_rates.sql" %}
SELECT
  {{ literal(relation) }} AS relation,
  as_of,
  peer,
  window_days,
  undirected,
  visits,
  problems,
  expected_problems,
  serious,
  expected_serious,
  CAST(NULL AS DOUBLE) AS problems_rate,
  CAST(NULL AS DOUBLE) AS serious_rate
FROM rated
UNION ALL
SELECT
  {{ literal(relation) }},
  as_of,
  NULL,
  window_days,
  undirected,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  problems_rate,
  serious_rate
FROM level
ORDER BY as_of, peer, window_days, undirected
