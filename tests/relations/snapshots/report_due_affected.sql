SELECT
  subject
FROM changed_annual_report
WHERE
  moved
