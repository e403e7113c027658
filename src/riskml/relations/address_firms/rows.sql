{# Which enterprises share an address, and how many of them are listed as abnormal. An address that only one
   enterprise ever had is left out early: it has one. #}
WITH own AS (
  SELECT enterprise_id, as_of, record_id, address, status
  FROM {{ registered }}
),
shared AS (
  SELECT address
  FROM enterprise
  GROUP BY address
  HAVING min(enterprise_id) <> max(enterprise_id)
),
addresses AS (
  SELECT DISTINCT address, as_of
  FROM own
  WHERE address IN (SELECT address FROM shared)
),
candidates AS (
  SELECT DISTINCT enterprise_id, as_of
  FROM {{ live("enterprise", "addresses", key="address") }}
),
others AS (
  SELECT c.*
  FROM candidates c
  ANTI JOIN {{ entity_dates }} m ON m.enterprise_id = c.enterprise_id AND m.as_of = c.as_of
),
there AS (
  SELECT enterprise_id, as_of, address
  FROM own
  WHERE status = 'active'
  UNION ALL
  SELECT enterprise_id, as_of, address
  FROM {{ current(("address", "status"), "others") }}
  WHERE status = 'active'
),
sites AS (
  SELECT enterprise_id, as_of FROM there
),
listed AS (
  SELECT DISTINCT enterprise_id, as_of
  FROM {{ live("abnormal_listing", "sites") }}
  WHERE end_date IS NULL
),
counted AS (
  SELECT t.address, t.as_of, count(*) AS firms, count(l.enterprise_id) AS abnormal_firms
  FROM there t
  LEFT JOIN listed l ON l.enterprise_id = t.enterprise_id AND l.as_of = t.as_of
  GROUP BY t.address, t.as_of
)
SELECT
  o.enterprise_id,
  o.as_of,
  o.record_id,
  coalesce(c.firms, 0) AS firms,
  coalesce(c.abnormal_firms, 0) AS abnormal_firms
FROM own o
LEFT JOIN counted c ON c.address = o.address AND c.as_of = o.as_of
WHERE o.address IS NOT NULL
