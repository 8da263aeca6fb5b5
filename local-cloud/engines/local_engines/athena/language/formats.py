"""ROW FORMAT and STORED AS: the classes that Hive knows a file format by."""

from __future__ import annotations

from ...sql.reader import Reader
from .parts import text_properties
from .statements import Storage

_HIVE = "org.apache.hadoop.hive"
PARQUET = Storage(
    f"{_HIVE}.ql.io.parquet.serde.ParquetHiveSerDe",
    {"serialization.format": "1"},
    f"{_HIVE}.ql.io.parquet.MapredParquetInputFormat",
    f"{_HIVE}.ql.io.parquet.MapredParquetOutputFormat",
)
TEXT = Storage(
    f"{_HIVE}.serde2.lazy.LazySimpleSerDe",
    {},
    "org.apache.hadoop.mapred.TextInputFormat",
    f"{_HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat",
)
JSON = Storage("org.openx.data.jsonserde.JsonSerDe", {}, TEXT.input_format, TEXT.output_format)
_ORC = Storage(
    f"{_HIVE}.ql.io.orc.OrcSerde", {}, f"{_HIVE}.ql.io.orc.OrcInputFormat", f"{_HIVE}.ql.io.orc.OrcOutputFormat"
)
_AVRO = Storage(
    f"{_HIVE}.serde2.avro.AvroSerDe",
    {},
    f"{_HIVE}.ql.io.avro.AvroContainerInputFormat",
    f"{_HIVE}.ql.io.avro.AvroContainerOutputFormat",
)
FORMATS = {"PARQUET": PARQUET, "TEXTFILE": TEXT, "JSONFILE": JSON, "ORC": _ORC, "AVRO": _AVRO}
#: ROW FORMAT DELIMITED … -> name of the SerDe's property.
_DELIMITERS = {
    ("FIELDS", "TERMINATED", "BY"): "field.delim",
    ("ESCAPED", "BY"): "escape.delim",
    ("COLLECTION", "ITEMS", "TERMINATED", "BY"): "collection.delim",
    ("MAP", "KEYS", "TERMINATED", "BY"): "mapkey.delim",
    ("LINES", "TERMINATED", "BY"): "line.delim",
    ("NULL", "DEFINED", "AS"): "serialization.null.format",
}


def storage(reader: Reader) -> Storage:
    """Reads `[ROW FORMAT …] [WITH SERDEPROPERTIES …] [STORED AS …]`."""
    serde, properties = "", dict[str, str]()
    if reader.accept("ROW", "FORMAT"):
        if reader.choose("SERDE", "DELIMITED") == "SERDE":
            serde = reader.string()
        else:
            serde, properties = TEXT.serde, _delimited(reader)
    if reader.accept("WITH", "SERDEPROPERTIES"):
        properties |= text_properties(reader)
    known = TEXT
    if reader.accept("STORED", "AS"):
        if reader.accept("INPUTFORMAT"):
            input_format = reader.string()
            reader.expect("OUTPUTFORMAT")
            known = Storage(TEXT.serde, {}, input_format, reader.string())
        else:
            known = FORMATS[reader.choose(*FORMATS)]
    if serde and "parquet" in serde.lower() and known is TEXT:
        known = PARQUET
    return Storage(serde or known.serde, {**known.serde_properties, **properties}, known.input_format,
                   known.output_format)  # fmt: skip


def _delimited(reader: Reader) -> dict[str, str]:
    found: dict[str, str] = {}
    while True:
        for words, name in _DELIMITERS.items():
            if reader.accept(*words):
                found[name] = reader.string()
                break
        else:
            if "field.delim" in found:
                found["serialization.format"] = found["field.delim"]
            return found
