"""JSON tables: what is read of which lines, which objects are looked at, and the bytes that it costs."""

from __future__ import annotations

import gzip
import re

import pytest
from engines.athena.support import JSON_SERDE, LAKE, PARQUET_SERDE, Cloud

DB = "json_db"
ROOT = f"s3://{LAKE}/{DB}"
EVENTS = {
    "event_id": "string",
    "amount": "double",
    "product": "struct<id:string,tags:array<string>,price:decimal(10,2)>",
    "extras": "map<string,string>",
    "ok": "boolean",
    "at": "timestamp",
}
PROJECTION = {
    "projection.enabled": "true",
    "projection.year.type": "integer",
    "projection.year.range": "2025,2026",
    "projection.year.digits": "4",
    "projection.month.type": "integer",
    "projection.month.range": "1,12",
    "projection.month.digits": "2",
    "storage.location.template": f"{ROOT}/events/year=${{year}}/month=${{month}}/",
}


@pytest.fixture(scope="module")
def lake(cloud: Cloud) -> dict[str, int]:
    """Sizes of the objects of the projected table `events`, by name."""
    cloud.database(DB)
    cloud.table(
        DB, "events", EVENTS, keys={"year": "string", "month": "string"}, serde=JSON_SERDE, parameters=PROJECTION
    )
    folder = f"{ROOT}/events"
    sizes = {
        "jan": cloud.put_json(f"{folder}/year=2026/month=01/a.json", [
            {"event_id": "1", "amount": 1.5, "product": {"id": "p1", "tags": ["x", "y"], "price": 9.99},
             "extras": {"k": "v"}, "ok": True, "at": "2026-01-02 03:04:05"},
            {"event_id": "2", "amount": None, "product": None, "unknown": {"deep": [1]}},
        ]),
        "feb": cloud.put_json(f"{folder}/year=2026/month=02/b.json.gz", [{"event_id": "3", "amount": 3}]),
        "feb2": cloud.put_json(f"{folder}/year=2026/month=02/deeper/c.json", [{"event_id": "4"}]),
        "old": cloud.put_json(f"{folder}/year=2025/month=12/d.json", [{"event_id": "5", "amount": 5}]),
    }  # fmt: skip
    # Nobody looks here: hidden files, markers, a year outside of the range, a folder that only looks like one.
    for name in ("year=2026/month=01/_SUCCESS", "year=2026/month=01/.a.json.crc", "year=2026/month=01/_tmp/x.json",
                 "year=2024/month=01/z.json", "year=2026/month=1/z.json"):  # fmt: skip
        cloud.put(f"{folder}/{name}", b'{"event_id": "hidden"}\n')
    cloud.put(f"{folder}/year=2026/month=01/empty.json", b"")
    return sizes


