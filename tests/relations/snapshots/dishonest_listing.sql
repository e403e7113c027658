SELECT
  subject_id AS enterprise_id,
  as_of,
  record_id,
  start_date,
  known_date,
  arrival,
  end_date,
  case_number
FROM (
  SELECT
    as_of,
    record_id,
    start_date,
    end_date,
    planned_end_date,
    subject_id,
    subject_kind,
    case_number,
    known_date,
    authority,
    source,
    arrival,
    CASE WHEN r.end_date IS NULL THEN r.as_of ELSE r.start_date END AS effective_date
  FROM (
    SELECT
      m.as_of,
      r.record_id,
      CASE WHEN a.has_start_date THEN CAST(a.start_date AS DATE) ELSE r.start_date END AS start_date,
      CASE
        WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of
        THEN r.end_date
        WHEN r.planned_end_date <= m.as_of
        THEN r.planned_end_date
      END AS end_date,
      r.end_known_date,
      r.planned_end_date,
      r.subject_id,
      r.subject_kind,
      CASE WHEN a.has_case_number THEN CAST(a.case_number AS TEXT) ELSE r.case_number END AS case_number,
      r.known_date,
      r.authority,
      r.source,
      r.arrival
    FROM (
      SELECT
        enterprise_id AS subject_id,
        as_of
      FROM entity_dates
    ) AS m
    JOIN dishonest_debtor AS r
      ON r.subject_id = m.subject_id
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
        BOOL_OR(CAST(part = 'case_number' AS BOOLEAN)) AS has_case_number,
        MAX(value) FILTER(WHERE
          part = 'case_number') AS case_number
      FROM amended_span
      WHERE
        of_table = 'dishonest_debtor'
      GROUP BY
        source,
        subject,
        record_id,
        acts_from,
        acts_until
    ) AS a
      ON a.record_id = r.record_id
      AND a.source = r.source
      AND a.subject = r.subject_id
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
  subject_kind = 'enterprise'
