SELECT
  subject
FROM changed_dishonest_debtor
WHERE
  moved
