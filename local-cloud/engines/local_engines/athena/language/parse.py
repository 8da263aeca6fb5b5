"""From the text of a statement to what it asks for."""

from __future__ import annotations

from collections.abc import Callable

from ...sql.reader import Reader
from ...sql.tokens import outside
from ...sql.trino_syntax import parse_query
from . import ddl, show
from .parts import properties, qualified_name
from .refusals import unsupported
from .statements import (
    CreateTableAs,
    CreateView,
    Deallocate,
    DropView,
    Execute,
    Explain,
    Insert,
    Prepare,
    QueryText,
    Select,
    Statement,
    Unload,
)

#: What may begin a statement, for the error message.
_STARTS = (
    "ALTER", "CREATE", "DEALLOCATE", "DESC", "DESCRIBE", "DROP", "EXECUTE", "EXPLAIN", "INSERT", "MSCK", "PREPARE",
    "SHOW", "UNLOAD",
)  # fmt: skip
_QUERY_STARTS = ("SELECT", "WITH", "VALUES", "TABLE", "(")
#: Athena has these; the local target does not.
_REFUSED = {
    "DELETE": "DELETE works on Iceberg tables only",
    "UPDATE": "UPDATE works on Iceberg tables only",
    "MERGE": "MERGE works on Iceberg tables only",
    "OPTIMIZE": "OPTIMIZE works on Iceberg tables only",
    "VACUUM": "VACUUM works on Iceberg tables only",
    "USE": "USE is no statement of Athena; name the database in QueryExecutionContext",
    "ANALYZE": "ANALYZE is no statement of Athena",
    "SET": "SET SESSION is no statement of Athena",
    "RESET": "RESET SESSION is no statement of Athena",
    "CALL": "CALL is no statement of Athena",
    "GRANT": "GRANT is no statement of Athena",
    "REVOKE": "REVOKE is no statement of Athena",
    "START": "transactions are not supported by Athena",
    "COMMIT": "transactions are not supported by Athena",
    "ROLLBACK": "transactions are not supported by Athena",
}


def parse_statement(sql: str) -> Statement:
    """Raises SqlSyntaxError, or UnsupportedStatementError."""
    reader = Reader(sql)
    word = reader.token.word
    parsers: dict[str, Callable[[Reader], Statement]] = {
        "EXPLAIN": _explain,
        "INSERT": _insert,
        "UNLOAD": _unload,
        "PREPARE": _prepare,
        "EXECUTE": _execute,
        "DEALLOCATE": _deallocate,
    }
    if word in _QUERY_STARTS or reader.ended:
        return Select(_query(reader))
    if word in parsers:
        return parsers[word](reader)
    if word in ("SHOW", "DESCRIBE", "DESC"):
        return show.parse_show(Reader(sql, hive=True))
    if word in ("CREATE", "DROP"):
        found = _create(reader) if word == "CREATE" else _drop_view(reader)
        if found is not None:
            return found
    if word in ("CREATE", "DROP", "ALTER", "MSCK"):
        return ddl.parse_ddl(Reader(sql, hive=True))
    if word in _REFUSED:
        raise unsupported(f"{_REFUSED[word]} (statement {word})")
    raise reader.unexpected(*(f"'{start}'" for start in _STARTS), "<query>")


def _query(reader: Reader, end: int | None = None) -> QueryText:
    """The query from here to `end`, or to the end of the statement."""
    text = outside(reader.sql, reader.token.start, reader.end_offset if end is None else end)
    return QueryText(text, parse_query(text))


def _explain(reader: Reader) -> Statement:
    reader.expect("EXPLAIN")
    if reader.sees("ANALYZE"):
        raise unsupported("EXPLAIN ANALYZE reports the stages of Athena's own engine, which the local target has not")
    validate = False
    if reader.sees("(") and reader.tokens[reader.at + 1].word in ("TYPE", "FORMAT"):
        reader.expect("(")
        while True:
            option = reader.choose("TYPE", "FORMAT")
            value = reader.take().word
            if option == "TYPE":
                if value not in ("LOGICAL", "DISTRIBUTED", "VALIDATE", "IO"):
                    raise reader.unexpected("'DISTRIBUTED'", "'IO'", "'LOGICAL'", "'VALIDATE'")
                if value == "IO":
                    raise unsupported("EXPLAIN (TYPE IO)")
                validate = value == "VALIDATE"
            elif value != "TEXT":
                raise unsupported(f"EXPLAIN (FORMAT {value}); the local target writes TEXT")
            if reader.accept(")"):
                break
            reader.expect(",")
    if reader.token.word not in _QUERY_STARTS:
        raise unsupported(f"EXPLAIN of {reader.token.text or 'nothing'}; the local target explains queries")
    return Explain(_query(reader), validate)


