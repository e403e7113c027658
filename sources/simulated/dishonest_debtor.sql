-- 失信被执行人: dishonest judgment debtors, persons and enterprises.
SELECT
    source_row,
    recordId AS record_id,
    regDate AS start_date,
    exitDate AS end_date,
    exitKnown AS end_known_date,
    subjectId AS subject_id,
    subjectKind AS subject_kind,
    caseCode AS case_number,
    recDate AS known_date,
    court AS authority
FROM dishonest_debtor_raw