def test_types_come_out_as_the_catalog_says(cloud: Cloud, lake: dict[str, int]) -> None:
    answer = cloud.run(
        'SELECT event_id, amount, product.id, product.tags, product.price, extras, ok, "at" FROM events '
        "WHERE year = '2026' AND month = '01' ORDER BY event_id", DB,
    )  # fmt: skip
    assert answer.columns == ["event_id", "amount", "id", "tags", "price", "extras", "ok", "at"]
    assert answer.types == ["varchar", "double", "varchar", "array", "decimal", "map", "boolean", "timestamp"]
    assert answer.rows == [
        ("1", "1.5", "p1", "[x, y]", "9.99", "{k=v}", "true", "2026-01-02 03:04:05.000"),
        ("2", None, None, None, None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("where", "ids", "objects"),
    [
        ("year = '2026' AND month = '01'", ["1", "2"], ["jan"]),
        ("year = '2026' AND month >= '02'", ["3", "4"], ["feb", "feb2"]),
        ("year || month = '202512'", ["5"], ["old"]),
        ("CAST(year AS integer) = 2025", ["5"], ["old"]),
        ("year = '2026'", ["1", "2", "3", "4"], ["jan", "feb", "feb2"]),
        ("event_id = '5'", ["5"], ["jan", "feb", "feb2", "old"]),
        ("year = '2019'", [], []),
        ("(year = '2025' AND month = '12') OR (year = '2026' AND month = '01')", ["1", "2", "5"], ["jan", "old"]),
    ],
)
def test_a_query_costs_the_objects_of_its_partitions(
    cloud: Cloud, lake: dict[str, int], where: str, ids: list[str], objects: list[str]
) -> None:
    answer = cloud.run(f"SELECT event_id FROM events WHERE {where} ORDER BY 1", DB)
    assert [row[0] for row in answer.rows] == ids
    assert answer.scanned == sum(lake[name] for name in objects)


def test_counting_lines_costs_as_much_as_reading_them(cloud: Cloud, lake: dict[str, int]) -> None:
    answer = cloud.run("SELECT count(*) FROM events WHERE year = '2026' AND month = '02'", DB)
    assert (answer.value, answer.scanned) == ("2", lake["feb"] + lake["feb2"])


def test_a_table_that_is_read_twice_costs_twice(cloud: Cloud, lake: dict[str, int]) -> None:
    answer = cloud.run(
        "SELECT count(*) FROM events a JOIN events b ON a.event_id = b.event_id "
        "WHERE a.year = '2025' AND b.year = '2025'", DB,
    )  # fmt: skip
    assert (answer.value, answer.scanned) == ("1", 2 * lake["old"])


def test_partition_keys_are_columns(cloud: Cloud, lake: dict[str, int]) -> None:
    rows = cloud.rows("SELECT year, month, count(*) FROM events GROUP BY 1, 2 ORDER BY 1, 2", DB)
    assert rows == [("2025", "12", "1"), ("2026", "01", "2"), ("2026", "02", "2")]


def test_path_is_the_object(cloud: Cloud, lake: dict[str, int]) -> None:
    sql = """SELECT "$path", event_id FROM events WHERE year = '2026' AND month = '02' ORDER BY event_id"""
    root = f"{ROOT}/events/year=2026/month=02"
    assert cloud.rows(sql, DB) == [(f"{root}/b.json.gz", "3"), (f"{root}/deeper/c.json", "4")]


LINES = b'{"id": "1", "n": 1}\nnot json\n\n{"id": "2", "n": 2\n{"id": "3", "n": 3}\n'


def test_a_malformed_line_is_a_row_of_nulls_where_the_table_says_so(cloud: Cloud, lake: dict[str, int]) -> None:
    place = cloud.table(DB, "lenient", {"id": "string", "n": "int"}, serde=JSON_SERDE,
                        serde_parameters={"ignore.malformed.json": "true"})  # fmt: skip
    cloud.put(f"{place}a.json", LINES)
    assert cloud.rows("SELECT id, n FROM lenient WHERE id IS NOT NULL ORDER BY id", DB) == [("1", "1"), ("3", "3")]
    assert cloud.value("SELECT count(*) FROM lenient WHERE id IS NULL", DB) == "2"


def test_a_malformed_line_fails_the_query_otherwise(cloud: Cloud, lake: dict[str, int]) -> None:
    place = cloud.table(DB, "strict", {"id": "string", "n": "int"}, serde=JSON_SERDE)
    cloud.put(f"{place}a.json", LINES)
    reason = cloud.failure("SELECT id FROM strict", DB)
    assert reason.startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")
    assert f"{place}a.json" in reason


def test_a_value_of_another_type_fails_the_query(cloud: Cloud, lake: dict[str, int]) -> None:
    place = cloud.table(DB, "typed", {"n": "int"}, serde=JSON_SERDE)
    cloud.put(f"{place}a.json", b'{"n": "many"}\n')
    assert cloud.failure("SELECT n FROM typed", DB).startswith("HIVE_BAD_DATA: Error parsing field value")


def test_keys_may_be_renamed(cloud: Cloud, lake: dict[str, int]) -> None:
    place = cloud.table(DB, "mapped", {"ts": "string", "n": "int"}, serde=JSON_SERDE,
                        serde_parameters={"mapping.ts": "timestamp"})  # fmt: skip
    cloud.put(f"{place}a.json", b'{"timestamp": "now", "n": 1}\n')
    assert cloud.rows("SELECT ts, n FROM mapped", DB) == [("now", "1")]


def test_keys_are_found_whatever_their_case(cloud: Cloud, lake: dict[str, int]) -> None:
    columns = {"userid": "string", "n": "int", "items": "array<struct<sku:string>>", "page": "struct<url:string>"}
    place = cloud.table(DB, "cased", columns, serde=JSON_SERDE)
    cloud.put(f"{place}a.json", b'{"userId": "u1", "N": 1, "items": [{"SKU": "s"}], "page": {"URL": "/"}}\n{}\n')
    rows = cloud.rows("SELECT userid, n, items[1].sku, page.url FROM cased WHERE n = 1", DB)
    assert rows == [("u1", "1", "s", "/")]


def test_case_counts_where_the_table_says_so(cloud: Cloud, lake: dict[str, int]) -> None:
    place = cloud.table(DB, "exact", {"userid": "string"}, serde=JSON_SERDE,
                        serde_parameters={"case.insensitive": "false"})  # fmt: skip
    cloud.put(f"{place}a.json", b'{"userId": "u1"}\n{"userid": "u2"}\n')
    assert cloud.rows("SELECT userid FROM exact ORDER BY 1", DB) == [("u2",), (None,)]


def test_a_struct_may_be_read_as_text(cloud: Cloud, lake: dict[str, int]) -> None:
    place = cloud.table(DB, "nested", {"body": "string"}, serde=JSON_SERDE)
    cloud.put(f"{place}a.json", b'{"body": {"a": [1, 2]}}\n{"body": "plain"}\n')
    assert cloud.rows("SELECT json_extract_scalar(body, '$.a[1]') FROM nested ORDER BY 1", DB) == [("2",), (None,)]


def test_a_truncated_gzip_fails_the_query(cloud: Cloud, lake: dict[str, int]) -> None:
    place = cloud.table(DB, "cut", {"id": "string"}, serde=JSON_SERDE)
    cloud.put(f"{place}a.json.gz", gzip.compress(b'{"id": "1"}\n' * 1000)[:40])
    assert cloud.failure("SELECT id FROM cut", DB).startswith("HIVE_CURSOR_ERROR: ")


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
def test_archived_objects_are_skipped_in_silence(cloud: Cloud, lake: dict[str, int], storage_class: str) -> None:
    name = f"cold_{storage_class.lower()}"
    place = cloud.table(DB, name, {"id": "string"}, serde=JSON_SERDE)
    size = cloud.put(f"{place}warm.json", b'{"id": "warm"}\n', StorageClass="STANDARD_IA")
    size += cloud.put(f"{place}instant.json", b'{"id": "instant"}\n', StorageClass="GLACIER_IR")
    cloud.put(f"{place}cold.json", b'{"id": "cold"}\n', StorageClass=storage_class)
    answer = cloud.run(f"SELECT id FROM {name} ORDER BY id", DB)
    assert answer.rows == [("instant",), ("warm",)]
    assert answer.scanned == size


def test_a_table_without_objects_is_empty(cloud: Cloud, lake: dict[str, int]) -> None:
    cloud.table(DB, "nothing", {"id": "string"}, serde=JSON_SERDE)
    answer = cloud.run("SELECT count(*), max(id) FROM nothing", DB)
    assert (answer.rows, answer.scanned) == ([("0", None)], 0)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"projection.year.type": "integer"},
         "INVALID_TABLE_PROPERTY: the table property projection.year.range is missing"),
        ({"projection.year.type": "enum", "projection.year.values": "1", "storage.location.template": "s3://lake/x/"},
         "INVALID_TABLE_PROPERTY: storage.location.template is 's3://lake/x/'"),
        ({"projection.year.type": "injected"},
         "CONSTRAINT_VIOLATION: For the injected projected partition column year"),
    ],
)  # fmt: skip
def test_bad_projections_fail_the_query(
    cloud: Cloud, lake: dict[str, int], parameters: dict[str, str], message: str
) -> None:
    name = f"bad_{abs(hash(message))}"
    cloud.table(DB, name, {"id": "string"}, keys={"year": "string"}, serde=JSON_SERDE,
                parameters={"projection.enabled": "true", **parameters})  # fmt: skip
    assert cloud.failure(f"SELECT * FROM {name}", DB).startswith(message)


