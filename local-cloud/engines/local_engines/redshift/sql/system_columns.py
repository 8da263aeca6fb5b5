"""Columns of the system views, as of the pages of the developer guide (2026-11); `name type` pairs."""

from __future__ import annotations

SYSTEM_COLUMNS = {
    "sys_query_history": """
        user_id int4, query_id int8, query_label bpchar(320), transaction_id int8, session_id int4,
        database_name bpchar(128), query_type bpchar(32), status bpchar(10), result_cache_hit bool, start_time
        timestamp, end_time timestamp, elapsed_time int8, queue_time int8, execution_time int8, error_message
        bpchar(512), returned_rows int8, returned_bytes int8, query_text bpchar(4000), redshift_version
        bpchar(256), usage_limit bpchar(150), compute_type varchar(32), compile_time int8, planning_time int8,
        lock_wait_time int8, service_class_id int4, service_class_name bpchar(64), query_priority bpchar(20),
        short_query_accelerated bpchar(10), user_query_hash bpchar(40), generic_query_hash bpchar(40),
        query_hash_version int4, result_cache_query_id int8
    """,
    "sys_external_query_detail": """
        user_id int4, query_id int8, transaction_id int8, child_query_sequence int4, segment_id int4,
        source_type bpchar(32), start_time timestamp, end_time timestamp, duration int8, total_partitions int4,
        qualified_partitions int4, scanned_files int8, returned_rows int8, returned_bytes int8, file_format
        varchar(16), file_location varchar(4000), external_query_text varchar(4000), warning_message
        bpchar(4000), table_name bpchar(136), is_recursive bpchar(1), is_nested bpchar(1), s3list_time int8,
        get_partition_time int8
    """,
    "svl_s3query_summary": """
        userid int4, query int4, xid int8, pid int4, segment int4, step int4, starttime timestamp, endtime
        timestamp, elapsed int8, aborted int4, external_table_name bpchar(136), file_format bpchar(16),
        is_partitioned bpchar(1), s3_scanned_rows int8, s3_scanned_bytes int8, files int8
    """,
    "sys_load_history": """
        user_id int4, query_id int8, transaction_id int8, session_id int4, database_name varchar(128), status
        varchar(10), table_name varchar(256), start_time timestamp, end_time timestamp, duration int8,
        data_source varchar(4000), file_format varchar(32), loaded_rows int8, loaded_bytes int8,
        source_file_count int4, source_file_bytes int8, file_count_scanned int4, file_bytes_scanned int8,
        error_count int8, copy_job_id int8
    """,
    "sys_load_error_detail": """
        user_id int4, query_id int8, transaction_id int8, session_id int4, database_name bpchar(64), table_id
        int4, start_time timestamp, file_name bpchar(256), line_number int8, column_name bpchar(127),
        column_type bpchar(10), column_length bpchar(10), "position" int4, error_code int4, error_message
        bpchar(512)
    """,
    "stl_load_errors": """
        userid int4, slice int4, tbl int4, starttime timestamp, session int4, query int4, filename bpchar(256),
        line_number int8, colname bpchar(127), type bpchar(10), col_length bpchar(10), "position" int4, raw_line
        bpchar(1024), raw_field_value bpchar(1024), err_code int4, err_reason bpchar(100)
    """,
    "sys_mv_refresh_history": """
        user_id int4, session_id int4, transaction_id int8, database_name bpchar(128), schema_name bpchar(128),
        mv_name bpchar(128), refresh_type bpchar(32), status varchar(1024), start_time timestamp, end_time
        timestamp, duration int8
    """,
    "stv_mv_info": """
        db_name bpchar(128), schema bpchar(128), name bpchar(128), updated_upto_xid int8, is_stale bpchar(1),
        owner_user_name bpchar(128), state int4, autorewrite bpchar(1), autorefresh bpchar(1)
    """,
    "svv_table_info": """
        database varchar(128), schema varchar(128), table_id int4, "table" varchar(128), encoded varchar(32),
        diststyle varchar(256), sortkey1 varchar(128), max_varchar int4, sortkey1_enc bpchar(32), sortkey_num
        int4, size int8, pct_used numeric(10,4), empty int8, unsorted numeric(5,2), stats_off numeric(5,2),
        tbl_rows numeric(38,0), skew_sortkey1 numeric(19,2), skew_rows numeric(19,2), estimated_visible_rows
        numeric(38,0), risk_event varchar(1024), vacuum_sort_benefit numeric(12,2), create_time timestamp
    """,
    "pg_table_def": """
        schemaname varchar(128), tablename varchar(128), "column" varchar(128), type varchar(128), encoding
        varchar(32), distkey bool, sortkey int4, "notnull" bool
    """,
    "svv_tables": """
        table_catalog varchar(128), table_schema varchar(128), table_name varchar(128), table_type varchar(128),
        remarks varchar(256)
    """,
    "svv_columns": """
        table_catalog varchar(128), table_schema varchar(128), table_name varchar(128), column_name
        varchar(128), ordinal_position int4, column_default varchar(4000), is_nullable varchar(3), data_type
        varchar(128), character_maximum_length int4, numeric_precision int4, numeric_scale int4
    """,
    "svv_external_schemas": """
        esoid int4, eskind int2, schemaname varchar(128), esowner int4, databasename varchar(128), esoptions
        varchar(4000)
    """,
    "svv_external_tables": """
        redshift_database_name varchar(128), schemaname varchar(128), tablename varchar(128), tabletype
        varchar(128), location varchar(4000), input_format varchar(128), output_format varchar(128),
        serialization_lib varchar(128), serde_parameters varchar(4000), compressed int4, parameters
        varchar(4000)
    """,
    "svv_external_columns": """
        redshift_database_name varchar(128), schemaname varchar(128), tablename varchar(128), columnname
        varchar(128), external_type varchar(128), columnnum int4, part_key int4, is_nullable varchar(5)
    """,
    "svv_external_partitions": """
        schemaname varchar(128), tablename varchar(128), "values" varchar(4000), location varchar(4000),
        input_format varchar(128), output_format varchar(128), serialization_lib varchar(128), serde_parameters
        varchar(4000), compressed int4, parameters varchar(4000)
    """,
    "pg_user": """
        usename varchar(128), usesysid int4, usecreatedb bool, usesuper bool
    """,
    "pg_group": """
        groname varchar(128)
    """,
    "svv_roles": """
        role_id int4, role_name varchar(128), role_owner varchar(128)
    """,
    "svv_relation_privileges": """
        namespace_name varchar(128), relation_name varchar(128), privilege_type varchar(32), identity_id int4,
        identity_name varchar(128), identity_type varchar(32), admin_option bool
    """,
    "svv_schema_privileges": """
        namespace_name varchar(128), privilege_type varchar(32), identity_id int4, identity_name varchar(128),
        identity_type varchar(32), admin_option bool
    """,
    "svv_column_privileges": """
        namespace_name varchar(128), relation_name varchar(128), column_name varchar(128), privilege_type
        varchar(32), identity_id int4, identity_name varchar(128), identity_type varchar(32), admin_option bool
    """,
}  # fmt: skip
