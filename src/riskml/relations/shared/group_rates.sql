{# Common table expressions, ending in `level` and `rated`: what visits found among the enterprises with one `peer` value,
   and among all, for the days, groups and windows of a relation `asked`.

   Where the inspectors of most visits are on record only those visits count, and what is expected of a group is what is
   usual for the inspectors who went there, brought to the level of the whole in the same window: a territory does not
   stand for its inspector. Where they are not, the rate of the whole is expected. #}
{% macro by_kinds(counts, group) %}
  {# The counts of undirected visits alone, and (not `undirected`) those of visits of any kind. #}
  SELECT
    {{ group }}as_of,
    window_days,
    true AS undirected,
    {% for measure in COUNTED %}
    CAST({{ measure }} AS DOUBLE) AS {{ measure }}{{ "" if loop.last else "," }}
    {% endfor %}
  FROM {{ counts }}
  WHERE undirected
  UNION ALL
  SELECT
    {{ group }}as_of,
    window_days,
    false AS undirected,
    {% for measure in COUNTED %}
    CAST(sum({{ measure }}) AS DOUBLE) AS {{ measure }}{{ "" if loop.last else "," }}
    {% endfor %}
  FROM {{ counts }}
  GROUP BY {{ group }}as_of, window_days
{%- endmacro %}
peer_visit AS (
  SELECT * FROM {{ peer_visits }} v
),
change AS (
  {{ peer_changes("peer_visit", peer, entity_dates, "looked_back") }}
),
asked_of_whole AS (
  SELECT DISTINCT as_of, window_days, undirected FROM asked
),
grouped AS (
  {{ running("change", "asked", ("window_days", "undirected", "peer"), COUNTED) }}
),
summed AS (
  {{ running("change", "asked_of_whole", ("window_days", "undirected"), COUNTED) }}
),
found AS (
{{ by_kinds("grouped", "peer, ") }}
),
whole_found AS (
{{ by_kinds("summed", "") }}
),
level AS (
  SELECT
    as_of,
    window_days,
    undirected,
    by_inspector,
    (problems + 1) / (visits + {{ WHOLE_PRIOR }}) AS problems_rate,
    (serious + 1) / (visits + {{ WHOLE_PRIOR }}) AS serious_rate,
    problems / nullif(usual_problems, 0) AS problems_level,
    serious / nullif(usual_serious, 0) AS serious_level
  FROM (
    SELECT
      as_of,
      window_days,
      undirected,
      2 * compared > visits AS by_inspector,
      usual_problems,
      usual_serious,
      CASE WHEN 2 * compared > visits THEN compared ELSE visits END AS visits,
      CASE WHEN 2 * compared > visits THEN compared_problems ELSE problems END AS problems,
      CASE WHEN 2 * compared > visits THEN compared_serious ELSE serious END AS serious
    FROM whole_found
  )
),
rated AS (
  SELECT
    f.peer,
    f.as_of,
    f.window_days,
    f.undirected,
    CASE WHEN l.by_inspector THEN f.compared ELSE f.visits END AS visits,
    CASE WHEN l.by_inspector THEN f.compared_problems ELSE f.problems END AS problems,
    CASE
      WHEN l.by_inspector THEN f.usual_problems * l.problems_level
      ELSE f.visits * l.problems_rate
    END AS expected_problems,
    CASE WHEN l.by_inspector THEN f.compared_serious ELSE f.serious END AS serious,
    CASE
      WHEN l.by_inspector THEN f.usual_serious * l.serious_level
      ELSE f.visits * l.serious_rate
    END AS expected_serious
  FROM found f
  JOIN level l ON l.as_of = f.as_of AND l.window_days = f.window_days AND l.undirected = f.undirected
)