def test_an_injected_column_reads_one_folder(cloud: Cloud, lake: dict[str, int]) -> None:
    place = cloud.table(DB, "devices", {"n": "int"}, keys={"device": "string"}, serde=JSON_SERDE,
                        parameters={"projection.enabled": "true", "projection.device.type": "injected"})  # fmt: skip
    size = cloud.put(f"{place}device=a/1.json", b'{"n": 1}\n')
    cloud.put(f"{place}device=b/1.json", b'{"n": 2}\n')
    answer = cloud.run("SELECT n, device FROM devices WHERE device = 'a'", DB)
    assert (answer.rows, answer.scanned) == ([("1", "a")], size)


@pytest.mark.parametrize(
    ("serde", "parameters", "serde_parameters", "reason"),
    [
        (
            "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
            {},
            {},
            "HIVE_UNSUPPORTED_FORMAT: table json_db.other0 has the SerDe",
        ),
        (PARQUET_SERDE, {"table_type": "ICEBERG"}, {}, "NOT_SUPPORTED: json_db.other1 is a table of Iceberg"),
        (
            PARQUET_SERDE,
            {"spark.sql.sources.provider": "delta"},
            {},
            "NOT_SUPPORTED: json_db.other2 is a table of Delta",
        ),
        (
            JSON_SERDE,
            {},
            {"dots.in.keys": "true"},
            "NOT_SUPPORTED: table json_db.other3 has the SerDe property dots.in.keys",
        ),
    ],
)
def test_another_format_is_refused_by_its_name(
    cloud: Cloud,
    lake: dict[str, int],
    serde: str,
    parameters: dict[str, str],
    serde_parameters: dict[str, str],
    reason: str,
) -> None:
    name = re.search(r"other\d", reason)
    assert name is not None
    cloud.table(DB, name[0], {"id": "string"}, serde=serde, parameters=parameters, serde_parameters=serde_parameters)
    assert cloud.failure(f"SELECT * FROM {name[0]}", DB).startswith(reason)


