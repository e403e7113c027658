"""What everything else stands on: errors, files, locks, logs, the ledger, configuration. It knows nothing of records or
grades.
"""
