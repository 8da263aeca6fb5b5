"""Amazon Athena on DuckDB: the API, the SQL dialect, the Glue catalog, and the bytes scanned."""
