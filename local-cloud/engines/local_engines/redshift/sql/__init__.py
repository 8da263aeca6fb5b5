"""Redshift's SQL on DuckDB: what a statement means, the storage of one warehouse, sessions and their transactions."""
