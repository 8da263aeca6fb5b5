SELECT event_date, product_category, device_type, count(*) AS sessions, sum(product_views)::bigint AS product_views,
  sum(add_to_carts)::bigint AS add_to_carts, sum(purchases)::bigint AS purchases, sum(units)::bigint AS units,
  sum(revenue)::decimal(18,2) AS revenue, count(*) FILTER (purchases > 0) AS converting_sessions,
  count(*) FILTER (purchases > 0) / count(*)::double AS conversion_rate
FROM (
  SELECT event_date, coalesce(nullif(trim(product_category), ''), 'unknown') AS product_category,
    coalesce(nullif(trim(device_type), ''), 'unknown') AS device_type, session_key,
    count(*) FILTER (event_type = 'product_view') AS product_views,
    count(*) FILTER (event_type = 'add_to_cart') AS add_to_carts,
    count(*) FILTER (event_type = 'purchase') AS purchases,
    coalesce(sum(product_quantity) FILTER (event_type = 'purchase'), 0) AS units, sum(revenue) AS revenue
  FROM facts GROUP BY ALL)
GROUP BY ALL
