"""The local target's engines: supervisor of the emulator, Athena on DuckDB, Glue job runs on Spark."""
