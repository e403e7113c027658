-- 股权出质: pledges of shares.
SELECT
    source_row,
    equityNo AS record_id,
    UNISCID AS enterprise_id,
    startDate AS start_date,
    endDate AS end_date,
    endKnown AS end_known_date,
    impAm AS amount,
    recDate AS known_date,
    regOrg_CN AS authority
FROM equity_pledge_raw
