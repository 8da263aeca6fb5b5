-- Which folder of the lake each hot date, and each dimension, was loaded from. A date whose partition in the Glue
-- catalog has another location is loaded anew; comparing the two finds every date that an event did not tell of.
CREATE TABLE ops.loaded_dates (
    event_date DATE NOT NULL ENCODE raw,
    location VARCHAR(1024) NOT NULL ENCODE zstd,
    row_count BIGINT NOT NULL ENCODE az64,
    revenue DECIMAL(18, 2) NOT NULL ENCODE az64,
    loaded_at TIMESTAMP NOT NULL ENCODE az64,
    PRIMARY KEY (event_date)
)
DISTSTYLE ALL
SORTKEY (event_date);

CREATE TABLE ops.loaded_tables (
    table_name VARCHAR(127) NOT NULL ENCODE zstd,
    location VARCHAR(1024) NOT NULL ENCODE zstd,
    row_count BIGINT NOT NULL ENCODE az64,
    loaded_at TIMESTAMP NOT NULL ENCODE az64,
    PRIMARY KEY (table_name)
)
DISTSTYLE ALL;

-- One row: the first hot date. The loader moves it in the transaction that moves the data, and locks this table first,
-- so two loads never interleave.
CREATE TABLE ops.tier_boundary (
    hot_from DATE NOT NULL ENCODE raw,
    moved_at TIMESTAMP NOT NULL ENCODE az64
)
DISTSTYLE ALL;

-- Nothing is hot yet: clicks_all reads everything through Spectrum until the first load.
INSERT INTO ops.tier_boundary (hot_from, moved_at) VALUES ('9999-12-31', GETDATE());
