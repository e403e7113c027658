{# Visits compared with what their inspectors usually find.

   Who inspects decides much of what is found: in Chicago (2011-2014) the strictest group of inspectors found a critical
   violation at 43 % of its visits, the mildest at 2.5 %. The bare findings of past visits therefore carry who came,
   and, as inspectors have their territories, who will come. Here each visit has beside what it found what was usual for
   its inspector, so that an enterprise is judged by itself. Who the inspector was is used inside and is no column.

   A visit without a result tells nothing; one with nothing to compare with counts as usual. #}
{% macro adjusted(visits, usual) %}
SELECT
  enterprise_id,
  as_of,
  record_id,
  event_date,
  known_date,
  arrival,
  kind,
  domain,
  u.inspector_known,
  {% for name, finding in FINDINGS.items() %}
  {{ finding }} AS {{ name }},
  {% endfor %}
  {% for name, finding in FINDINGS.items() %}
  coalesce(u.usual_{{ name }}, {{ finding }}) AS usual_{{ name }}{{ "" if loop.last else "," }}
  {% endfor %}
FROM {{ visits }}
JOIN {{ usual }} u USING (arrival)
WHERE result IS NOT NULL
{%- endmacro %}
