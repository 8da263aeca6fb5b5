-- transaction: none
-- Spectrum: the gold database of the Glue catalog under the name "lake". Only registered partitions are seen (partition
-- projection is Athena's alone), which is why the jobs register theirs.
CREATE EXTERNAL SCHEMA IF NOT EXISTS lake
FROM DATA CATALOG
DATABASE '${gold_database}'
REGION '${region}'
IAM_ROLE '${lake_role_arn}';
