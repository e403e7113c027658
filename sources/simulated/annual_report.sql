-- 年度报告: annual reports.
SELECT
    source_row,
    ANCHEID AS record_id,
    UNISCID AS enterprise_id,
    ANCHEDATE AS event_date,
    ANCHEYEAR AS year,
    EMPNUM AS employees,
    ASSGRO AS assets,
    LIAGRO AS liabilities,
    VENDINC AS revenue,
    PROGRO AS profit,
    NETINC AS net_profit,
    RATGRO AS tax,
    recDate AS known_date
FROM annual_report_raw
