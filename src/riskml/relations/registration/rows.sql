{# The registration as last known: a version that was superseded says nothing of today. #}
SELECT enterprise_id, as_of, record_id, valid_from, known_date, arrival, status, kind AS enterprise_kind
FROM {{ registered }}
