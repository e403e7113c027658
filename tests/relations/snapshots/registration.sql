SELECT
  enterprise_id,
  as_of,
  record_id,
  valid_from,
  known_date,
  arrival,
  status,
  kind AS enterprise_kind
FROM registered
