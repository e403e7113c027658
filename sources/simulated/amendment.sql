-- 信息更正: amendments of records.
-- A word that is not in the list stays as it is, so that the check of codes names it.
SELECT
    source_row,
    recordId AS record_id,
    decDate AS event_date,
    ofTable AS of_table,
    ofRecord AS of_record,
    CASE kind_CN
        WHEN '撤销、确认违法或无效' THEN 'revoked'
        WHEN '变更' THEN 'changed'
        WHEN '部分撤销' THEN 'partly_revoked'
        WHEN '误判、错误、笔误' THEN 'misjudged'
        WHEN '信用修复' THEN 'repaired'
        WHEN '减少' THEN 'reduced'
        WHEN '依法封存或不得使用' THEN 'barred'
        ELSE kind_CN
    END AS kind,
    replacedBy AS replaced_by,
    part,
    reducedTo AS "value",
    law,
    recDate AS known_date
FROM amendment_raw
