WITH own AS (
  SELECT
    enterprise_id,
    as_of,
    record_id,
    start_date,
    known_date,
    arrival,
    person_id,
    person_name,
    role
  FROM (
    SELECT
      as_of,
      record_id,
      enterprise_id,
      start_date,
      end_date,
      planned_end_date,
      person_id,
      person_name,
      role,
      known_date,
      authority,
      source,
      arrival,
      CASE WHEN r.end_date IS NULL THEN r.as_of ELSE r.start_date END AS effective_date
    FROM (
      SELECT
        m.as_of,
        r.record_id,
        r.enterprise_id,
        CASE WHEN a.has_start_date THEN CAST(a.start_date AS DATE) ELSE r.start_date END AS start_date,
        CASE
          WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of
          THEN r.end_date
          WHEN r.planned_end_date <= m.as_of
          THEN r.planned_end_date
        END AS end_date,
        r.end_known_date,
        r.planned_end_date,
        r.person_id,
        CASE WHEN a.has_person_name THEN CAST(a.person_name AS TEXT) ELSE r.person_name END AS person_name,
        r.role,
        r.known_date,
        r.authority,
        r.source,
        r.arrival
      FROM entity_dates AS m
      JOIN position AS r
        ON r.enterprise_id = m.enterprise_id
      LEFT JOIN (
        SELECT
          source,
          subject,
          record_id,
          acts_from,
          acts_until,
          BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
          BOOL_OR(CAST(part = 'start_date' AS BOOLEAN)) AS has_start_date,
          MAX(value) FILTER(WHERE
            part = 'start_date') AS start_date,
          BOOL_OR(CAST(part = 'person_name' AS BOOLEAN)) AS has_person_name,
          MAX(value) FILTER(WHERE
            part = 'person_name') AS person_name
        FROM amended_span
        WHERE
          of_table = 'position'
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
        r.start_date <= m.as_of
        AND r.known_date <= m.as_of
        AND NOT COALESCE(a.excluded, FALSE)
    ) AS r
    WHERE
      TRUE
  )
  WHERE
    end_date IS NULL
), revoked_ever AS (
  SELECT DISTINCT
    enterprise_id
  FROM enterprise
  WHERE
    status = 'revoked'
), revoked_firm AS (
  SELECT
    f.*
  FROM tying_firm AS f
  SEMI JOIN revoked_ever AS e
    ON e.enterprise_id = f.enterprise_id
), elsewhere AS (
  SELECT
    r.person_id,
    r.day,
    f.enterprise_id
  FROM tying_neighbours AS r
  JOIN revoked_firm AS f
    ON f.number = r.enterprise_id
  WHERE
    r.post = 1
), once_revoked AS (
  SELECT
    o.person_id,
    o.as_of,
    e.enterprise_id
  FROM own AS o
  JOIN tying_degree AS w
    ON w.person_id = o.person_id AND w.day <= o.as_of AND o.as_of < w.until
  JOIN elsewhere AS e
    ON e.person_id = w.person_id AND e.day = w.day
  UNION
  SELECT
    o.person_id,
    o.as_of,
    o.enterprise_id
  FROM own AS o
  SEMI JOIN revoked_ever AS e
    ON e.enterprise_id = o.enterprise_id
), firms AS (
  SELECT DISTINCT
    enterprise_id,
    as_of
  FROM once_revoked
), revoked AS (
  SELECT
    e.person_id,
    e.as_of,
    COUNT(*) AS firms
  FROM once_revoked AS e
  JOIN (
    SELECT
      enterprise_id,
      as_of,
      ARG_MAX_NULL(status, newest) AS status
    FROM (
      SELECT
        *,
        CAST(valid_from AS TEXT) || CAST(known_date AS TEXT) || CAST(1000000000000000000 + arrival AS TEXT) AS newest
      FROM (
        SELECT
          as_of,
          record_id,
          enterprise_id,
          valid_from,
          name,
          status,
          kind,
          industry_section,
          industry,
          division,
          street,
          tax_area,
          statistics_area,
          independent_accounts,
          owner_level,
          registered_capital,
          paid_capital,
          established_date,
          operating_until,
          address,
          new_economy,
          known_date,
          authority,
          source,
          arrival
        FROM (
          SELECT
            m.as_of,
            r.record_id,
            r.enterprise_id,
            r.valid_from,
            r.name,
            r.status,
            CASE WHEN a.has_kind THEN CAST(a.kind AS TEXT) ELSE r.kind END AS kind,
            CASE
              WHEN a.has_industry_section
              THEN CAST(a.industry_section AS TEXT)
              ELSE r.industry_section
            END AS industry_section,
            CASE WHEN a.has_industry THEN CAST(a.industry AS TEXT) ELSE r.industry END AS industry,
            CASE WHEN a.has_division THEN CAST(a.division AS TEXT) ELSE r.division END AS division,
            CASE WHEN a.has_street THEN CAST(a.street AS TEXT) ELSE r.street END AS street,
            CASE WHEN a.has_tax_area THEN CAST(a.tax_area AS TEXT) ELSE r.tax_area END AS tax_area,
            CASE
              WHEN a.has_statistics_area
              THEN CAST(a.statistics_area AS TEXT)
              ELSE r.statistics_area
            END AS statistics_area,
            CASE
              WHEN a.has_independent_accounts
              THEN CAST(a.independent_accounts AS BOOLEAN)
              ELSE r.independent_accounts
            END AS independent_accounts,
            CASE WHEN a.has_owner_level THEN CAST(a.owner_level AS TEXT) ELSE r.owner_level END AS owner_level,
            CASE
              WHEN a.has_registered_capital
              THEN CAST(a.registered_capital AS DECIMAL(18, 4))
              ELSE r.registered_capital
            END AS registered_capital,
            CASE
              WHEN a.has_paid_capital
              THEN CAST(a.paid_capital AS DECIMAL(18, 4))
              ELSE r.paid_capital
            END AS paid_capital,
            r.established_date,
            CASE
              WHEN a.has_operating_until
              THEN CAST(a.operating_until AS DATE)
              ELSE r.operating_until
            END AS operating_until,
            CASE WHEN a.has_address THEN CAST(a.address AS TEXT) ELSE r.address END AS address,
            CASE
              WHEN a.has_new_economy
              THEN CAST(a.new_economy AS BOOLEAN)
              ELSE r.new_economy
            END AS new_economy,
            r.known_date,
            r.authority,
            r.source,
            r.arrival
          FROM firms AS m
          JOIN enterprise AS r
            ON r.enterprise_id = m.enterprise_id
          LEFT JOIN (
            SELECT
              source,
              subject,
              record_id,
              acts_from,
              acts_until,
              BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
              BOOL_OR(CAST(part = 'kind' AS BOOLEAN)) AS has_kind,
              MAX(value) FILTER(WHERE
                part = 'kind') AS kind,
              BOOL_OR(CAST(part = 'industry_section' AS BOOLEAN)) AS has_industry_section,
              MAX(value) FILTER(WHERE
                part = 'industry_section') AS industry_section,
              BOOL_OR(CAST(part = 'industry' AS BOOLEAN)) AS has_industry,
              MAX(value) FILTER(WHERE
                part = 'industry') AS industry,
              BOOL_OR(CAST(part = 'division' AS BOOLEAN)) AS has_division,
              MAX(value) FILTER(WHERE
                part = 'division') AS division,
              BOOL_OR(CAST(part = 'street' AS BOOLEAN)) AS has_street,
              MAX(value) FILTER(WHERE
                part = 'street') AS street,
              BOOL_OR(CAST(part = 'tax_area' AS BOOLEAN)) AS has_tax_area,
              MAX(value) FILTER(WHERE
                part = 'tax_area') AS tax_area,
              BOOL_OR(CAST(part = 'statistics_area' AS BOOLEAN)) AS has_statistics_area,
              MAX(value) FILTER(WHERE
                part = 'statistics_area') AS statistics_area,
              BOOL_OR(CAST(part = 'independent_accounts' AS BOOLEAN)) AS has_independent_accounts,
              MAX(value) FILTER(WHERE
                part = 'independent_accounts') AS independent_accounts,
              BOOL_OR(CAST(part = 'owner_level' AS BOOLEAN)) AS has_owner_level,
              MAX(value) FILTER(WHERE
                part = 'owner_level') AS owner_level,
              BOOL_OR(CAST(part = 'registered_capital' AS BOOLEAN)) AS has_registered_capital,
              MAX(value) FILTER(WHERE
                part = 'registered_capital') AS registered_capital,
              BOOL_OR(CAST(part = 'paid_capital' AS BOOLEAN)) AS has_paid_capital,
              MAX(value) FILTER(WHERE
                part = 'paid_capital') AS paid_capital,
              BOOL_OR(CAST(part = 'operating_until' AS BOOLEAN)) AS has_operating_until,
              MAX(value) FILTER(WHERE
                part = 'operating_until') AS operating_until,
              BOOL_OR(CAST(part = 'address' AS BOOLEAN)) AS has_address,
              MAX(value) FILTER(WHERE
                part = 'address') AS address,
              BOOL_OR(CAST(part = 'new_economy' AS BOOLEAN)) AS has_new_economy,
              MAX(value) FILTER(WHERE
                part = 'new_economy') AS new_economy
            FROM amended_span
            WHERE
              of_table = 'enterprise'
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
            r.valid_from <= m.as_of
            AND r.known_date <= m.as_of
            AND NOT COALESCE(a.excluded, FALSE)
        ) AS r
        WHERE
          TRUE
      )
    )
    GROUP BY
      enterprise_id,
      as_of
  ) AS s
    ON s.enterprise_id = e.enterprise_id AND s.as_of = e.as_of
  WHERE
    s.status = 'revoked'
  GROUP BY
    e.person_id,
    e.as_of
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
  COALESCE(w.posts, 1) AS firms,
  COALESCE(v.firms, 0) AS revoked_firms
FROM own AS o
LEFT JOIN tying_degree AS w
  ON w.person_id = o.person_id AND w.day <= o.as_of AND o.as_of < w.until
LEFT JOIN revoked AS v
  ON v.person_id = o.person_id AND v.as_of = o.as_of
