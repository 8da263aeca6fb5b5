WITH keyed AS (
  SELECT *, coalesce(nullif(trim(user_id), ''), nullif(trim(anonymous_id), '')) AS user_key,
    nullif(trim(session_id), '') AS sid, epoch_us(event_ts) AS micros,
    CASE WHEN event_type = 'purchase' AND order_amount IS NOT NULL THEN order_amount ELSE 0 END::decimal(14,2) AS revenue
  FROM events
), owned AS (
  SELECT *, coalesce('u' || user_key, CASE WHEN sid IS NOT NULL THEN 's' END, 'e' || event_id) AS owner,
    micros // 86400000000 AS day FROM keyed
), linked AS (
  SELECT *, lag(micros) OVER w AS prev FROM owned WINDOW w AS (PARTITION BY owner, sid ORDER BY micros, event_id)
), pieces AS (
  SELECT *, prev // 86400000000 AS prev_day, (sid IS NOT NULL OR micros - prev <= 1800000000) AS active,
    prev IS NULL OR prev // 86400000000 <> day OR NOT (sid IS NOT NULL OR micros - prev <= 1800000000) AS piece FROM linked
), turned AS (
  SELECT *, last_value(CASE WHEN piece THEN micros END IGNORE NULLS) OVER (
    PARTITION BY owner, sid ORDER BY micros, event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS piece_at FROM pieces
), begun AS (
  SELECT *, piece AND NOT coalesce(day = prev_day + 1 AND active AND piece_at - prev_day * 86400000000 >= 21600000000
    AND micros - day * 86400000000 < 21600000000, false) AS begins FROM turned
), timed AS (
  SELECT *, last_value(CASE WHEN begins THEN micros END IGNORE NULLS) OVER (
    PARTITION BY owner, sid ORDER BY micros, event_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS began_at FROM begun
), numbered AS (
  SELECT *, sum(CASE WHEN begins OR coalesce(micros > began_at + 86400000000 AND prev <= began_at + 86400000000, false)
    THEN 1 ELSE 0 END) OVER (PARTITION BY owner, sid ORDER BY micros, event_id) AS session FROM timed
), measured AS (
  SELECT *, row_number() OVER o AS event_in_session, lead(micros) OVER o AS next_at, first_value(event_id) OVER o AS first_id,
    min(micros) OVER s AS first_at, max(micros) OVER s AS last_at, count(*) OVER s AS session_events,
    bool_or(event_type = 'purchase') OVER s AS session_converted, sum(revenue) OVER s AS session_revenue
  FROM numbered WINDOW s AS (PARTITION BY owner, sid, session),
    o AS (PARTITION BY owner, sid, session ORDER BY micros, event_id)
)
SELECT event_id, event_type, event_ts, user_key, user_id, anonymous_id,
  sha256('{' || CASE WHEN user_key IS NULL THEN '' ELSE '"user":' || to_json(user_key) || ',' END
    || CASE WHEN sid IS NOT NULL THEN '"session":' || to_json(sid) || ',"day":' || (first_at // 86400000000)
      ELSE '"at":' || first_at || ',"event":"' || first_id || '"' END || '}')[1:32] AS session_key,
  product_id, product_category, product_brand, product_price, product_quantity, order_id, order_currency, revenue,
  device_type, device_os, device_browser, geo_country, geo_region, geo_city, page_url, referrer,
  event_in_session::int AS event_in_session, (next_at - micros) / 1e6 AS dwell_seconds,
  make_timestamp(first_at) AS session_start_ts, (last_at - first_at) / 1e6 AS session_seconds,
  session_events::int AS session_events, event_in_session = 1 AS is_entry, event_in_session = session_events AS is_exit,
  session_converted, session_revenue::decimal(14,2) AS session_revenue, event_date
FROM measured
