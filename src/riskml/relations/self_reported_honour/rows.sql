{# Of every claim the newest answer; and, where none has come since, that it was submitted and waits. #}
WITH step AS (
  SELECT
    *,
    stage = 'submitted' AS waits,
    max(event_date) FILTER (stage <> 'submitted') OVER (PARTITION BY enterprise_id, as_of, claim_id) AS answered
  FROM {{ live("honour_claim", entity_dates) }}
  WHERE stage IN ('submitted', 'verified', 'rejected', 'withdrawn')
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
WHERE NOT waits OR answered IS NULL OR event_date > answered
QUALIFY row_number() OVER (
  PARTITION BY enterprise_id, as_of, claim_id, waits
  ORDER BY {{ newest_first("event_date") }}
) = 1
