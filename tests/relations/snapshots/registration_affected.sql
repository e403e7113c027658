SELECT
  subject
FROM changed_enterprise
WHERE
  moved
