-- The loader's workbench. A folder of the lake holds no partition column, so neither does this table: COPY from Parquet
-- fills columns by position and takes no column list (Redshift developer guide, "COPY from columnar data formats").
-- BACKUP NO: what is here can be copied again, so no snapshot needs it.
CREATE TABLE staging.fact_clicks (
    event_id CHAR(36) ENCODE zstd,
    event_type VARCHAR(32) ENCODE bytedict,
    event_ts TIMESTAMP ENCODE az64,
    user_key VARCHAR(1024) ENCODE zstd,
    user_id VARCHAR(1024) ENCODE zstd,
    anonymous_id VARCHAR(1024) ENCODE zstd,
    session_key CHAR(32) ENCODE zstd,
    product_id VARCHAR(1024) ENCODE zstd,
    product_category VARCHAR(1024) ENCODE zstd,
    product_brand VARCHAR(1024) ENCODE zstd,
    product_price DECIMAL(12, 2) ENCODE az64,
    product_quantity INTEGER ENCODE az64,
    order_id VARCHAR(1024) ENCODE zstd,
    order_currency VARCHAR(16) ENCODE bytedict,
    revenue DECIMAL(14, 2) ENCODE az64,
    device_type VARCHAR(1024) ENCODE zstd,
    device_os VARCHAR(1024) ENCODE zstd,
    device_browser VARCHAR(1024) ENCODE zstd,
    geo_country VARCHAR(1024) ENCODE zstd,
    geo_region VARCHAR(1024) ENCODE zstd,
    geo_city VARCHAR(1024) ENCODE zstd,
    page_url VARCHAR(16384) ENCODE zstd,
    referrer VARCHAR(16384) ENCODE zstd,
    event_in_session INTEGER ENCODE az64,
    dwell_seconds DOUBLE PRECISION ENCODE zstd,
    session_start_ts TIMESTAMP ENCODE az64,
    session_seconds DOUBLE PRECISION ENCODE zstd,
    session_events INTEGER ENCODE az64,
    is_entry BOOLEAN ENCODE raw,
    is_exit BOOLEAN ENCODE raw,
    session_converted BOOLEAN ENCODE raw,
    session_revenue DECIMAL(14, 2) ENCODE az64
)
BACKUP NO
DISTSTYLE KEY
DISTKEY (user_key);

-- The columns, their encodings and the distribution of the table that it is swapped into. LIKE takes BACKUP over as
-- well and may not be told another one (CREATE TABLE, "LIKE").
CREATE TABLE staging.dim_users (LIKE hot.dim_users);
