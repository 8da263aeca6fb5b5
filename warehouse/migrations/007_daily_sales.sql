-- transaction: none
-- The most common query, computed once a load instead of once a dashboard. Its columns are those of the lake's
-- daily_sales, so one question reads the same in Athena and here. DISTINCT makes each refresh a full one
-- (REFRESH MATERIALIZED VIEW, "Incremental refresh": DISTINCT aggregates are not incremental): 30 dates, seconds.
-- The loader refreshes it after its own transaction: in the middle of one nobody may see half of it.
-- There is no IF NOT EXISTS for it, and a migration outside a transaction must bear a second run.
DROP MATERIALIZED VIEW IF EXISTS serving.daily_sales;
CREATE MATERIALIZED VIEW serving.daily_sales
BACKUP NO
DISTSTYLE ALL
SORTKEY (event_date)
AUTO REFRESH NO
AS
SELECT
    event_date,
    COALESCE(NULLIF(TRIM(product_category), ''), 'unknown') AS product_category,
    COALESCE(NULLIF(TRIM(device_type), ''), 'unknown') AS device_type,
    COUNT(DISTINCT session_key) AS sessions,
    SUM(CASE WHEN event_type = 'product_view' THEN 1 ELSE 0 END) AS product_views,
    SUM(CASE WHEN event_type = 'add_to_cart' THEN 1 ELSE 0 END) AS add_to_carts,
    SUM(CASE WHEN event_type = 'purchase' THEN 1 ELSE 0 END) AS purchases,
    SUM(CASE WHEN event_type = 'purchase' THEN COALESCE(product_quantity, 0) ELSE 0 END) AS units,
    CAST(SUM(revenue) AS DECIMAL(18, 2)) AS revenue,
    COUNT(DISTINCT CASE WHEN event_type = 'purchase' THEN session_key END) AS converting_sessions,
    CAST(COUNT(DISTINCT CASE WHEN event_type = 'purchase' THEN session_key END) AS DOUBLE PRECISION)
        / COUNT(DISTINCT session_key) AS conversion_rate
FROM hot.fact_clicks
GROUP BY 1, 2, 3;
