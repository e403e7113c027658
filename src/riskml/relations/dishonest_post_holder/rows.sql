{# The listing is the record, not the post: it is what the person, and so the enterprise, is held to. A listing of an
   enterprise is no person's, whatever its number; one of somebody else is held against nobody. #}
{% set posts %}
(SELECT * FROM position
 WHERE person_id IN (SELECT subject_id FROM dishonest_debtor WHERE subject_kind = 'person'))
{%- endset %}
WITH held AS (
  SELECT enterprise_id, as_of, person_id, person_name, role
  FROM {{ live("position", entity_dates, rows=posts) }}
  WHERE end_date IS NULL
),
subjects AS (
  SELECT DISTINCT person_id AS subject_id, as_of FROM held
),
listed AS (
  SELECT subject_id, as_of, record_id, start_date, known_date, arrival
  FROM {{ live("dishonest_debtor", "subjects") }}
  WHERE end_date IS NULL AND subject_kind = 'person'
),
firms AS (
  SELECT DISTINCT h.enterprise_id, h.as_of
  FROM held h
  JOIN listed l ON l.subject_id = h.person_id AND l.as_of = h.as_of
)
SELECT
  h.enterprise_id,
  h.as_of,
  l.record_id,
  l.start_date,
  l.known_date,
  l.arrival,
  h.person_id,
  h.person_name,
  h.role,
  e.kind AS enterprise_kind
FROM held h
JOIN listed l ON l.subject_id = h.person_id AND l.as_of = h.as_of
{% if somebody_elses %}
ANTI JOIN (
  VALUES
  {% for enterprise, record in somebody_elses %}
  ({{ literal(enterprise) }}, {{ literal(record) }}){{ "" if loop.last else "," }}
  {% endfor %}
) o (enterprise_id, record_id) ON o.enterprise_id = h.enterprise_id AND o.record_id = l.record_id
{% endif %}
LEFT JOIN {{ current(("kind",), "firms") }} e ON e.enterprise_id = h.enterprise_id AND e.as_of = h.as_of
