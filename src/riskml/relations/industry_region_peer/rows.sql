{% from "industry_region_peer/peer.sql" import peer %}
{% include "shared/peer_rates.sql" %}
