"""What a warehouse remembers of its schemas, tables, views and users, besides the rows."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .types import RedshiftType

TABLE, VIEW, LATE_VIEW, MATERIALIZED, TEMPORARY = "table", "view", "late", "materialized", "temporary"


@dataclass(frozen=True)
class ColumnDefinition:
    """One column. `default` is SQL; `identity` is (seed, step, number of the sequence)."""

    name: str
    type: RedshiftType
    encode: str = ""
    not_null: bool = False
    default: str | None = None
    identity: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class Relation:
    """A table or view. Distribution and sort keys are remembered, not enforced: they change how fast an answer comes,
    not the answer. `query` is the SQL of a view, its tables qualified with their schemas."""

    schema: str
    name: str
    kind: str
    owner: str
    columns: tuple[ColumnDefinition, ...]
    id: int = 0
    diststyle: str = "AUTO"
    distkey: str = ""
    sortkeys: tuple[str, ...] = ()
    sort_style: str = ""
    backup: bool = True
    primary_key: tuple[str, ...] = ()
    query: str = ""
    #: "schema.name" of what a bound view reads: that cannot be dropped without it.
    depends: tuple[str, ...] = ()
    auto_refresh: bool = False

    @property
    def key(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def is_view(self) -> bool:
        """Has no rows of its own."""
        return self.kind in (VIEW, LATE_VIEW)

    @property
    def physical(self) -> str:
        """The table in DuckDB that holds the rows."""
        name = self.name.replace('"', '""')
        if self.kind == TEMPORARY:
            return f'temp.main."user_{name}"'
        schema = self.schema.replace('"', '""')
        return f'warehouse."rs_{schema}"."{name}"'

    def column(self, name: str) -> ColumnDefinition | None:
        return next((column for column in self.columns if column.name == name), None)

    def renamed(self, name: str) -> Relation:
        return replace(self, name=name)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> Relation:
        raw: dict[str, Any] = json.loads(text)
        for key in ("sortkeys", "primary_key", "depends"):
            raw[key] = tuple(raw[key])
        raw["columns"] = tuple(_column(column) for column in raw["columns"])
        return Relation(**raw)


def _column(raw: dict[str, Any]) -> ColumnDefinition:
    kind = RedshiftType(raw["type"]["name"], tuple(raw["type"]["parameters"]))
    seed_step_number = raw["identity"]
    identity = None if seed_step_number is None else tuple(seed_step_number)
    return ColumnDefinition(**{**raw, "type": kind, "identity": identity})


@dataclass(frozen=True)
class ExternalSource:
    """Where an external schema's tables are: a database of the Glue catalog, read with this role."""

    database: str
    region: str
    role: str


@dataclass(frozen=True)
class Schema:
    name: str
    owner: str
    external: ExternalSource | None = None


@dataclass(frozen=True)
class Grantee:
    """`kind` is user, group, role or public (without a name)."""

    kind: str
    name: str


@dataclass(frozen=True)
class Grant:
    """One privilege on one object. `kind` is schema, table or database; `column` is empty for the whole table."""

    grantee: Grantee
    privilege: str
    kind: str
    schema: str
    name: str = ""
    column: str = ""


@dataclass(frozen=True)
class User:
    """Who runs a statement: a database user, with everything whose privileges he has."""

    name: str
    id: int
    superuser: bool = False
    createdb: bool = False
    groups: frozenset[str] = field(default_factory=frozenset)
    roles: frozenset[str] = field(default_factory=frozenset)

    def has(self, grantee: Grantee) -> bool:
        """A privilege of the grantee is one of this user's."""
        return (
            grantee.kind == "public"
            or (grantee.kind == "user" and grantee.name == self.name)
            or (grantee.kind == "group" and grantee.name in self.groups)
            or (grantee.kind == "role" and grantee.name in self.roles)
        )
