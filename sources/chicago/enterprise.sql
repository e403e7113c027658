-- 企业登记信息: registration. The source has no register: what it says of an enterprise stands beside each visit to it.
-- 首次检查所载的登记信息先于检查（去检查一家企业，先得知道它是什么企业），自首张许可证之日或首次检查前一日起算；其后的变化自记载之日起
-- 算，故不作用于当次检查。
-- What the first visit says was known before it, or nobody would have gone there: it counts from the first licence, at the
-- latest from the day before. A later difference counts from the day of the visit that shows it: not for that visit itself.
WITH told AS (
    SELECT
        v.source_row,
        CAST(CAST(v.License AS BIGINT) AS VARCHAR) AS enterprise_id,
        CAST(v.Inspection_Date AS DATE) AS day,
        CAST(v.Inspection_ID AS BIGINT) AS visit,
        CAST(l.minDate AS DATE) AS first_licence,
        -- 店名写法不一（标点、编号、公司后缀），规范后用于找出同名企业。A chain's name is written in many ways: without marks, numbers
        -- and the words for a company it tells which enterprises trade under the same name.
        nullif(trim(regexp_replace(regexp_replace(regexp_replace(upper(v.DBA_Name), '[^A-Z ]', '', 'g'),
            '\b(INC|LLC|CORP|CO|LTD|THE|RESTAURANT|STORE)\b', '', 'g'), '\s+', ' ', 'g')), '') AS name,
        nullif(trim(upper(v.Address)), '') AS address,
        CAST(CAST(v.Zip AS BIGINT) AS VARCHAR) AS division,
        -- 该市的食品风险等级是对业态的粗分类，设施类型是细分类。The city's risk class is its coarse classification of food businesses,
        -- the type of facility the fine one.
        nullif(trim(v.Risk), '') AS industry_section,
        nullif(trim(lower(v.Facility_Type)), '') AS industry
    FROM visits v LEFT JOIN licences l ON l.Inspection_ID = v.Inspection_ID
),
versions AS (
    SELECT *, {n: name, a: address, d: division, s: industry_section, i: industry} AS state
    FROM told
)
SELECT
    source_row,
    'enterprise-' || visit AS record_id,
    enterprise_id,
    CASE
        WHEN row_number() OVER (PARTITION BY enterprise_id ORDER BY day, visit) = 1 THEN CAST(least(day - INTERVAL 1 DAY, first_licence) AS DATE)
        ELSE day
    END AS valid_from,
    coalesce(name, 'UNNAMED ' || enterprise_id) AS name,
    'active' AS status,
    industry_section,
    industry,
    division,
    CASE WHEN first_licence < min(day) OVER (PARTITION BY enterprise_id) THEN first_licence END AS established_date,
    address
FROM versions
QUALIFY lag(state) OVER (PARTITION BY enterprise_id ORDER BY day, visit) IS DISTINCT FROM state
