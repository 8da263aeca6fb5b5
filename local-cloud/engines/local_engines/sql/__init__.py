"""DuckDB and sqlglot helpers that no engine owns alone."""
