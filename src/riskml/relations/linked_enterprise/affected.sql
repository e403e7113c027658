{# Enterprises whose ties may differ, those tied to them, and those within two ties of one with an adverse record. Ties
   are those of the day `after`. #}
WITH changed_person AS (
  SELECT person_id FROM changed_position WHERE moved
  UNION
  SELECT holder_id FROM changed_shareholding WHERE moved AND holder_kind = 'person'
),
retied AS MATERIALIZED (
  SELECT enterprise_id FROM position WHERE person_id IN (SELECT person_id FROM changed_person)
  UNION
  SELECT enterprise_id FROM shareholding WHERE holder_id IN (SELECT person_id FROM changed_person)
  UNION
  SELECT subject FROM changed_position WHERE moved
  UNION
  SELECT subject FROM changed_shareholding WHERE moved
  UNION
  SELECT holder_id FROM changed_shareholding WHERE moved AND holder_kind = 'enterprise'
),
adverse_end AS MATERIALIZED (
  SELECT subject AS enterprise_id FROM changed_serious_listing WHERE moved
  UNION
  SELECT subject FROM changed_abnormal_listing WHERE moved
  UNION
  SELECT subject FROM changed_penalty WHERE moved
  UNION
  SELECT subject FROM changed_dishonest_debtor WHERE moved
),
near_date AS MATERIALIZED (
  SELECT number AS enterprise_id, {{ after }} AS as_of
  FROM tying_firm
  WHERE enterprise_id IN (SELECT enterprise_id FROM retied UNION SELECT enterprise_id FROM adverse_end)
),
{{ links("near", "near_date") }},
tied AS MATERIALIZED (
  SELECT h.enterprise_id, r.enterprise_id AS linked_id
  FROM near_held h
  JOIN tying_neighbours r ON r.person_id = h.person_id AND r.day = h.day
  WHERE r.enterprise_id <> h.enterprise_id
  UNION
  SELECT enterprise_id, linked_id FROM near_share WHERE weight > 0
),
far_date AS MATERIALIZED (
  SELECT DISTINCT linked_id AS enterprise_id, {{ after }} AS as_of
  FROM tied
  WHERE enterprise_id IN (SELECT number FROM tying_firm WHERE enterprise_id IN (SELECT enterprise_id FROM adverse_end))
),
{{ links("far", "far_date") }},
linked AS (
  SELECT linked_id FROM tied
  UNION
  SELECT linked_id FROM far_link
)
SELECT enterprise_id FROM retied
UNION
SELECT enterprise_id FROM adverse_end
UNION
SELECT enterprise_id FROM tying_firm WHERE number IN (SELECT linked_id FROM linked)
