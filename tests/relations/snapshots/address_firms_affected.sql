WITH changed AS (
  SELECT
    subject
  FROM changed_enterprise
  WHERE
    moved
  UNION
  SELECT
    subject
  FROM changed_abnormal_listing
  WHERE
    moved
)
SELECT
  enterprise_id
FROM enterprise
WHERE
  address IN (
    SELECT
      address
    FROM enterprise
    WHERE
      NOT address IS NULL AND enterprise_id IN (
        SELECT
          subject
        FROM changed
      )
  )
