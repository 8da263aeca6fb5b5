"""The work of both Glue jobs as a first version usually does it; what it costs is what it is here for.

`naive_spark.py RAW OUT AS_OF KEY`: Spark infers the schema of the JSON lines, counts each rule with an action of its
own over the raw files, and joins session metrics and user attributes back to the rows that they came from. Its tables
have the rows, the revenue and the daily sales of the real jobs. It does less where that needs less: no field of unknown
name is kept, no address in a URL is masked, sessions are not cut at 24 hours, conservation is not proven.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime, timedelta

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F

TYPES = ["page_view", "product_view", "search", "add_to_cart", "remove_from_cart", "checkout", "purchase"]
UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


def rules(as_of: datetime) -> dict[str, Column]:
    """True where the rule is broken."""
    at = F.to_timestamp("event_timestamp")
    quantity = F.col("product.quantity").cast("double")
    price = F.col("product.price").cast("double")
    return {
        "corrupt": F.col("_corrupt_record").isNotNull(),
        "event_id": F.col("event_id").isNull() | ~F.lower("event_id").rlike(UUID),
        "event_type": F.col("event_type").isNull() | ~F.col("event_type").isin(TYPES),
        "timestamp": at.isNull(),
        "future": at > F.lit(as_of + timedelta(minutes=5)),
        "old": at < F.lit(as_of - timedelta(days=365)),
        "visitor": F.col("user_id").isNull() & F.col("anonymous_id").isNull(),
        "order": (F.col("event_type") == "purchase") & (F.col("order.id").isNull() | F.col("order.amount").isNull()),
        "currency": F.col("order.amount").isNotNull() & (F.coalesce("order.currency", F.lit("")) != "USD"),
        "price": F.col("product.price").isNotNull() & (price.isNull() | F.isnan(price) | (price < 0)),
        "quantity": F.col("product.quantity").isNotNull() & (quantity.isNull() | ~quantity.between(1, 10_000)),
        "email": F.col("user.email").isNotNull() & ~F.col("user.email").rlike(r"^[^@\s]+@[^@\s]+\.[^@\s]+$"),
    }


def flat(events: DataFrame, key: str) -> DataFrame:
    """The columns of events."""

    def hashed(name: str) -> Column:
        return F.sha2(F.concat(F.lit(key), F.lower(F.trim(F.col(name)))), 256)

    fields = ["product.id", "product.category", "product.brand", "order.id", "order.currency", "device.type"]
    fields += ["device.os", "device.browser", "geo.country", "geo.region", "geo.city", "user.country", "user.tier"]
    return events.select(
        F.lower("event_id").alias("event_id"),
        "event_type",
        F.to_timestamp("event_timestamp").alias("event_ts"),
        "user_id",
        "anonymous_id",
        "session_id",
        "page_url",
        "referrer",
        *(F.col(field).alias(field.replace(".", "_")) for field in fields),
        F.col("product.price").cast("decimal(12,2)").alias("product_price"),
        F.col("product.quantity").cast("int").alias("product_quantity"),
        F.col("order.amount").cast("decimal(14,2)").alias("order_amount"),
        hashed("user.email").alias("user_email_hash"),
        hashed("user.name").alias("user_name_hash"),
        F.to_date("user.signup_date").alias("user_signup_date"),
        F.to_date(F.to_timestamp("event_timestamp")).alias("event_date"),
    )


def write(rows: DataFrame, out: str, table: str, *partition: str) -> None:
    rows.write.mode("overwrite").partitionBy(*partition).parquet(f"{out}/{table}")


def run_silver(spark: SparkSession, raw: str, out: str, as_of: datetime, key: str) -> dict[str, int]:
    """Raw lines to events and quarantine."""
    lines = spark.read.json(raw, recursiveFileLookup=True)
    # Spark refuses a query of the corrupt record alone; a real one names another column, as this does.
    counted = lines.withColumn("_any", F.coalesce("event_type", "event_id", F.lit("")))
    broken = rules(as_of)
    counts = {"read": counted.where(F.length("_any") >= 0).count()}
    for name, rule in broken.items():
        counts[name] = counted.where(rule & (F.length("_any") >= 0)).count()
    bad = F.lit(False)
    for rule in broken.values():
        bad = bad | F.coalesce(rule, F.lit(False))
    judged = lines.withColumn("_file", F.input_file_name()).withColumn("_bad", bad)
    write(judged.where("_bad").select(F.to_json(F.struct(*lines.columns)).alias("line"), "_file"), out, "quarantine")
    events = flat(judged.where("NOT _bad"), key).dropDuplicates(["event_id"])
    write(events, out, "events", "event_date")
    counts["accepted"] = spark.read.parquet(f"{out}/events").count()
    return counts


def run_gold(spark: SparkSession, out: str) -> None:
    """Events to facts, users and daily sales."""
    events = spark.read.parquet(f"{out}/events")
    purchase = F.col("event_type") == "purchase"
    events = events.withColumn("user_key", F.coalesce("user_id", "anonymous_id")).withColumn(
        "revenue", F.when(purchase, F.coalesce("order_amount", F.lit(0))).otherwise(0).cast("decimal(14,2)")
    )
    by_user = Window.partitionBy("user_key", "session_id").orderBy("event_ts", "event_id")
    gap = F.unix_micros("event_ts") - F.unix_micros(F.lag("event_ts").over(by_user))
    new = (F.col("session_id").isNull() & (gap > 1_800_000_000)).cast("int")
    events = events.withColumn("_new", new).withColumn("_number", F.sum("_new").over(by_user))
    events = events.withColumn(
        "session_key", F.sha2(F.concat_ws("|", "user_key", "session_id", F.col("_number").cast("string")), 256)
    )
    sessions = events.groupBy("session_key").agg(
        F.min("event_ts").alias("session_start_ts"),
        F.count("*").alias("session_events"),
        F.sum("revenue").alias("session_revenue"),
        F.max(purchase).alias("session_converted"),
        ((F.unix_micros(F.max("event_ts")) - F.unix_micros(F.min("event_ts"))) / 1e6).alias("session_seconds"),
    )
    in_session = Window.partitionBy("session_key").orderBy("event_ts", "event_id")
    facts = (
        events.join(sessions, "session_key")
        .withColumn("event_in_session", F.row_number().over(in_session))
        .withColumn("_next", F.lead("event_ts").over(in_session))
        .withColumn("dwell_seconds", (F.unix_micros("_next") - F.unix_micros("event_ts")) / 1e6)
        .drop("_new", "_number", "_next")
    )
    write(facts, out, "fact_clicks", "event_date")
    known = events.where(F.col("user_id").isNotNull())
    seen = known.groupBy("user_id").agg(F.min("event_ts").alias("first"), F.max("event_ts").alias("last"))
    carried = known.where(F.col("user_email_hash").isNotNull())
    latest = carried.groupBy("user_id").agg(F.max("event_ts").alias("event_ts"))
    attributes = carried.join(latest, ["user_id", "event_ts"]).dropDuplicates(["user_id"])
    attributes = attributes.select("user_id", "user_email_hash", "user_name_hash", "user_country", "user_tier")
    write(seen.join(attributes, "user_id", "left"), out, "dim_users")
    written = spark.read.parquet(f"{out}/fact_clicks")

    def group(name: str) -> Column:
        return F.coalesce(F.col(name), F.lit("unknown")).alias(name)

    sales = written.groupBy("event_date", group("product_category"), group("device_type")).agg(
        F.countDistinct("session_key").alias("sessions"),
        F.sum(F.when(F.col("event_type") == "product_view", 1).otherwise(0)).alias("product_views"),
        F.sum(F.when(F.col("event_type") == "add_to_cart", 1).otherwise(0)).alias("add_to_carts"),
        F.sum(F.when(purchase, 1).otherwise(0)).alias("purchases"),
        F.sum(F.when(purchase, F.coalesce("product_quantity", F.lit(0))).otherwise(0)).alias("units"),
        F.sum("revenue").alias("revenue"),
        F.countDistinct(F.when(purchase, F.col("session_key"))).alias("converting_sessions"),
    )
    write(sales, out, "daily_sales", "event_date")


def main(raw: str, out: str, as_of: str, key: str) -> None:
    started = time.monotonic()
    spark = SparkSession.builder.appName("naive").config("spark.sql.session.timeZone", "UTC").getOrCreate()
    counts = run_silver(spark, raw, out, datetime.fromisoformat(as_of.replace("Z", "+00:00")), key)
    silver = time.monotonic() - started
    run_gold(spark, out)
    seconds = {"silver": round(silver, 3), "gold": round(time.monotonic() - started - silver, 3)}
    print(json.dumps({**seconds, "counts": counts}))


if __name__ == "__main__":
    main(*sys.argv[1:])
