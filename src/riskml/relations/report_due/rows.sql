{# The last annual reports due, each with the first that was filed for its year. A report is due on 30 June of the year
   after. #}
WITH own AS (
  SELECT enterprise_id, as_of, record_id, known_date, arrival, registered_capital, established_date
  FROM {{ registered }}
),
due AS (
  SELECT o.*, year(o.as_of) - b.back AS year, make_date(year(o.as_of) - b.back + 1, 6, 30) AS due_date
  FROM own o
  CROSS JOIN (
    VALUES {% for years in range(reports + 2) %}({{ years }}){{ "" if loop.last else ", " }}{% endfor %}

  ) b (back)
  WHERE make_date(year(o.as_of) - b.back + 1, 6, 30) < o.as_of
    AND year(o.as_of) - b.back >= year(o.established_date)
    AND year(o.as_of) - b.back >= {{ first_year }}
    AND year(o.as_of) - b.back > year(o.as_of - INTERVAL 6 MONTH) - {{ reports + 1 }}
),
filed AS (
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
    row_number() OVER (PARTITION BY enterprise_id, as_of, year ORDER BY event_date, known_date, arrival) AS nth
  FROM {{ live("annual_report", entity_dates) }}
  WHERE year > year(as_of - INTERVAL 6 MONTH) - {{ reports + 1 }}
)
SELECT
  d.enterprise_id,
  d.as_of,
  coalesce(f.record_id, d.record_id) AS record_id,
  coalesce(f.known_date, d.known_date) AS known_date,
  coalesce(f.arrival, d.arrival) AS arrival,
  d.year,
  d.due_date,
  f.event_date AS filed_date,
  f.event_date IS NULL AS missing,
  coalesce(f.event_date > d.due_date, false) AS late,
  coalesce(f.assets = 0 AND f.revenue = 0 AND f.tax = 0, false) AS all_zero,
  coalesce(d.registered_capital >= 10000 AND (f.tax = 0 OR f.revenue < 100 OR f.employees = 0), false) AS implausible
FROM due d
LEFT JOIN filed f
  ON f.enterprise_id = d.enterprise_id AND f.as_of = d.as_of AND f.year = d.year AND f.nth = 1
