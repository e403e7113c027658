SELECT
  holder_id AS enterprise_id,
  as_of,
  record_id,
  start_date,
  known_date,
  arrival,
  end_date,
  share
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
    FROM (
      SELECT
        enterprise_id AS holder_id,
        as_of
      FROM entity_dates
    ) AS m
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
)
WHERE
  holder_kind = 'enterprise'
