"""The log of statements, as the system views show it."""

from __future__ import annotations

import duckdb

#: Columns as of the developer guide's pages of the SYS views (2026-11).
_TABLES = """
    CREATE TABLE IF NOT EXISTS warehouse.engine.queries (
        user_id INTEGER, query_id BIGINT, query_label VARCHAR, transaction_id BIGINT, session_id INTEGER,
        database_name VARCHAR, query_type VARCHAR, status VARCHAR, result_cache_hit BOOLEAN, start_time TIMESTAMP,
        end_time TIMESTAMP, elapsed_time BIGINT, queue_time BIGINT, execution_time BIGINT, error_message VARCHAR,
        returned_rows BIGINT, returned_bytes BIGINT, query_text VARCHAR, redshift_version VARCHAR, usage_limit VARCHAR,
        compute_type VARCHAR, compile_time BIGINT, planning_time BIGINT, lock_wait_time BIGINT,
        service_class_id INTEGER, service_class_name VARCHAR, query_priority VARCHAR, short_query_accelerated VARCHAR,
        user_query_hash VARCHAR, generic_query_hash VARCHAR, query_hash_version INTEGER,
        result_cache_query_id BIGINT);
    CREATE TABLE IF NOT EXISTS warehouse.engine.external_queries (
        user_id INTEGER, query_id BIGINT, transaction_id BIGINT, child_query_sequence INTEGER, segment_id INTEGER,
        source_type VARCHAR, start_time TIMESTAMP, end_time TIMESTAMP, duration BIGINT, total_partitions INTEGER,
        qualified_partitions INTEGER, scanned_files BIGINT, returned_rows BIGINT, returned_bytes BIGINT,
        file_format VARCHAR, file_location VARCHAR, external_query_text VARCHAR, warning_message VARCHAR,
        table_name VARCHAR, is_recursive VARCHAR, is_nested VARCHAR, s3list_time BIGINT, get_partition_time BIGINT);
    CREATE TABLE IF NOT EXISTS warehouse.engine.loads (
        user_id INTEGER, query_id BIGINT, transaction_id BIGINT, session_id INTEGER, database_name VARCHAR,
        status VARCHAR, table_name VARCHAR, start_time TIMESTAMP, end_time TIMESTAMP, duration BIGINT,
        data_source VARCHAR, file_format VARCHAR, loaded_rows BIGINT, loaded_bytes BIGINT, source_file_count INTEGER,
        source_file_bytes BIGINT, file_count_scanned INTEGER, file_bytes_scanned BIGINT, error_count BIGINT,
        copy_job_id BIGINT);
    CREATE TABLE IF NOT EXISTS warehouse.engine.load_errors (
        user_id INTEGER, query_id BIGINT, transaction_id BIGINT, session_id INTEGER, database_name VARCHAR,
        table_id INTEGER, start_time TIMESTAMP, file_name VARCHAR, line_number BIGINT, column_name VARCHAR,
        column_type VARCHAR, column_length VARCHAR, "position" INTEGER, error_code INTEGER, error_message VARCHAR);
    CREATE TABLE IF NOT EXISTS warehouse.engine.refreshes (
        user_id INTEGER, session_id INTEGER, transaction_id BIGINT, database_name VARCHAR, schema_name VARCHAR,
        mv_name VARCHAR, refresh_type VARCHAR, status VARCHAR, start_time TIMESTAMP, end_time TIMESTAMP,
        duration BIGINT);
"""


def create_history(connection: duckdb.DuckDBPyConnection) -> None:
    """The tables above, unless they exist."""
    connection.execute(_TABLES)


def last_query_id(connection: duckdb.DuckDBPyConnection) -> int:
    """The greatest id given out before this start."""
    row = connection.execute(
        "SELECT coalesce(greatest(max(query_id), max(transaction_id), max(session_id)), 1000) "
        "FROM warehouse.engine.queries"
    ).fetchone()
    return int(row[0]) if row is not None else 1000
