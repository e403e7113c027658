"""SQL engines: DuckDB is embedded and the default."""
