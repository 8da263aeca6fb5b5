"""What a user may do: privileges of his own, of his groups and roles, of PUBLIC; owners and superusers may do all."""

from __future__ import annotations

from collections.abc import Iterable

from .catalog import Catalog
from .definitions import Grant, Relation, Schema, User
from .errors import RedshiftError

TABLE_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "REFERENCES", "DROP", "TRUNCATE", "ALTER")
SCHEMA_PRIVILEGES = ("USAGE", "CREATE")


class Privileges:
    """One user's, in one transaction. Every method raises RedshiftError for what is not allowed."""

    def __init__(self, catalog: Catalog, user: User) -> None:
        self._catalog = catalog
        self.user = user

    def _held(self) -> list[Grant]:
        return [grant for grant in self._catalog.grants() if self.user.has(grant.grantee)]

    def schema(self, schema: Schema, privilege: str = "USAGE") -> None:
        if self.user.superuser or schema.owner == self.user.name:
            return
        if not any(g.kind == "schema" and g.schema == schema.name and g.privilege == privilege for g in self._held()):
            raise RedshiftError(f"permission denied for schema {schema.name}")

    def relation(self, relation: Relation, privilege: str, columns: Iterable[str] | None = None) -> None:
        """`columns`: those that are used; None stands for all of them."""
        if self.user.superuser or relation.owner == self.user.name:
            return
        held = [
            grant
            for grant in self._held()
            if grant.kind == "table" and (grant.schema, grant.name) == (relation.schema, relation.name)
        ]
        wide = {grant.privilege for grant in held if not grant.column}
        if privilege in wide:
            return
        allowed = {grant.column for grant in held if grant.column and grant.privilege == privilege}
        wanted = {column.name for column in relation.columns} if columns is None else set(columns)
        if not allowed or not wanted <= allowed:
            raise RedshiftError(f"permission denied for relation {relation.name}")

    def owner(self, relation: Relation) -> None:
        """Only the owner and superusers may."""
        if not self.user.superuser and relation.owner != self.user.name:
            raise RedshiftError(f"must be owner of relation {relation.name}")

    def superuser(self, what: str) -> None:
        if not self.user.superuser:
            raise RedshiftError(f"permission denied to {what}: must be superuser")
