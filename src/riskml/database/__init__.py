"""The database of what people do: cases and accounts. SQLite in the workspace, or PostgreSQL by an address.

Each package that keeps something here declares its tables on `riskml.database.tables.METADATA`, and one line of
migrations (`migrations/versions`, numbered) makes and changes them.
"""
