-- Who may read what. People get a database user in one of these groups (or their IAM role maps to one); nobody gets a
-- grant of his own. The names carry the team, because a cluster may serve several.
CREATE GROUP ${team}_bi;
CREATE GROUP ${team}_analysts;
CREATE GROUP ${team}_loaders;

-- Dashboards: the summary, and single events without the ids of persons.
GRANT USAGE ON SCHEMA serving TO GROUP ${team}_bi;
GRANT SELECT ON serving.daily_sales TO GROUP ${team}_bi;
GRANT SELECT ON serving.clicks_bi TO GROUP ${team}_bi;

-- Analysts: everything that is served, hot tables included, but of dim_users no hash of an e-mail or a name. A privilege
-- on a late-binding view is one on its text only, so the schemas below it are granted too (GRANT, "Usage notes").
GRANT USAGE ON SCHEMA serving TO GROUP ${team}_analysts;
GRANT USAGE ON SCHEMA hot TO GROUP ${team}_analysts;
GRANT USAGE ON SCHEMA ops TO GROUP ${team}_analysts;
GRANT SELECT ON serving.daily_sales TO GROUP ${team}_analysts;
GRANT SELECT ON serving.clicks_all TO GROUP ${team}_analysts;
GRANT SELECT ON serving.clicks_bi TO GROUP ${team}_analysts;
GRANT SELECT ON hot.fact_clicks TO GROUP ${team}_analysts;
GRANT SELECT ON ops.tier_boundary TO GROUP ${team}_analysts;
GRANT SELECT (user_id, signup_date, country, tier, first_seen_ts, last_seen_ts)
    ON hot.dim_users TO GROUP ${team}_analysts;

-- Loaders: hot, staging and their own books.
GRANT USAGE ON SCHEMA hot TO GROUP ${team}_loaders;
GRANT USAGE ON SCHEMA staging TO GROUP ${team}_loaders;
GRANT USAGE ON SCHEMA ops TO GROUP ${team}_loaders;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA hot TO GROUP ${team}_loaders;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA staging TO GROUP ${team}_loaders;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ops TO GROUP ${team}_loaders;
