"""Let Spark resolve Maven packages once and leave the jars in `IVY_DIR/jars`.

Usage: python resolve_spark_jars.py SPEC_JSON IVY_DIR, where SPEC_JSON is tools/spark-jars.json
(`packages`: coordinates, `excludes`: group:artifact patterns). Spark's own resolver is used so that
mirrors and proxies already configured for it (`spark.jars.ivySettings`, JVM proxy options) apply.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession


def main(spec_path: str, ivy_dir: str) -> None:
    """Start the smallest Spark session that triggers the resolution, then stop it."""
    spec = json.loads(Path(spec_path).read_text(encoding="utf-8"))
    session = (
        SparkSession.builder.master("local[1]")
        .appName("resolve-jars")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.jars.ivy", ivy_dir)
        .config("spark.jars.packages", ",".join(spec["packages"]))
        .config("spark.jars.excludes", ",".join(spec["excludes"]))
        .getOrCreate()
    )
    session.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
