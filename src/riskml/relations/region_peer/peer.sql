{# Peers are those of one administrative division. #}
{% set peer = "division" %}