def _insert(reader: Reader) -> Statement:
    reader.expect("INSERT", "INTO")
    table = qualified_name(reader)
    columns: list[str] = []
    # `INSERT INTO t (SELECT …)` has a query there.
    if reader.sees("(") and reader.tokens[reader.at + 1].word not in _QUERY_STARTS:
        columns = reader.many(reader.name)
    return Insert(table, tuple(columns), _query(reader))


def _unload(reader: Reader) -> Statement:
    reader.expect("UNLOAD")
    closing = reader.closing()
    reader.expect("(")
    query = _query(reader, reader.tokens[closing].start)
    reader.at = closing + 1
    reader.expect("TO")
    location = reader.string()
    # The format has no default.
    reader.expect("WITH")
    found = properties(reader)
    reader.finish()
    return Unload(query, location, found)


def _create(reader: Reader) -> Statement | None:
    """CREATE VIEW and CREATE TABLE AS, which follow Trino's rules; None for the others, which follow Hive's."""
    start = reader.at
    reader.expect("CREATE")
    replace = reader.accept("OR", "REPLACE")
    if reader.accept("VIEW"):
        name = qualified_name(reader)
        if reader.sees("(") or reader.sees("COMMENT") or reader.sees("SECURITY"):
            raise unsupported(f"CREATE VIEW … {reader.token.word}; the local target takes CREATE VIEW name AS query")
        reader.expect("AS")
        return CreateView(name, replace, _query(reader))
    if (
        not replace
        and reader.accept("TABLE")
        and any(
            token.word == "AS" and after.word in _QUERY_STARTS
            for token, after in zip(reader.tokens, reader.tokens[1:], strict=False)
        )
    ):
        return _create_table_as(reader)
    if replace:
        raise reader.unexpected("'VIEW'")
    reader.at = start
    return None


def _create_table_as(reader: Reader) -> Statement:
    if_not_exists = reader.accept("IF", "NOT", "EXISTS")
    name = qualified_name(reader)
    if reader.sees("("):
        raise unsupported("CREATE TABLE name (columns) AS; name the columns in the query")
    comment = reader.string() if reader.accept("COMMENT") else ""
    found = properties(reader) if reader.accept("WITH") else {}
    reader.expect("AS")
    end, with_data = reader.end_offset, True
    words = [token.word for token in reader.tokens[:-1]]
    for tail, keeps in ((["WITH", "NO", "DATA"], False), (["WITH", "DATA"], True)):
        if words[-len(tail) :] == tail:
            end, with_data = reader.tokens[-1 - len(tail)].start, keeps
            break
    return CreateTableAs(name, if_not_exists, comment, found, _query(reader, end), with_data)


def _drop_view(reader: Reader) -> Statement | None:
    if not reader.sees("DROP", "VIEW"):
        return None
    reader.expect("DROP", "VIEW")
    if_exists = reader.accept("IF", "EXISTS")
    name = qualified_name(reader)
    reader.finish()
    return DropView(name, if_exists)


def _prepare(reader: Reader) -> Statement:
    reader.expect("PREPARE")
    name = reader.name()
    reader.expect("FROM")
    return Prepare(name, reader.sql[reader.token.start : reader.end_offset])


def _execute(reader: Reader) -> Statement:
    reader.expect("EXECUTE")
    name = reader.name()
    parameters: list[str] = []
    if reader.accept("IMMEDIATE"):
        raise unsupported("EXECUTE IMMEDIATE; use PREPARE, or ExecutionParameters")
    if reader.accept("USING"):
        start, depth = reader.token.start, 0
        while not reader.ended:
            token = reader.take()
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.word, 0)
            if token.word == "," and depth == 0:
                parameters.append(reader.sql[start : token.start])
                start = reader.token.start
        parameters.append(reader.sql[start : reader.end_offset])
    reader.finish()
    if not all(parameter.strip() for parameter in parameters):
        raise reader.unexpected("<expression>")
    return Execute(name, tuple(parameter.strip() for parameter in parameters))


def _deallocate(reader: Reader) -> Statement:
    reader.expect("DEALLOCATE", "PREPARE")
    name = reader.name()
    reader.finish()
    return Deallocate(name)
