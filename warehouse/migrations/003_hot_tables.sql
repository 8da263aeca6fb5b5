-- Both tables have the columns of the lake's tables (glue-jobs/clickstream_jobs/tables/*.json; a test compares them).
-- A user's events lie on one slice, as sessions and the join with dim_users need; the sort key serves what every
-- dashboard asks first: which dates, then which kind of event. A sort key's first column is best left raw, so that
-- whole blocks are skipped (Redshift developer guide, "Choose sort keys").
CREATE TABLE hot.fact_clicks (
    event_id CHAR(36) NOT NULL ENCODE zstd,
    event_type VARCHAR(32) NOT NULL ENCODE bytedict,
    event_ts TIMESTAMP NOT NULL ENCODE az64,
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
    revenue DECIMAL(14, 2) NOT NULL ENCODE az64,
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
    session_revenue DECIMAL(14, 2) ENCODE az64,
    event_date DATE NOT NULL ENCODE raw
)
DISTSTYLE KEY
DISTKEY (user_key)
COMPOUND SORTKEY (event_date, event_type);

-- AUTO: a copy on every node while it is small, by key once it is not; Redshift moves it (CREATE TABLE, "DISTSTYLE").
CREATE TABLE hot.dim_users (
    user_id VARCHAR(1024) NOT NULL ENCODE zstd,
    email_hash CHAR(64) ENCODE zstd,
    name_hash CHAR(64) ENCODE zstd,
    signup_date DATE ENCODE az64,
    country VARCHAR(1024) ENCODE zstd,
    tier VARCHAR(1024) ENCODE zstd,
    first_seen_ts TIMESTAMP ENCODE az64,
    last_seen_ts TIMESTAMP ENCODE az64,
    attributes_ts TIMESTAMP ENCODE az64,
    attributes_event_id CHAR(36) ENCODE zstd,
    PRIMARY KEY (user_id)
)
DISTSTYLE AUTO
SORTKEY (user_id);
