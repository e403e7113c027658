{# Peers are those of one industry (as in industry_peer) in one administrative division. #}
{% from "industry_peer/peer.sql" import peer as industry %}
{% set peer = "division || ' ' || " ~ industry %}
