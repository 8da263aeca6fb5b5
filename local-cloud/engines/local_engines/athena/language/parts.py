"""Parts of statements: names, columns, properties, partitions."""

from __future__ import annotations

from ...lake.hive_types import HiveTypeError, parse_hive_type
from ...sql.reader import Reader
from ...sql.syntax import SqlSyntaxError
from .refusals import unsupported
from .statements import ColumnDefinition, Name, PartitionSpec, Property


def qualified_name(reader: Reader) -> Name:
    """`table`, `database.table` or `awsdatacatalog.database.table`."""
    first = reader.token
    parts = [reader.name()]
    while reader.accept("."):
        parts.append(reader.name())
    if len(parts) > 3:
        raise SqlSyntaxError(f"line {first.line}:{first.column}: Too many dots in table name: {'.'.join(parts)}")
    if len(parts) == 3 and parts[0] != "awsdatacatalog":
        raise unsupported(f"the catalog '{parts[0]}' does not exist here; only AwsDataCatalog does")
    return Name(parts[-2] if len(parts) > 1 else None, parts[-1])


def properties(reader: Reader) -> dict[str, Property]:
    """`(name = value, …)` of CREATE TABLE AS and UNLOAD; names in lower case."""
    found: dict[str, Property] = {}

    def one() -> None:
        name = reader.name()
        reader.expect("=")
        found[name] = _value(reader)

    reader.many(one)
    return found


def _value(reader: Reader) -> Property:
    if reader.token.kind == "number":
        return int(reader.take().text)
    if reader.sees("TRUE") or reader.sees("FALSE"):
        return reader.take().word == "TRUE"
    if reader.accept("ARRAY"):
        reader.expect("[")
        items = [reader.string()]
        while reader.accept(","):
            items.append(reader.string())
        reader.expect("]")
        return items
    return reader.string()


def text_properties(reader: Reader) -> dict[str, str]:
    """`('name' = 'value', …)` of Hive."""
    found: dict[str, str] = {}

    def one() -> None:
        name = reader.string()
        reader.expect("=")
        found[name] = reader.string()

    reader.many(one)
    return found


def columns(reader: Reader) -> tuple[ColumnDefinition, ...]:
    """`(name type [COMMENT 'text'], …)` of Hive."""

    def one() -> ColumnDefinition:
        name = reader.name()
        kind = _type(reader)
        return ColumnDefinition(name, kind, reader.string() if reader.accept("COMMENT") else "")

    found = reader.many(one)
    names = [column.name for column in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SqlSyntaxError(f"line 1:1: Column '{twice}' specified more than once")
    return tuple(found)


def _type(reader: Reader) -> str:
    """A Hive type, struct<a:int> included, as the catalog keeps it: lower case, no spaces."""
    begin = reader.at
    depth, text = 0, ""
    while not reader.ended:
        word = reader.token.word
        if depth == 0 and (word in (",", ")", "COMMENT") or (text and word != "<" and word != "(")):
            break
        # The tokenizer takes `>=` and `<>` as one; types have neither.
        depth += sum({"<": 1, "(": 1, ">": -1, ")": -1}.get(character, 0) for character in word if not word.isalnum())
        text += reader.token.text.strip("`").lower()
        reader.at += 1
    try:
        parse_hive_type(text)
    except HiveTypeError as error:
        reader.at = begin
        raise reader.unexpected("<type>") from error
    return text


def partition_spec(reader: Reader) -> PartitionSpec:
    """`(key = value, …)`"""
    values: dict[str, str] = {}

    def one() -> None:
        name = reader.name()
        reader.expect("=")
        values[name] = partition_value(reader)

    reader.many(one)
    return PartitionSpec(values)


def partition_value(reader: Reader) -> str:
    """Quoted or not: the catalog keeps text."""
    reader.accept("DATE")
    if reader.token.kind == "number":
        return reader.take().text
    if reader.sees("-") and reader.tokens[reader.at + 1].kind == "number":
        reader.at += 1
        return "-" + reader.take().text
    return reader.string()
