-- 严重失信主体名单（黑名单）: serious-dishonesty lists of all departments.
SELECT
    source_row,
    recordId AS record_id,
    UNISCID AS enterprise_id,
    ABNTIME AS start_date,
    REMDATE AS end_date,
    REMKNOWN AS end_known_date,
    listKind AS list_kind,
    caseId AS case_id,
    recDate AS known_date,
    DECORG_CN AS authority
FROM serious_listing_raw
