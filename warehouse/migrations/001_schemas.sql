-- Four schemas, by who works in them.
--   hot      dates of the hot window, written by the loader
--   staging  what the loader is about to swap in; nobody else reads it
--   serving  what people and dashboards read: views and the materialized view
--   ops      the loader's own books
CREATE SCHEMA IF NOT EXISTS hot;
CREATE SCHEMA IF NOT EXISTS staging;
CREATE SCHEMA IF NOT EXISTS serving;
CREATE SCHEMA IF NOT EXISTS ops;
