"""Finds the tables of a query: the warehouse's own, temporary ones, views, system views, those of the Glue catalog."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlglot import exp

from ...lake.catalog import Column, GlueCatalog, Table
from ...sql.binder import qualify_tables
from .catalog import PUBLIC, Catalog
from .definitions import LATE_VIEW, TEMPORARY, ExternalSource, Relation, Schema
from .errors import RedshiftError, unsupported
from .privileges import Privileges
from .system_views import SYSTEM_SCHEMAS, SYSTEM_VIEWS, system_columns
from .translate import parse_query

#: `serde_library` of tables without files in the lake.
LOCAL, SYSTEM = "$redshift", "$system"
#: Name under which the target of UPDATE, DELETE and MERGE has the number of its rows.
ROW_ID = "engine_rowid"
#: Keys of a node's meta: it stands in a view's text (the view's kind), or is the target of a statement.
IN_VIEW, TARGET = "redshift_view", "redshift_target"


class RedshiftNames:
    """Resolver of one query; implements sql.binder.Resolver and notes what is read. `glue` gives a role's catalog."""

    def __init__(
        self,
        catalog: Catalog,
        privileges: Privileges,
        glue: Callable[[str], GlueCatalog],
        temporary: Mapping[str, Relation],
        database: str,
    ) -> None:
        self._catalog = catalog
        self._privileges = privileges
        self._glue = glue
        self._temporary = temporary
        self._database = database
        #: "schema.name" of the warehouse's tables that the query reads.
        self.reads: set[str] = set()
        #: "schema.name" of everything that the query itself names.
        self.named: set[str] = set()
        self.external = False

    def find(self, schema: str, name: str) -> Relation:
        """The table or view of the warehouse; raises RedshiftError. No privilege is looked at but USAGE."""
        if not schema and name in self._temporary:
            return self._temporary[name]
        found = self._schema(schema or PUBLIC)
        if found.external is not None:
            raise RedshiftError(f'Operation not supported on external tables: "{schema}.{name}"')
        self._privileges.schema(found)
        relation = self._catalog.relation(found.name, name)
        if relation is None:
            raise RedshiftError(f'relation "{f"{schema}." if schema else ""}{name}" does not exist')
        return relation

    def _schema(self, name: str) -> Schema:
        schema = self._catalog.schema(name)
        if schema is None:
            raise RedshiftError(f'schema "{name}" does not exist')
        return schema

    def resolve(self, node: exp.Table) -> Table:
        if node.catalog and node.catalog != self._database:
            raise unsupported(f'the cross-database reference "{node.catalog}.{node.db}.{node.name}"')
        schema, name = node.db, node.name
        if schema in SYSTEM_SCHEMAS or (not schema and name in SYSTEM_VIEWS):
            if name not in SYSTEM_VIEWS:
                if schema:
                    raise unsupported(f"the system view {schema}.{name}")
                raise RedshiftError(f'relation "{name}" does not exist')
            return Table(schema, name, system_columns(name), (), "", SYSTEM)
        if schema:
            found = self._schema(schema)
            if found.external is not None:
                return self._of_lake(node, found, found.external)
        elif name.startswith(("svv_", "stv_", "stl_", "sys_", "svl_", "svcs_", "pg_")):
            raise unsupported(f"the system view {name}")
        return self._local(node, schema, name)

    def _local(self, node: exp.Table, schema: str, name: str) -> Table:
        kind = node.meta.get(IN_VIEW)
        if kind is None:
            relation = self.find(schema, name)
            self.named.add(relation.key)
            if not node.meta.get(TARGET):
                self._privileges.relation(relation, "SELECT", used_columns(node, relation))
        else:
            # Whoever may read a view need not be allowed to read what it reads.
            stored = self._catalog.relation(schema or PUBLIC, name)
            if stored is None:
                raise RedshiftError(f'relation "{schema}.{name}" does not exist')
            relation = stored
        if not relation.is_view and relation.kind != TEMPORARY:
            self.reads.add(relation.key)
        columns = tuple(Column(column.name, column.type, column.type.sql) for column in relation.columns)
        return Table(
            relation.schema, relation.name, columns, (), "", LOCAL,
            table_type="VIRTUAL_VIEW" if relation.is_view else "TABLE",
            raw={"relation": relation, "row_id": bool(node.meta.get(TARGET))},
        )  # fmt: skip

    def _of_lake(self, node: exp.Table, schema: Schema, source: ExternalSource) -> Table:
        # The one privilege that a view does not lend: without USAGE an external schema is closed.
        self._privileges.schema(schema)
        table = self._glue(source.role).table(source.database, node.name)
        if table is None:
            raise RedshiftError(f'relation "{schema.name}.{node.name}" does not exist')
        if table.is_view:
            raise RedshiftError(f"Spectrum cannot read the view {schema.name}.{node.name} of the Glue catalog")
        if node.meta.get(IN_VIEW) is None:
            self.named.add(f"{schema.name}.{node.name}")
        self.external = True
        # Partition projection is Athena's alone.
        parameters = {key: value for key, value in table.parameters.items() if not key.startswith("projection.")}
        return replace(table, parameters=parameters, raw={"schema": schema.name, "role": source.role})

    def expand(self, view: Table) -> exp.Query:
        relation: Relation = view.raw["relation"]
        query = parse_query(relation.query)
        if relation.kind != LATE_VIEW:
            qualify_tables(query, PUBLIC)
        for node in query.find_all(exp.Table):
            node.meta[IN_VIEW] = relation.kind
        if relation.kind == LATE_VIEW:
            return query
        # The columns that the view was made with, whatever `*` would give now.
        names = [exp.column(exp.to_identifier(column.name, quoted=True)) for column in relation.columns]
        alias = exp.TableAlias(
            this=exp.to_identifier("view"), columns=[exp.to_identifier(c.name, quoted=True) for c in relation.columns]
        )
        starred = any(projection.is_star for projection in query.selects)
        inner = exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier("view")) if starred else alias)
        return exp.select(*names).from_(inner)


def used_columns(node: exp.Table, relation: Relation) -> set[str] | None:
    """Columns of the relation that the statement names anywhere, None for `*`: never fewer than it reads."""
    root = node.root()
    names = {column.name for column in root.find_all(exp.Column)}
    for star in root.find_all(exp.Star):
        if not isinstance(star.parent, exp.Count):
            return None
    return {column.name for column in relation.columns if column.name in names}
