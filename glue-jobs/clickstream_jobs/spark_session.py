"""The one Spark configuration of the jobs; what depends on the platform (S3A, committers) comes from the platform."""

from __future__ import annotations

from pyspark.sql import SparkSession

MEBIBYTE = 1024 * 1024

# Chosen so that the same data gives the same rows on Spark 3.5 (Glue 5.x) and 4.1 (Glue 6.0), whose defaults differ.
JOB_CONF: dict[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    # Spark 4 turns ANSI on: one odd value would then fail the whole run instead of breaking one rule.
    "spark.sql.ansi.enabled": "false",
    # Spark 4 raises on malformed bytes in decode(); the encoding rule wants the replacement character instead.
    "spark.sql.legacy.codingErrorAction": "true",
    # A line that names a field twice would otherwise fail the run before its rule can quarantine it.
    "spark.sql.mapKeyDedupPolicy": "LAST_WIN",
    # A file that cannot be decompressed has to be noticed, not skipped half-way (see salvage.py).
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.adaptive.enabled": "true",
    # Output files are cut by shuffle size. 768 MB of shuffled rows become about 256 MB of Parquet.
    "spark.sql.adaptive.advisoryPartitionSizeInBytes": str(768 * MEBIBYTE),
    # A shuffle smaller than that for each core is shared among them, but not into crumbs.
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "true",
    "spark.sql.adaptive.coalescePartitions.minPartitionSize": str(16 * MEBIBYTE),
    # Raw objects are many and small: Spark would start a task for each to ask for its size.
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "64",
    # HotSpot compiles no method of more than 8,000 bytes. Generated code that is longer runs interpreted, ten times
    # slower than the same expressions in methods of their own.
    "spark.sql.codegen.hugeMethodLimit": "8000",
    "spark.sql.files.maxPartitionBytes": str(64 * MEBIBYTE),
    # INT64 microseconds have row-group statistics, which INT96 timestamps lack; Athena and Spectrum read both.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "snappy",
    "spark.sql.sources.partitionOverwriteMode": "static",
    # Broadcasting is decided by hints in the code: an outdated size estimate has killed drivers before.
    "spark.sql.adaptive.autoBroadcastJoinThreshold": str(32 * MEBIBYTE),
}


def build_session(app_name: str) -> SparkSession:
    """Session with JOB_CONF; takes the running one (Glue's, a test's) when there is one and sets the same keys."""
    builder = SparkSession.builder.appName(app_name)
    for key, value in JOB_CONF.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    apply_conf(spark)
    return spark


def apply_conf(spark: SparkSession) -> None:
    """Sets JOB_CONF on a session that already runs; every key of it can be changed at run time."""
    for key, value in JOB_CONF.items():
        spark.conf.set(key, value)
    # A _SUCCESS object in the base folder would say something about no run in particular.
    spark._jsc.hadoopConfiguration().set("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")


def is_glue(spark: SparkSession) -> bool:
    """True on AWS Glue: the class of its jar resolves to a py4j JavaClass there, to a JavaPackage elsewhere."""
    return type(spark._jvm.com.amazonaws.services.glue.GlueContext).__name__ == "JavaClass"
