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
  CAST(result <> 'no_problem' AS INT) AS problem,
  CAST(serious_problems > 0 AS INT) AS serious,
  problems AS problems,
  serious_problems AS serious_problems,
  COALESCE(u.usual_problem, CAST(result <> 'no_problem' AS INT)) AS usual_problem,
  COALESCE(u.usual_serious, CAST(serious_problems > 0 AS INT)) AS usual_serious,
  COALESCE(u.usual_problems, problems) AS usual_problems,
  COALESCE(u.usual_serious_problems, serious_problems) AS usual_serious_problems
FROM (
  SELECT
    as_of,
    record_id,
    enterprise_id,
    event_date,
    kind,
    result,
    domain,
    problems,
    serious_problems,
    inspector,
    plan,
    draw_chance,
    known_date,
    authority,
    source,
    arrival,
    r.event_date AS effective_date
  FROM (
    SELECT
      m.as_of,
      r.record_id,
      r.enterprise_id,
      CASE WHEN a.has_event_date THEN CAST(a.event_date AS DATE) ELSE r.event_date END AS event_date,
      r.kind,
      CASE WHEN a.has_result THEN CAST(a.result AS TEXT) ELSE r.result END AS result,
      CASE WHEN a.has_domain THEN CAST(a.domain AS TEXT) ELSE r.domain END AS domain,
      CASE WHEN a.has_problems THEN CAST(a.problems AS BIGINT) ELSE r.problems END AS problems,
      CASE
        WHEN a.has_serious_problems
        THEN CAST(a.serious_problems AS BIGINT)
        ELSE r.serious_problems
      END AS serious_problems,
      r.inspector,
      r.plan,
      r.draw_chance,
      r.known_date,
      r.authority,
      r.source,
      r.arrival
    FROM entity_dates AS m
    JOIN inspection AS r
      ON r.enterprise_id = m.enterprise_id
    LEFT JOIN (
      SELECT
        source,
        subject,
        record_id,
        acts_from,
        acts_until,
        BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
        BOOL_OR(CAST(part = 'event_date' AS BOOLEAN)) AS has_event_date,
        MAX(value) FILTER(WHERE
          part = 'event_date') AS event_date,
        BOOL_OR(CAST(part = 'result' AS BOOLEAN)) AS has_result,
        MAX(value) FILTER(WHERE
          part = 'result') AS result,
        BOOL_OR(CAST(part = 'domain' AS BOOLEAN)) AS has_domain,
        MAX(value) FILTER(WHERE
          part = 'domain') AS domain,
        BOOL_OR(CAST(part = 'problems' AS BOOLEAN)) AS has_problems,
        MAX(value) FILTER(WHERE
          part = 'problems') AS problems,
        BOOL_OR(CAST(part = 'serious_problems' AS BOOLEAN)) AS has_serious_problems,
        MAX(value) FILTER(WHERE
          part = 'serious_problems') AS serious_problems
      FROM amended_span
      WHERE
        of_table = 'inspection'
      GROUP BY
        source,
        subject,
        record_id,
        acts_from,
        acts_until
    ) AS a
      ON a.record_id = r.record_id
      AND a.source = r.source
      AND a.subject = r.enterprise_id
      AND a.acts_from <= m.as_of
      AND m.as_of < a.acts_until
    WHERE
      r.event_date <= m.as_of
      AND r.known_date <= m.as_of
      AND NOT COALESCE(a.excluded, FALSE)
  ) AS r
  WHERE
    TRUE
)
JOIN usual_visits AS u
  USING (arrival)
WHERE
  NOT result IS NULL
