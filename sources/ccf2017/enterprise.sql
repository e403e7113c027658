-- 企业登记信息: registration. Every enterprise of the contest exists on 2015-08-31; what had become of those of the training table
-- is a second version of 2017-08-31, the day it became known. Whether a closed one was deregistered or revoked is not told.
-- 经营退出是2017-08-31的登记状态：此前的任何基准日都看不到。
WITH told AS (
    SELECT source_row, 'train-' || EID AS record_id, EID, DATE '2015-08-31' AS valid_from, 0 AS closed FROM train
    UNION ALL
    SELECT source_row, 'outcome-' || EID, EID, DATE '2017-08-31', TARGET FROM train
    UNION ALL
    SELECT source_row, 'evaluation-' || EID, EID, DATE '2015-08-31', 0 FROM evaluation
)
SELECT
    source_row,
    record_id,
    EID AS enterprise_id,
    valid_from,
    EID AS name,
    CASE closed WHEN 0 THEN 'active' WHEN 1 THEN 'deregistered' ELSE CAST(closed AS VARCHAR) END AS status
FROM told
