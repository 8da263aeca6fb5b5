/**
 * What Amazon S3 Find and Forget publishes of itself (awslabs/amazon-s3-find-and-forget, docs/COST_OVERVIEW.md, scenarios
 * 1 and 5, Europe (Ireland), without its VPC): one deletion job, objects in the data bucket only.
 */
export const REFERENCE_ERASER =
  "For comparison, Amazon S3 Find and Forget publishes $0.98 for 100 GB of Parquet (15 objects rewritten, an hour) and " +
  "$5.89 for 100 GB of gzip JSON (3,500 objects, 22 minutes), old versions and archived objects not included.";
