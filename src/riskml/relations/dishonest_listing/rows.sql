{% set subjects = "(SELECT enterprise_id AS subject_id, as_of FROM " ~ entity_dates ~ ")" %}
SELECT subject_id AS enterprise_id, as_of, record_id, start_date, known_date, arrival, end_date, case_number
FROM {{ live("dishonest_debtor", subjects) }}
WHERE subject_kind = 'enterprise'
