"""The same month-end as a competent analyst would write it today: pandas, shap.TreeExplainer, rules row by row.

`riskml benchmark speed` measures the product against this, over the same records. It is written straightforwardly:
whole tables, one ``groupby`` for all columns of a kind, no ``iterrows`` for indicators. Where two ways were equally
obvious the quicker one was taken, and a comment says so. It shares no code with the product's indicators, so it is also
an independent reading of them.
"""
