{# The visits to other enterprises of the same holder, under the same name, or at the same address; `via` says which. #}
{% from "shared/adjusted.sql" import adjusted %}
WITH own AS (
  SELECT * FROM {{ registered }}
),
names AS (
  SELECT DISTINCT name, as_of FROM own
),
addresses AS (
  SELECT DISTINCT address, as_of FROM own WHERE address IS NOT NULL
),
held AS (
  SELECT * FROM {{ live("shareholding", entity_dates) }} WHERE end_date IS NULL
),
holders AS (
  SELECT DISTINCT holder_id, as_of FROM held
),
alike AS (
  SELECT o.enterprise_id, o.as_of, 'name' AS via, e.enterprise_id AS linked_id
  FROM own o
  JOIN {{ live("enterprise", "names", key="name") }} e ON e.name = o.name AND e.as_of = o.as_of
  UNION
  SELECT o.enterprise_id, o.as_of, 'address', e.enterprise_id
  FROM own o
  JOIN {{ live("enterprise", "addresses", key="address") }} e ON e.address = o.address AND e.as_of = o.as_of
  UNION
  SELECT h.enterprise_id, h.as_of, 'holder', s.enterprise_id
  FROM held h
  JOIN {{ live("shareholding", "holders", key="holder_id") }} s ON s.holder_id = h.holder_id AND s.as_of = h.as_of
  WHERE s.end_date IS NULL
),
link AS (
  SELECT *
  FROM alike
  WHERE linked_id <> enterprise_id
  QUALIFY count(*) OVER (PARTITION BY enterprise_id, as_of, via) <= {{ max_alike }}
),
reached AS (
  SELECT DISTINCT linked_id AS enterprise_id, as_of FROM link
),
seen AS (
  {{ adjusted(live("inspection", "reached"), usual_visits) | indent(2) }}
)
SELECT l.enterprise_id, l.as_of, s.* EXCLUDE (enterprise_id, as_of), l.via, l.linked_id
FROM link l
JOIN seen s ON s.enterprise_id = l.linked_id AND s.as_of = l.as_of