@pytest.mark.parametrize("key", ["a.json.bz2", "a.json.snappy", "what?.json", "a[1].json"])
def test_an_object_that_cannot_be_read_is_named(cloud: Cloud, lake: dict[str, int], key: str) -> None:
    name = f"unreadable_{len(key)}_{ord(key[1])}"
    place = cloud.table(DB, name, {"id": "string"}, serde=JSON_SERDE)
    cloud.put(f"{place}{key}", b'{"id": "1"}\n')
    assert cloud.failure(f"SELECT * FROM {name}", DB).startswith(f"HIVE_CANNOT_OPEN_SPLIT: {place}{key} ")


def test_keys_with_odd_characters_are_read(cloud: Cloud, lake: dict[str, int]) -> None:
    place = cloud.table(DB, "odd", {"id": "string"}, serde=JSON_SERDE)
    names = [
        "plain.json",
        "with space.json",
        "a+b.json",
        "100%.json",
        "a%20b.json",
        "ümlaut.json",
        "it's.json",
        "a&b=c.json",
    ]
    for name in names:
        cloud.put_json(f"{place}{name}", [{"id": name}])
    assert sorted(str(row[0]) for row in cloud.rows("SELECT id FROM odd", DB)) == sorted(names)
    paths = cloud.rows('SELECT "$path" FROM odd', DB)
    assert sorted(str(row[0]) for row in paths) == sorted(f"{place}{name}" for name in names)


def test_comments_change_nothing(cloud: Cloud, lake: dict[str, int]) -> None:
    sql = (
        "/* the\n'old' one */ SELECT event_id -- \"$path\"\nFROM events /* a\nb */ WHERE year = '2025' -- AND 1 = 0\n;"
    )
    answer = cloud.run(sql, DB)
    assert (answer.rows, answer.scanned) == ([("5",)], lake["old"])
