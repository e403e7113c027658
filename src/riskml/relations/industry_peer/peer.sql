{# Peers are those of one division of GB/T 4754 (C13); a source with words of its own in the place of codes is taken by
   its words. #}
{% set peer = "CASE WHEN regexp_matches(industry, '^[A-T][0-9]') THEN left(industry, 3) ELSE industry END" %}
