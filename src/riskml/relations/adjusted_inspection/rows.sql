{# The enterprise's own visits. #}
{% from "shared/adjusted.sql" import adjusted %}
{{ adjusted(live("inspection", entity_dates), usual_visits) }}
