"""Fields under another name: what the judged row says, and which objects are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from clickstream_jobs.mappings import FieldMapping, MappingError, parse_mapping
from clickstream_jobs.raw import LINES_DDL
from clickstream_jobs.tables import load_table
from clickstream_jobs.transform import with_judged_events
from pyspark.sql import SparkSession
from silver_data import BOUNDS, KEY, event, line

MAPPINGS = [
    FieldMapping("1", "uid", "user_id"),
    FieldMapping("2", "User_ID", "user_id"),
    FieldMapping("3", "basket.number", "order.id"),
    FieldMapping("4", "basket.total", "order.amount"),
    FieldMapping("5", "user.mail", "user.email"),
    FieldMapping("6", "item", "product"),
    FieldMapping("7", "session_id", "anonymous_id"),
]
#: Name, line, rules broken, columns of the judged row.
CASES: list[tuple[str, bytes, list[str] | None, dict[str, Any]]] = [
    ("no other name", line(event(1)), None, {"user_id": "u1", "extras": None, "anonymous_id": "a1"}),
    ("renamed", line(event(1, user_id=..., uid="x")), None, {"user_id": "x", "extras": None}),
    ("renamed number", line(event(1, user_id=..., uid=42)), None, {"user_id": "42", "extras": None}),
    ("null", line(event(1, user_id=None, uid="x")), None, {"user_id": "x", "extras": None}),
    ("blank", line(event(1, user_id=" ", uid="x")), None, {"user_id": "x", "extras": None}),
    ("both: the known name counts", line(event(1, uid="x")), None, {"user_id": "u1", "extras": '{"uid":"x"}'}),
    ("blank source", line(event(1, user_id=..., uid="")), None, {"user_id": None, "extras": '{"uid":""}'}),
    ("null source", line(event(1, user_id=..., uid=None)), None, {"user_id": None, "extras": '{"uid":null}'}),
    ("another case", line(event(1, user_id=..., User_ID="x")), None, {"user_id": "x", "extras": None}),
    (
        "the first mapping counts",
        line(event(1, user_id=..., uid="x", User_ID="y", foo="z")),
        None,
        {"user_id": "x", "extras": '{"User_ID":"y","foo":"z"}'},
    ),
    ("an address is no identifier", line(event(1, user_id=..., uid="a@b.org")), None, {"extras": None}),
    (
        "beside what its object has",
        line(event(1, order={"currency": "USD"}, basket={"number": "o9", "total": 5, "note": "n"})),
        None,
        {
            "order_id": "o9",
            "order_amount": "5.00",
            "order_currency": "USD",
            "extras": '{"basket":"{\\"note\\":\\"n\\"}"}',
        },
    ),
    (
        "an object without anything left",
        line(event(1, event_type="page_view", order=..., basket={"number": "o9"})),
        None,
        {"order_id": "o9", "order_amount": None, "extras": None},
    ),
    (
        "within an object",
        line(event(1, user={"mail": "Ann@example.org", "nick": "n"})),
        None,
        {"user_email_hash": "set", "extras": "hashed nick only"},
    ),
    (
        "a whole object",
        line(event(1, product=..., item={"id": "p9", "price": 3, "size": "XL"})),
        None,
        {"product_id": "p9", "product_price": "3.00", "extras": '{"product":"{\\"size\\":\\"XL\\"}"}'},
    ),
    ("a whole object that is none", line(event(1, product=..., item="p9")), None, {"extras": '{"item":"p9"}'}),
    ("a known field is copied", line(event(1, anonymous_id=...)), None, {"anonymous_id": "s1", "session_id": "s1"}),
    ("rules judge the mapped value", line(event(1, user={"mail": "no"})), ["invalid_email"], {}),
    (
        "a parent that is no object",
        line(event(1, order=[1], basket={"number": "o"})),
        ["structure", "purchase_without_order"],
        {},
    ),
    (
        "a field named twice in the source",
        line(event(1, product=...)).replace(b'"order"', b'"item": {"id": "p", "id": "q"}, "order"', 1),
        ["duplicate_keys"],
        {},
    ),
    ("no JSON", b"uid", ["corrupt_json"], {}),
]


def test_a_field_under_another_name_is_read_as_if_it_had_the_right_one(spark: SparkSession) -> None:
    rows = [(bytearray(one), f"events/f{number:03}.json", False) for number, (_, one, _, _) in enumerate(CASES)]
    judged = with_judged_events(
        spark.createDataFrame(rows, LINES_DDL), BOUNDS, KEY, load_table("events"), MAPPINGS
    ).drop("event_ts", "event_date", "landing_date", "user_signup_date")
    found = sorted((row.asDict() for row in judged.collect()), key=lambda row: row["source_file"])
    for (name, one, rules, expected), row in zip(CASES, found, strict=True):
        assert row["rule_ids"] == rules, name
        assert row["line"] == (None if rules is None else one.decode()), name
        for column, value in expected.items():
            shown = row[column]
            if value == "set":
                assert len(shown) == 64, name
            elif value == "hashed nick only":
                nested = json.loads(json.loads(shown)["user"])
                assert list(nested) == ["nick"] and len(nested["nick"]) == 64, name
            else:
                assert (shown if shown is None else str(shown)) == value, (name, column)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "Expecting"),
        ("[]", '"id" is null, not a text'),
        ('{"id":"1","from":"uid","to":7}', '"to" is 7, not a text'),
        ('{"id":"1","from":"uid","to":"userid"}', "'userid', which is no field of an event"),
        ('{"id":"1","from":"a.b.c","to":"user_id"}', "neither `field` nor `object.field`"),
        ('{"id":"1","from":"a.","to":"user_id"}', "neither `field` nor `object.field`"),
        ('{"id":"1","from":"user_id","to":"user_id"}', "are both 'user_id'"),
        ('{"id":"1","from":"user","to":"user_id"}', "cannot stand for"),
        ('{"id":"1","from":"a.b","to":"user"}', "cannot stand for"),
        ('{"id":"1","from":"user_id.x","to":"anonymous_id"}', "user_id is not an object"),
    ],
)
def test_an_object_that_is_no_mapping_is_named(text: str, says: str) -> None:
    with pytest.raises(MappingError, match=rf"mappings/1.json is no mapping: .*{says}.*delete the object"):
        parse_mapping(text, "s3://b/state/mappings/1.json")


def test_a_mapping_is_read_with_its_paths() -> None:
    text = '{"id":"d","from":"basket.id","to":"order.id","since":"2026-03-10T00:00:00Z","by":"ann"}'
    assert parse_mapping(text, "x") == FieldMapping("d", "basket.id", "order.id")
