-- 出资持股: who holds the licence. One holder with several licences ties its places together.
-- 自其首个许可期起算；许可期始于检查当日或以后的，检查前一日尚不知道。From its first licence term on: a term that begins with the visit or
-- later was not known the day before.
WITH held AS (
    SELECT
        l.source_row,
        CAST(CAST(v.License AS BIGINT) AS VARCHAR) AS enterprise_id,
        CAST(l.LICENSE_TERM_START_DATE AS DATE) AS since,
        upper(l.LEGAL_NAME) AS legal_name,
        trim(regexp_replace(regexp_replace(regexp_replace(upper(l.LEGAL_NAME), '[^A-Z ]', '', 'g'),
            '\b(INC|LLC|CORP|CO|LTD|THE|RESTAURANT|STORE)\b', '', 'g'), '\s+', ' ', 'g')) AS holder_id
    FROM visits v JOIN licences l ON l.Inspection_ID = v.Inspection_ID
)
SELECT
    min(source_row) AS source_row,
    'holder-' || enterprise_id || '-' || holder_id AS record_id,
    enterprise_id,
    min(since) AS start_date,
    holder_id,
    CASE
        WHEN bool_or(regexp_matches(legal_name, '\b(INC|LLC|L\.L\.C|CORP|CORPORATION|CO|COMPANY|LTD|LP|PARTNERSHIP|LIMITED)\b')) THEN 'enterprise'
        ELSE 'person'
    END AS holder_kind
FROM held
WHERE length(holder_id) > 1 AND since IS NOT NULL
GROUP BY enterprise_id, holder_id
