WITH step AS (
  SELECT
    *,
    stage = 'submitted' AS waits,
    MAX(event_date) FILTER(WHERE
      stage <> 'submitted') OVER (PARTITION BY enterprise_id, as_of, claim_id) AS answered
  FROM (
    SELECT
      as_of,
      record_id,
      enterprise_id,
      event_date,
      claim_id,
      stage,
      kind,
      title,
      method,
      verifier,
      expiry_date,
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
        r.claim_id,
        r.stage,
        CASE WHEN a.has_kind THEN CAST(a.kind AS TEXT) ELSE r.kind END AS kind,
        CASE WHEN a.has_title THEN CAST(a.title AS TEXT) ELSE r.title END AS title,
        CASE WHEN a.has_method THEN CAST(a.method AS TEXT) ELSE r.method END AS method,
        r.verifier,
        CASE WHEN a.has_expiry_date THEN CAST(a.expiry_date AS DATE) ELSE r.expiry_date END AS expiry_date,
        r.known_date,
        r.authority,
        r.source,
        r.arrival
      FROM entity_dates AS m
      JOIN honour_claim AS r
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
          BOOL_OR(CAST(part = 'kind' AS BOOLEAN)) AS has_kind,
          MAX(value) FILTER(WHERE
            part = 'kind') AS kind,
          BOOL_OR(CAST(part = 'title' AS BOOLEAN)) AS has_title,
          MAX(value) FILTER(WHERE
            part = 'title') AS title,
          BOOL_OR(CAST(part = 'method' AS BOOLEAN)) AS has_method,
          MAX(value) FILTER(WHERE
            part = 'method') AS method,
          BOOL_OR(CAST(part = 'expiry_date' AS BOOLEAN)) AS has_expiry_date,
          MAX(value) FILTER(WHERE
            part = 'expiry_date') AS expiry_date
        FROM amended_span
        WHERE
          of_table = 'honour_claim'
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
    stage IN ('submitted', 'verified', 'rejected', 'withdrawn')
)
SELECT
  enterprise_id,
  as_of,
  record_id,
  event_date,
  known_date,
  arrival,
  claim_id,
  stage,
  kind AS claim_kind,
  method,
  expiry_date
FROM step
WHERE
  NOT waits OR answered IS NULL OR event_date > answered
QUALIFY
  ROW_NUMBER() OVER (
    PARTITION BY enterprise_id, as_of, claim_id, waits
    ORDER BY event_date DESC, known_date DESC, arrival DESC
  ) = 1
