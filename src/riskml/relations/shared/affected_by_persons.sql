{# Everyone where a person has or had a post whose posts or listings changed, or who has one where a registration
   did. #}
SELECT enterprise_id
FROM position
WHERE person_id IN (
  SELECT person_id FROM changed_position WHERE moved
  UNION
  SELECT subject FROM changed_dishonest_debtor WHERE moved
  UNION
  SELECT person_id FROM position WHERE enterprise_id IN (SELECT subject FROM changed_enterprise WHERE moved)
)
