-- 企业登记信息: registration. The source has no register: name keywords and code stand in every inspection of the enterprise.
-- Both are facts of the register, which precede any visit and are known to the regulator before it. When they were registered is
-- not in the source, so that one version counts from the day before the first inspection of the extract. The code is the first
-- one given: about 1 % of the visits take it from a later visit of the same enterprise.
SELECT
    min(source_row) AS source_row,
    'enterprise-' || enterprise AS record_id,
    enterprise AS enterprise_id,
    DATE '2020-12-31' AS valid_from,
    enterprise AS name,
    -- 来源没有登记状态；被检查的企业视为存续。No status is given; who is inspected is taken to exist.
    'active' AS status,
    -- 行业：没有 GB/T 4754 代码，取名称中的行业字样和组织形式。The line of business as far as the name shows it.
    any_value(coalesce(nullif(name_keywords, ''), '无行业字样')) AS industry,
    -- 统一社会信用代码第3—8位为登记管理机关行政区划 (GB 32100). Characters 3-8 are the division of the registration authority.
    substr(arg_min(uscc, (date, inspection_id)) FILTER (WHERE uscc IS NOT NULL), 3, 6) AS division
FROM culture_inspections
GROUP BY enterprise
