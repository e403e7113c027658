{# The enterprise's own shares in other enterprises, ended ones too. #}
{% set holders = "(SELECT enterprise_id AS holder_id, as_of FROM " ~ entity_dates ~ ")" %}
SELECT holder_id AS enterprise_id, as_of, record_id, start_date, known_date, arrival, end_date, share
FROM {{ live("shareholding", holders, key="holder_id") }}
WHERE holder_kind = 'enterprise'
