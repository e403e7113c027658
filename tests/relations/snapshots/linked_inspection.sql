WITH own AS (
  SELECT
    *
  FROM registered
), names AS (
  SELECT DISTINCT
    name,
    as_of
  FROM own
), addresses AS (
  SELECT DISTINCT
    address,
    as_of
  FROM own
  WHERE
    NOT address IS NULL
), held AS (
  SELECT
    *
  FROM (
    SELECT
      as_of,
      record_id,
      enterprise_id,
      start_date,
      end_date,
      planned_end_date,
      holder_id,
      holder_kind,
      share,
      amount,
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
        r.holder_id,
        r.holder_kind,
        CASE WHEN a.has_share THEN CAST(a.share AS DECIMAL(9, 6)) ELSE r.share END AS share,
        CASE WHEN a.has_amount THEN CAST(a.amount AS DECIMAL(18, 4)) ELSE r.amount END AS amount,
        r.known_date,
        r.authority,
        r.source,
        r.arrival
      FROM entity_dates AS m
      JOIN shareholding AS r
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
          BOOL_OR(CAST(part = 'share' AS BOOLEAN)) AS has_share,
          MAX(value) FILTER(WHERE
            part = 'share') AS share,
          BOOL_OR(CAST(part = 'amount' AS BOOLEAN)) AS has_amount,
          MAX(value) FILTER(WHERE
            part = 'amount') AS amount
        FROM amended_span
        WHERE
          of_table = 'shareholding'
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
), holders AS (
  SELECT DISTINCT
    holder_id,
    as_of
  FROM held
), alike AS (
  SELECT
    o.enterprise_id,
    o.as_of,
    'name' AS via,
    e.enterprise_id AS linked_id
  FROM own AS o
  JOIN (
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
      FROM names AS m
      JOIN enterprise AS r
        ON r.name = m.name
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
  ) AS e
    ON e.name = o.name AND e.as_of = o.as_of
  UNION
  SELECT
    o.enterprise_id,
    o.as_of,
    'address',
    e.enterprise_id
  FROM own AS o
  JOIN (
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
      FROM addresses AS m
      JOIN enterprise AS r
        ON r.address = m.address
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
  ) AS e
    ON e.address = o.address AND e.as_of = o.as_of
  UNION
  SELECT
    h.enterprise_id,
    h.as_of,
    'holder',
    s.enterprise_id
  FROM held AS h
  JOIN (
    SELECT
      as_of,
      record_id,
      enterprise_id,
      start_date,
      end_date,
      planned_end_date,
      holder_id,
      holder_kind,
      share,
      amount,
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
        r.holder_id,
        r.holder_kind,
        CASE WHEN a.has_share THEN CAST(a.share AS DECIMAL(9, 6)) ELSE r.share END AS share,
        CASE WHEN a.has_amount THEN CAST(a.amount AS DECIMAL(18, 4)) ELSE r.amount END AS amount,
        r.known_date,
        r.authority,
        r.source,
        r.arrival
      FROM holders AS m
      JOIN shareholding AS r
        ON r.holder_id = m.holder_id
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
          BOOL_OR(CAST(part = 'share' AS BOOLEAN)) AS has_share,
          MAX(value) FILTER(WHERE
            part = 'share') AS share,
          BOOL_OR(CAST(part = 'amount' AS BOOLEAN)) AS has_amount,
          MAX(value) FILTER(WHERE
            part = 'amount') AS amount
        FROM amended_span
        WHERE
          of_table = 'shareholding'
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
  ) AS s
    ON s.holder_id = h.holder_id AND s.as_of = h.as_of
  WHERE
    s.end_date IS NULL
), link AS (
  SELECT
    *
  FROM alike
  WHERE
    linked_id <> enterprise_id
  QUALIFY
    COUNT(*) OVER (PARTITION BY enterprise_id, as_of, via) <= 1000
), reached AS (
  SELECT DISTINCT
    linked_id AS enterprise_id,
    as_of
  FROM link
), seen AS (
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
      FROM reached AS m
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
)
SELECT
  l.enterprise_id,
  l.as_of,
  s.*
  EXCLUDE (enterprise_id, as_of),
  l.via,
  l.linked_id
FROM link AS l
JOIN seen AS s
  ON s.enterprise_id = l.linked_id AND s.as_of = l.as_of
