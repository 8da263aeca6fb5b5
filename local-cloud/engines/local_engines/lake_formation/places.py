"""What grants, tags and opt-ins are about, as requests name it (API reference, "Resource")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import AwsError

Resource = Mapping[str, Any]


@dataclass(frozen=True, order=True)
class Place:
    """A database, a table of it, or a column of that."""

    database: str
    table: str = ""
    column: str = ""

    def upwards(self) -> Iterator[Place]:
        """Itself, then what it inherits from, the nearest first."""
        yield self
        if self.column:
            yield Place(self.database, self.table)
        if self.table:
            yield Place(self.database)


def invalid(message: str) -> AwsError:
    return AwsError("InvalidInputException", message)


def not_found(message: str) -> AwsError:
    return AwsError("EntityNotFoundException", message)


def only_member(resource: Resource) -> str:
    """Name of the one member that the resource has; InvalidInputException."""
    members = [name for name, value in resource.items() if value is not None]
    if len(members) != 1:
        raise invalid(f"Resource must have exactly one member, not {', '.join(members) or 'none'}")
    kind = members[0]
    if kind == "Table" and (resource[kind].get("Name") is None) == (resource[kind].get("TableWildcard") is None):
        raise invalid("Table name and table wildcard cannot both be empty, nor both be given.")
    columns = resource[kind]
    if kind == "TableWithColumns" and (not columns.get("ColumnNames")) == (columns.get("ColumnWildcard") is None):
        raise invalid("Column names and column wildcard cannot both be empty, nor both be given.")
    return kind


def without_catalog(resource: Resource) -> dict[str, Any]:
    """The resource without the catalog's id, which is always the account's own; for comparisons."""
    kind = only_member(resource)
    kept = {name: value for name, value in resource[kind].items() if name != "CatalogId"}
    if kind == "TableWithColumns" and kept.get("ColumnNames"):
        kept["ColumnNames"] = sorted(kept["ColumnNames"])
    if kind == "LFTagPolicy":
        expression = sorted(kept.get("Expression") or [], key=lambda one: str(one["TagKey"]))
        kept["Expression"] = [{**one, "TagValues": sorted(one["TagValues"])} for one in expression]
    return {kind: kept}


def role_of(principal: str) -> str:
    """ARN of the role of a session's ARN; any other ARN as it is. A path of the role is not in a session's ARN."""
    parts = principal.split(":", 5)
    if len(parts) == 6 and parts[2] == "sts" and parts[5].startswith("assumed-role/"):
        return f"arn:aws:iam::{parts[4]}:role/{parts[5].split('/')[1]}"
    return principal


def same_principal(one: str, other: str) -> bool:
    """Whether two ARNs are of one role or user, sessions and paths of roles aside."""
    return _short(role_of(one)) == _short(role_of(other))


def _short(arn: str) -> str:
    head, _, path = arn.partition(":role/")
    return f"{head}:role/{path.rsplit('/', 1)[-1]}" if path else arn
