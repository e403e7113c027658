{# Which years' reports are due is the same for all, and changes on 1 July (`riskml.features.changed.reports_due`). #}
SELECT subject FROM changed_annual_report WHERE moved
