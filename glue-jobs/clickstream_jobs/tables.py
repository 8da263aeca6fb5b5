"""Table definitions: `tables/*.json` is the one source for the catalog (TypeScript) and for the jobs (here)."""

from __future__ import annotations

import json
import pkgutil
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .errors import TableError


@dataclass(frozen=True)
class Column:
    """One column of a table; `type` is a Hive type, which Spark's DDL parser reads too."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True)
class TableSpec:
    """A table as `tables/<name>.json` defines it."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    partition_keys: tuple[Column, ...]

    @property
    def partition_column(self) -> str:
        """Name of the only partition key; TableError for a table with none or several."""
        if len(self.partition_keys) != 1:
            raise TableError(f"table {self.name} has {len(self.partition_keys)} partition keys, not one")
        return self.partition_keys[0].name

    @property
    def names(self) -> list[str]:
        """Column names followed by the partition keys, in the table's order."""
        return [c.name for c in self.columns + self.partition_keys]

    @property
    def data_names(self) -> list[str]:
        """Names of what is inside the files: the columns without the partition keys."""
        return [c.name for c in self.columns]

    @property
    def ddl(self) -> str:
        """Schema of `names` as Spark DDL, for `createDataFrame` and `read.schema`."""
        return ", ".join(f"`{c.name}` {c.type}" for c in self.columns + self.partition_keys)


@dataclass(frozen=True)
class Target:
    """Where a table lives: its database in the catalog and the base folder that run folders go under."""

    database: str
    spec: TableSpec
    base_path: str

    @property
    def base(self) -> str:
        """Base folder without a slash at its end."""
        return self.base_path.rstrip("/")


def _column(raw: dict[str, Any]) -> Column:
    return Column(raw["name"], raw["type"], raw["comment"])


def load_table(name: str) -> TableSpec:
    """Reads `tables/<name>.json` from the package, also out of a zip; TableError when there is none."""
    try:
        data = pkgutil.get_data(__package__ or "clickstream_jobs", f"tables/{name}.json")
    except OSError as cause:
        raise TableError(f"table {name!r} has no definition in clickstream_jobs/tables") from cause
    if data is None:
        raise TableError(f"table {name!r}: this loader cannot read package data; run the jobs from a folder or a zip")
    raw = json.loads(data)
    return TableSpec(
        name=raw["name"],
        comment=raw["comment"],
        columns=tuple(_column(c) for c in raw["columns"]),
        partition_keys=tuple(_column(c) for c in raw["partitionKeys"]),
    )


def require_columns(df: DataFrame, names: list[str], where: str) -> None:
    """TableError that lists every name of `names` which `df` lacks."""
    missing = [name for name in names if name not in df.columns]
    if missing:
        raise TableError(f"{where} lacks the columns {', '.join(missing)}; it has {', '.join(df.columns)}")


def no_rows(spark: SparkSession, spec: TableSpec) -> DataFrame:
    """The table's columns without a row, known to be empty when a query is planned: unions and joins with it cost
    nothing, where an empty DataFrame made of Python rows would be scanned."""
    columns = ", ".join(f"CAST(NULL AS {c.type}) AS `{c.name}`" for c in spec.columns + spec.partition_keys)
    return spark.sql(f"SELECT {columns} WHERE false")


def conform(df: DataFrame, spec: TableSpec) -> DataFrame:
    """Exactly the table's columns and partition keys, in its order and types; TableError when one is missing."""
    require_columns(df, spec.names, f"the DataFrame for table {spec.name}")
    return df.select(*[F.col(c.name).cast(c.type).alias(c.name) for c in spec.columns + spec.partition_keys])
