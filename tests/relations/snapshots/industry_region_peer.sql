WITH own AS (
  SELECT
    enterprise_id,
    as_of,
    record_id,
    division || ' ' || CASE
      WHEN REGEXP_MATCHES(industry, '^[A-T][0-9]')
      THEN LEFT(industry, 3)
      ELSE industry
    END AS peer
  FROM registered
), looked_back AS (
  SELECT
    *
  FROM (VALUES
    (30),
    (365)) AS w(window_days)
), asked AS (
  SELECT DISTINCT
    o.as_of,
    o.peer,
    w.window_days,
    k.undirected
  FROM own AS o
  CROSS JOIN looked_back AS w
  CROSS JOIN (VALUES
    (TRUE),
    (FALSE)) AS k(undirected)
), peer_visit AS (
  SELECT
    *
  FROM peer_visits AS v
), change AS (
  SELECT
    window_days,
    undirected,
    peer,
    GREATEST(since, first_day) AS day,
    visits AS visits,
    problems AS problems,
    serious AS serious,
    compared AS compared,
    compared_problems AS compared_problems,
    compared_serious AS compared_serious,
    usual_problems AS usual_problems,
    usual_serious AS usual_serious
  FROM (
    SELECT
      *,
      division || ' ' || CASE
        WHEN REGEXP_MATCHES(industry, '^[A-T][0-9]')
        THEN LEFT(industry, 3)
        ELSE industry
      END AS peer
    FROM peer_visit AS v
    CROSS JOIN looked_back AS w
    CROSS JOIN (
      SELECT
        MIN(as_of) AS first_day,
        MAX(as_of) AS last_day
      FROM entity_dates
    ) AS d
  ) AS known
  WHERE
    since < LEAST(
      COALESCE(until, CAST('9999-12-31' AS DATE)),
      CAST(event_date + window_days * INTERVAL '1' DAY AS DATE)
    )
    AND since <= last_day
    AND LEAST(
      COALESCE(until, CAST('9999-12-31' AS DATE)),
      CAST(event_date + window_days * INTERVAL '1' DAY AS DATE)
    ) > first_day
  UNION ALL
  SELECT
    window_days,
    undirected,
    peer,
    LEAST(
      COALESCE(until, CAST('9999-12-31' AS DATE)),
      CAST(event_date + window_days * INTERVAL '1' DAY AS DATE)
    ) AS day,
    -visits AS visits,
    -problems AS problems,
    -serious AS serious,
    -compared AS compared,
    -compared_problems AS compared_problems,
    -compared_serious AS compared_serious,
    -usual_problems AS usual_problems,
    -usual_serious AS usual_serious
  FROM (
    SELECT
      *,
      division || ' ' || CASE
        WHEN REGEXP_MATCHES(industry, '^[A-T][0-9]')
        THEN LEFT(industry, 3)
        ELSE industry
      END AS peer
    FROM peer_visit AS v
    CROSS JOIN looked_back AS w
    CROSS JOIN (
      SELECT
        MIN(as_of) AS first_day,
        MAX(as_of) AS last_day
      FROM entity_dates
    ) AS d
  ) AS known
  WHERE
    since < LEAST(
      COALESCE(until, CAST('9999-12-31' AS DATE)),
      CAST(event_date + window_days * INTERVAL '1' DAY AS DATE)
    )
    AND since <= last_day
    AND LEAST(
      COALESCE(until, CAST('9999-12-31' AS DATE)),
      CAST(event_date + window_days * INTERVAL '1' DAY AS DATE)
    ) > first_day
    AND LEAST(
      COALESCE(until, CAST('9999-12-31' AS DATE)),
      CAST(event_date + window_days * INTERVAL '1' DAY AS DATE)
    ) <= last_day
), asked_of_whole AS (
  SELECT DISTINCT
    as_of,
    window_days,
    undirected
  FROM asked
), grouped AS (
  SELECT
    window_days,
    undirected,
    peer,
    day AS as_of,
    visits,
    problems,
    serious,
    compared,
    compared_problems,
    compared_serious,
    usual_problems,
    usual_serious
  FROM (
    SELECT
      window_days,
      undirected,
      peer,
      day,
      asked,
      SUM(visits) OVER (PARTITION BY window_days, undirected, peer ORDER BY day) AS visits,
      SUM(problems) OVER (PARTITION BY window_days, undirected, peer ORDER BY day) AS problems,
      SUM(serious) OVER (PARTITION BY window_days, undirected, peer ORDER BY day) AS serious,
      SUM(compared) OVER (PARTITION BY window_days, undirected, peer ORDER BY day) AS compared,
      SUM(compared_problems) OVER (PARTITION BY window_days, undirected, peer ORDER BY day) AS compared_problems,
      SUM(compared_serious) OVER (PARTITION BY window_days, undirected, peer ORDER BY day) AS compared_serious,
      SUM(usual_problems) OVER (PARTITION BY window_days, undirected, peer ORDER BY day) AS usual_problems,
      SUM(usual_serious) OVER (PARTITION BY window_days, undirected, peer ORDER BY day) AS usual_serious
    FROM (
      SELECT
        window_days,
        undirected,
        peer,
        day,
        MAX(asked) AS asked,
        SUM(visits) AS visits,
        SUM(problems) AS problems,
        SUM(serious) AS serious,
        SUM(compared) AS compared,
        SUM(compared_problems) AS compared_problems,
        SUM(compared_serious) AS compared_serious,
        SUM(usual_problems) AS usual_problems,
        SUM(usual_serious) AS usual_serious
      FROM (
        SELECT
          window_days,
          undirected,
          peer,
          day,
          visits,
          problems,
          serious,
          compared,
          compared_problems,
          compared_serious,
          usual_problems,
          usual_serious,
          0 AS asked
        FROM change AS c
        UNION ALL
        SELECT
          window_days,
          undirected,
          peer,
          as_of AS day,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          1
        FROM asked AS a
      )
      GROUP BY
        window_days,
        undirected,
        peer,
        day
    )
  )
  WHERE
    asked = 1
), summed AS (
  SELECT
    window_days,
    undirected,
    day AS as_of,
    visits,
    problems,
    serious,
    compared,
    compared_problems,
    compared_serious,
    usual_problems,
    usual_serious
  FROM (
    SELECT
      window_days,
      undirected,
      day,
      asked,
      SUM(visits) OVER (PARTITION BY window_days, undirected ORDER BY day) AS visits,
      SUM(problems) OVER (PARTITION BY window_days, undirected ORDER BY day) AS problems,
      SUM(serious) OVER (PARTITION BY window_days, undirected ORDER BY day) AS serious,
      SUM(compared) OVER (PARTITION BY window_days, undirected ORDER BY day) AS compared,
      SUM(compared_problems) OVER (PARTITION BY window_days, undirected ORDER BY day) AS compared_problems,
      SUM(compared_serious) OVER (PARTITION BY window_days, undirected ORDER BY day) AS compared_serious,
      SUM(usual_problems) OVER (PARTITION BY window_days, undirected ORDER BY day) AS usual_problems,
      SUM(usual_serious) OVER (PARTITION BY window_days, undirected ORDER BY day) AS usual_serious
    FROM (
      SELECT
        window_days,
        undirected,
        day,
        MAX(asked) AS asked,
        SUM(visits) AS visits,
        SUM(problems) AS problems,
        SUM(serious) AS serious,
        SUM(compared) AS compared,
        SUM(compared_problems) AS compared_problems,
        SUM(compared_serious) AS compared_serious,
        SUM(usual_problems) AS usual_problems,
        SUM(usual_serious) AS usual_serious
      FROM (
        SELECT
          window_days,
          undirected,
          day,
          visits,
          problems,
          serious,
          compared,
          compared_problems,
          compared_serious,
          usual_problems,
          usual_serious,
          0 AS asked
        FROM change AS c
        UNION ALL
        SELECT
          window_days,
          undirected,
          as_of AS day,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          1
        FROM asked_of_whole AS a
      )
      GROUP BY
        window_days,
        undirected,
        day
    )
  )
  WHERE
    asked = 1
), found AS (
  SELECT
    peer,
    as_of,
    window_days,
    TRUE AS undirected,
    CAST(visits AS DOUBLE) AS visits,
    CAST(problems AS DOUBLE) AS problems,
    CAST(serious AS DOUBLE) AS serious,
    CAST(compared AS DOUBLE) AS compared,
    CAST(compared_problems AS DOUBLE) AS compared_problems,
    CAST(compared_serious AS DOUBLE) AS compared_serious,
    CAST(usual_problems AS DOUBLE) AS usual_problems,
    CAST(usual_serious AS DOUBLE) AS usual_serious
  FROM grouped
  WHERE
    undirected
  UNION ALL
  SELECT
    peer,
    as_of,
    window_days,
    FALSE AS undirected,
    CAST(SUM(visits) AS DOUBLE) AS visits,
    CAST(SUM(problems) AS DOUBLE) AS problems,
    CAST(SUM(serious) AS DOUBLE) AS serious,
    CAST(SUM(compared) AS DOUBLE) AS compared,
    CAST(SUM(compared_problems) AS DOUBLE) AS compared_problems,
    CAST(SUM(compared_serious) AS DOUBLE) AS compared_serious,
    CAST(SUM(usual_problems) AS DOUBLE) AS usual_problems,
    CAST(SUM(usual_serious) AS DOUBLE) AS usual_serious
  FROM grouped
  GROUP BY
    peer,
    as_of,
    window_days
), whole_found AS (
  SELECT
    as_of,
    window_days,
    TRUE AS undirected,
    CAST(visits AS DOUBLE) AS visits,
    CAST(problems AS DOUBLE) AS problems,
    CAST(serious AS DOUBLE) AS serious,
    CAST(compared AS DOUBLE) AS compared,
    CAST(compared_problems AS DOUBLE) AS compared_problems,
    CAST(compared_serious AS DOUBLE) AS compared_serious,
    CAST(usual_problems AS DOUBLE) AS usual_problems,
    CAST(usual_serious AS DOUBLE) AS usual_serious
  FROM summed
  WHERE
    undirected
  UNION ALL
  SELECT
    as_of,
    window_days,
    FALSE AS undirected,
    CAST(SUM(visits) AS DOUBLE) AS visits,
    CAST(SUM(problems) AS DOUBLE) AS problems,
    CAST(SUM(serious) AS DOUBLE) AS serious,
    CAST(SUM(compared) AS DOUBLE) AS compared,
    CAST(SUM(compared_problems) AS DOUBLE) AS compared_problems,
    CAST(SUM(compared_serious) AS DOUBLE) AS compared_serious,
    CAST(SUM(usual_problems) AS DOUBLE) AS usual_problems,
    CAST(SUM(usual_serious) AS DOUBLE) AS usual_serious
  FROM summed
  GROUP BY
    as_of,
    window_days
), level AS (
  SELECT
    as_of,
    window_days,
    undirected,
    by_inspector,
    (
      problems + 1
    ) / (
      visits + 50
    ) AS problems_rate,
    (
      serious + 1
    ) / (
      visits + 50
    ) AS serious_rate,
    problems / NULLIF(usual_problems, 0) AS problems_level,
    serious / NULLIF(usual_serious, 0) AS serious_level
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
), rated AS (
  SELECT
    f.peer,
    f.as_of,
    f.window_days,
    f.undirected,
    CASE WHEN l.by_inspector THEN f.compared ELSE f.visits END AS visits,
    CASE WHEN l.by_inspector THEN f.compared_problems ELSE f.problems END AS problems,
    CASE
      WHEN l.by_inspector
      THEN f.usual_problems * l.problems_level
      ELSE f.visits * l.problems_rate
    END AS expected_problems,
    CASE WHEN l.by_inspector THEN f.compared_serious ELSE f.serious END AS serious,
    CASE
      WHEN l.by_inspector
      THEN f.usual_serious * l.serious_level
      ELSE f.visits * l.serious_rate
    END AS expected_serious
  FROM found AS f
  JOIN level AS l
    ON l.as_of = f.as_of
    AND l.window_days = f.window_days
    AND l.undirected = f.undirected
)
SELECT
  o.enterprise_id,
  o.as_of,
  o.record_id,
  l.window_days,
  l.undirected,
  COALESCE(r.visits, 0) AS visits,
  COALESCE(r.problems, 0) AS problems,
  COALESCE(r.expected_problems, 0) AS expected_problems,
  l.problems_rate,
  COALESCE(r.serious, 0) AS serious,
  COALESCE(r.expected_serious, 0) AS expected_serious,
  l.serious_rate
FROM own AS o
JOIN level AS l
  ON l.as_of = o.as_of
LEFT JOIN rated AS r
  ON r.peer = o.peer
  AND r.as_of = o.as_of
  AND r.window_days = l.window_days
  AND r.undirected = l.undirected
