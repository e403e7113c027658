{% include "shared/affected_by_persons.sql" %}
