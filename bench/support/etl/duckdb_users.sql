SELECT user_id, first_seen_ts, last_seen_ts, carried.* FROM (
  SELECT user_id, min(event_ts) AS first_seen_ts, max(event_ts) AS last_seen_ts,
    max(CASE WHEN coalesce(user_email_hash, user_name_hash, user_signup_date::varchar, user_country, user_tier) IS NOT NULL
      THEN {'attributes_ts': event_ts, 'attributes_event_id': event_id, 'email_hash': user_email_hash,
        'name_hash': user_name_hash, 'signup_date': user_signup_date, 'country': user_country, 'tier': user_tier}
      END) AS carried
  FROM events WHERE trim(user_id) <> '' GROUP BY user_id)
