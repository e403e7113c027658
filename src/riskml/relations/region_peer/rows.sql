{# Peers are those of one administrative division. #}
{% set peer = "division" %}
{% include "shared/peer_rates.sql" %}
