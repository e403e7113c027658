WITH own AS (
  SELECT
    enterprise_id,
    as_of,
    record_id,
    known_date,
    arrival,
    registered_capital,
    established_date
  FROM registered
), due AS (
  SELECT
    o.*,
    YEAR(o.as_of) - b.back AS year,
    MAKE_DATE(YEAR(o.as_of) - b.back + 1, 6, 30) AS due_date
  FROM own AS o
  CROSS JOIN (VALUES
    (0),
    (1),
    (2),
    (3),
    (4)) AS b(back)
  WHERE
    MAKE_DATE(YEAR(o.as_of) - b.back + 1, 6, 30) < o.as_of
    AND YEAR(o.as_of) - b.back >= YEAR(o.established_date)
    AND YEAR(o.as_of) - b.back >= 2014
    AND YEAR(o.as_of) - b.back > YEAR(o.as_of - INTERVAL '6' MONTH) - 4
), filed AS (
  SELECT
    enterprise_id,
    as_of,
    year,
    event_date,
    known_date,
    arrival,
    record_id,
    assets,
    revenue,
    tax,
    employees,
    ROW_NUMBER() OVER (PARTITION BY enterprise_id, as_of, year ORDER BY event_date, known_date, arrival) AS nth
  FROM (
    SELECT
      as_of,
      record_id,
      enterprise_id,
      event_date,
      year,
      employees,
      assets,
      liabilities,
      revenue,
      profit,
      net_profit,
      tax,
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
        r.year,
        CASE WHEN a.has_employees THEN CAST(a.employees AS BIGINT) ELSE r.employees END AS employees,
        CASE WHEN a.has_assets THEN CAST(a.assets AS DECIMAL(18, 4)) ELSE r.assets END AS assets,
        CASE
          WHEN a.has_liabilities
          THEN CAST(a.liabilities AS DECIMAL(18, 4))
          ELSE r.liabilities
        END AS liabilities,
        CASE WHEN a.has_revenue THEN CAST(a.revenue AS DECIMAL(18, 4)) ELSE r.revenue END AS revenue,
        CASE WHEN a.has_profit THEN CAST(a.profit AS DECIMAL(18, 4)) ELSE r.profit END AS profit,
        CASE
          WHEN a.has_net_profit
          THEN CAST(a.net_profit AS DECIMAL(18, 4))
          ELSE r.net_profit
        END AS net_profit,
        CASE WHEN a.has_tax THEN CAST(a.tax AS DECIMAL(18, 4)) ELSE r.tax END AS tax,
        r.known_date,
        r.authority,
        r.source,
        r.arrival
      FROM entity_dates AS m
      JOIN annual_report AS r
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
          BOOL_OR(CAST(part = 'employees' AS BOOLEAN)) AS has_employees,
          MAX(value) FILTER(WHERE
            part = 'employees') AS employees,
          BOOL_OR(CAST(part = 'assets' AS BOOLEAN)) AS has_assets,
          MAX(value) FILTER(WHERE
            part = 'assets') AS assets,
          BOOL_OR(CAST(part = 'liabilities' AS BOOLEAN)) AS has_liabilities,
          MAX(value) FILTER(WHERE
            part = 'liabilities') AS liabilities,
          BOOL_OR(CAST(part = 'revenue' AS BOOLEAN)) AS has_revenue,
          MAX(value) FILTER(WHERE
            part = 'revenue') AS revenue,
          BOOL_OR(CAST(part = 'profit' AS BOOLEAN)) AS has_profit,
          MAX(value) FILTER(WHERE
            part = 'profit') AS profit,
          BOOL_OR(CAST(part = 'net_profit' AS BOOLEAN)) AS has_net_profit,
          MAX(value) FILTER(WHERE
            part = 'net_profit') AS net_profit,
          BOOL_OR(CAST(part = 'tax' AS BOOLEAN)) AS has_tax,
          MAX(value) FILTER(WHERE
            part = 'tax') AS tax
        FROM amended_span
        WHERE
          of_table = 'annual_report'
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
  WHERE
    year > YEAR(as_of - INTERVAL '6' MONTH) - 4
)
SELECT
  d.enterprise_id,
  d.as_of,
  COALESCE(f.record_id, d.record_id) AS record_id,
  COALESCE(f.known_date, d.known_date) AS known_date,
  COALESCE(f.arrival, d.arrival) AS arrival,
  d.year,
  d.due_date,
  f.event_date AS filed_date,
  f.event_date IS NULL AS missing,
  COALESCE(f.event_date > d.due_date, FALSE) AS late,
  COALESCE(f.assets = 0 AND f.revenue = 0 AND f.tax = 0, FALSE) AS all_zero,
  COALESCE(
    d.registered_capital >= 10000
    AND (
      f.tax = 0 OR f.revenue < 100 OR f.employees = 0
    ),
    FALSE
  ) AS implausible
FROM due AS d
LEFT JOIN filed AS f
  ON f.enterprise_id = d.enterprise_id
  AND f.as_of = d.as_of
  AND f.year = d.year
  AND f.nth = 1
