{# The enterprise's own post-holders, and what else they run. Most persons never hold a post in another enterprise:
   only the others' posts are looked for. #}
WITH own AS (
  SELECT enterprise_id, as_of, record_id, start_date, known_date, arrival, person_id, person_name, role
  FROM {{ live("position", entity_dates) }}
  WHERE end_date IS NULL
),
{{ neighbour_ctes("person", "own") }}
{% set reached = neighbours("person") %}
{% set degrees = degree("person") %}
revoked_ever AS (
  SELECT DISTINCT enterprise_id FROM enterprise WHERE status = 'revoked'
),
revoked_firm AS (
  SELECT f.*
  FROM {{ firm_of(reached) }} f
  SEMI JOIN revoked_ever e ON e.enterprise_id = f.enterprise_id
),
elsewhere AS (
  SELECT r.person_id, r.day, f.enterprise_id
  FROM {{ reached }} r
  JOIN revoked_firm f ON f.number = r.enterprise_id
  WHERE r.post = 1
),
once_revoked AS (
  SELECT o.person_id, o.as_of, e.enterprise_id
  FROM own o
  JOIN {{ degrees }} w ON {{ at("w", "o") }}
  JOIN elsewhere e ON e.person_id = w.person_id AND e.day = w.day
  UNION
  SELECT o.person_id, o.as_of, o.enterprise_id
  FROM own o
  SEMI JOIN revoked_ever e ON e.enterprise_id = o.enterprise_id
),
firms AS (
  SELECT DISTINCT enterprise_id, as_of FROM once_revoked
),
revoked AS (
  SELECT e.person_id, e.as_of, count(*) AS firms
  FROM once_revoked e
  JOIN {{ current(("status",), "firms") }} s ON s.enterprise_id = e.enterprise_id AND s.as_of = e.as_of
  WHERE s.status = 'revoked'
  GROUP BY e.person_id, e.as_of
)
SELECT
  o.enterprise_id,
  o.as_of,
  o.record_id,
  o.start_date,
  o.known_date,
  o.arrival,
  o.person_id,
  o.person_name,
  o.role,
  coalesce(w.posts, 1) AS firms,
  coalesce(v.firms, 0) AS revoked_firms
FROM own o
LEFT JOIN {{ degrees }} w ON {{ at("w", "o") }}
LEFT JOIN revoked v ON v.person_id = o.person_id AND v.as_of = o.as_of
