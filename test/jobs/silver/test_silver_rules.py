"""Every quality rule on a bad event of its own; good events of every shape stay good. One Spark job for all cases."""

from __future__ import annotations

import base64
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from clickstream_jobs.quality import MAX_LINE_BYTES, RULES, quality_score
from clickstream_jobs.raw import LINES_DDL
from clickstream_jobs.tables import load_table
from clickstream_jobs.transform import with_judged_events
from pyspark.sql import SparkSession
from silver_data import BOUNDS, KEY, event, line

View = {"event_type": "page_view", "order": None}


def padded(bytes_in_all: int) -> bytes:
    made = event(1, padding="")
    return line(event(1, padding="x" * (bytes_in_all - len(line(made)))))


BAD: list[tuple[str, bytes, list[str]]] = [
    ("line one byte over the limit", padded(MAX_LINE_BYTES + 1), ["line_too_long"]),
    ("10 MB line", padded(10_000_000), ["line_too_long"]),
    ("latin-1", line(event(1)).replace("Ö".encode(), b"\xd6"), ["encoding"]),
    ("utf-16", "{}".encode("utf-16"), ["encoding"]),
    ("overlong slash", b'{"a":"\xc0\xaf"}', ["encoding"]),
    ("surrogate", b'{"a":"\xed\xa0\x80"}', ["encoding"]),
    ("words", b"nonsense", ["corrupt_json"]),
    ("cut object", line(event(1))[:-5], ["corrupt_json"]),
    ("two objects", line(event(1)) + line(event(2)), ["corrupt_json"]),
    ("two objects, comma", line(event(1)) + b"," + line(event(2)), ["corrupt_json"]),
    ("trailing words", line(event(1)) + b" xyz", ["corrupt_json"]),
    ("array", b"[" + line(event(1)) + b"]", ["corrupt_json"]),
    ("number", b"12", ["corrupt_json"]),
    ("null", b"null", ["corrupt_json"]),
    ("string", b'"x"', ["corrupt_json"]),
    ("single quotes", b"{'event_id':'a'}", ["corrupt_json"]),
    ("raw tab in a string", b'{"a":"\t"}', ["corrupt_json"]),
    ("too deep", b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}", ["corrupt_json"]),
    ("cut after a decimal point", b'{"event_id":"a","product":{"price":25.', ["corrupt_json"]),
    ("a nested number of no form", b'{"event_id":"a","product":{"id":"p","price":01}}', ["corrupt_json"]),
    ("a nested word", b'{"event_id":"a","product":{"id":tru},"session_id":"s"}', ["corrupt_json"]),
    ("closing brackets", b'{"a":1}]],[[{"a":1}', ["corrupt_json"]),
    ("product is text", line(event(1, product="p1")), ["structure"]),
    ("order is a list", line(event(1, event_type="page_view", order=[1])), ["structure"]),
    ("user is a number", line(event(1, user=5)), ["structure"]),
    ("geo and device are true", line(event(1, geo=True, device=True)), ["structure"]),
    ("event_id twice", b'{"event_id":"a",' + line(event(1))[1:], ["duplicate_keys"]),
    ("price twice", line(event(1)).replace(b'"price"', b'"price": 1, "price"'), ["duplicate_keys"]),
    ("unknown field twice", line(event(1))[:-1] + b',"x":1,"x":2}', ["duplicate_keys"]),
    ("no event_id", line(event(1, event_id=...)), ["missing_event_id"]),
    ("null event_id", line(event(1, event_id=None)), ["missing_event_id"]),
    ("blank event_id", line(event(1, event_id="  ")), ["missing_event_id"]),
    ("event_id no UUID", line(event(1, event_id="42")), ["invalid_event_id"]),
    ("event_id object", line(event(1, event_id={"a": 1})), ["invalid_event_id"]),
    ("no type", line(event(1, event_type=...)), ["missing_event_type"]),
    ("other type", line(event(1, event_type="Purchase")), ["unknown_event_type"]),
    ("no timestamp", line(event(1, event_timestamp=...)), ["missing_event_timestamp"]),
    *[
        (f"timestamp {text!r}", line(event(1, event_timestamp=text)), ["invalid_event_timestamp"])
        for text in (
            "yesterday",
            "2026-03-10T10:00:00",
            "2026-02-30T10:00:00Z",
            "2026-03-10T25:00:00Z",
            "2026-03-10",
            "2026",
            "T10:00Z",
            "2026-03-10T10:00Z",
            1773136800,
            "2026-03-10T10:00:00+99:00",
        )
    ],
    ("clock ahead", line(event(1, event_timestamp="2026-03-10T12:05:00.001Z")), ["event_in_future"]),
    ("2099", line(event(1, event_timestamp="2099-01-01T00:00:00Z")), ["event_in_future"]),
    ("1970", line(event(1, event_timestamp="1970-01-01T00:00:00Z")), ["event_too_old"]),
    ("just too old", line(event(1, event_timestamp="2025-03-10T11:59:59Z")), ["event_too_old"]),
    ("year 0001", line(event(1, event_timestamp="0001-01-01T00:00:00Z")), ["event_too_old"]),
    ("no visitor", line(event(1, user_id="", anonymous_id=None)), ["missing_visitor"]),
    ("no order", line(event(1, order=...)), ["purchase_without_order"]),
    ("null order", line(event(1, order=None)), ["purchase_without_order"]),
    ("no order id", line(event(1, order__id="")), ["purchase_without_order"]),
    ("no amount, no currency", line(event(1, order={"id": "o"})), ["purchase_without_order"]),
    *[
        (f"amount {value!r}", line(event(1, order__amount=value)), ["invalid_amount"])
        for value in (-0.01, "NaN", float("nan"), float("inf"), "many", 1e400, 1e15, [1], "1e-999999999")
    ],
    ("no currency", line(event(1, order__currency=...)), ["unknown_currency"]),
    ("other currency", line(event(1, order__currency="XXX")), ["unknown_currency"]),
    *[
        (f"price {value!r}", line(event(1, product__price=value)), ["invalid_price"])
        for value in (-1, "NaN", float("nan"), float("-inf"), "-Infinity", "free", 10**10, {"a": 1}, "1,5", "1e99999")
    ],
    ("price 1e400", line(event(1)).replace(b"19.99", b"1e400"), ["invalid_price"]),
    *[
        (f"quantity {value!r}", line(event(1, product__quantity=value)), ["invalid_quantity"])
        for value in (0, -1, 1.5, 10_001, "two", float("nan"), 2**63)
    ],
    *[
        (f"e-mail {value!r}", line(event(1, user__email=value)), ["invalid_email"])
        for value in ("ann", "ann@", "@example.org", "ann@example", "a b@example.org", "a@b@example.org", 5)
    ],
    *[
        (f"sign-up {value!r}", line(event(1, user__signup_date=value)), ["invalid_signup_date"])
        for value in ("soon", "2025-13-01", "31.01.2025", 20250131)
    ],
    ("empty object", b"{}", ["missing_event_id", "missing_event_type", "missing_event_timestamp", "missing_visitor"]),
    (
        "most severe first",
        line(event(1, user__email="x", product__price=-1, geo=1)),
        ["structure", "invalid_price", "invalid_email"],
    ),
]

GOOD: list[tuple[str, bytes, dict[str, Any]]] = [
    ("all fields", line(event(1)), {"order_amount": Decimal("39.98"), "product_quantity": 2, "extras": None}),
    ("at the line limit", padded(MAX_LINE_BYTES), {"order_id": "o1"}),
    ("at the future bound", line(event(1, event_timestamp="2026-03-10T12:05:00Z")), {}),
    ("at the age bound", line(event(1, event_timestamp="2025-03-10T12:00:00Z")), {}),
    ("other zone", line(event(1, event_timestamp="2026-03-10T01:30:00+05:30")), {"event_date": "2026-03-09"}),
    ("zone without colon", line(event(1, event_timestamp="2026-03-10T01:30:00-0200")), {"event_date": "2026-03-10"}),
    (
        "nanoseconds",
        line(event(1, event_timestamp="2026-03-10T01:30:00.123456789Z")),
        {"event_ts": "2026-03-10 01:30:00.123456"},
    ),
    (
        "numbers as text",
        line(event(1, product__price="19.99", product__quantity="2.0", order__amount="3.998e1")),
        {"product_price": Decimal("19.99"), "product_quantity": 2, "order_amount": Decimal("39.98")},
    ),
    (
        "upper-case UUID, lower-case currency",
        line(event(1, event_id="ABCDEF00-0000-4000-8000-00000000000F", order__currency="eur")),
        {"event_id": "abcdef00-0000-4000-8000-00000000000f", "order_currency": "EUR"},
    ),
    ("free", line(event(1, product__price=0, order__amount=0)), {"product_price": Decimal("0.00")}),
    (
        "largest",
        line(event(1, product__price="9999999999.99", product__quantity=10_000)),
        {"product_price": Decimal("9999999999.99")},
    ),
    (
        "page view with nulls",
        line(event(1, event_type="page_view", product=None, order=None, user=None, geo=None)),
        {"product_id": None, "user_email_hash": None, "geo_country": None, "order_amount": None},
    ),
    (
        "only what is required",
        b'{"event_id":"00000000-0000-0000-0000-000000000001","event_type":"search",'
        b'"event_timestamp":"2026-03-10T10:00:00Z","anonymous_id":"a"}',
        {"user_id": None, "device_type": None, "extras": None},
    ),
    ("emoji and escapes", line(event(1, product__brand="🧸\u0000\n")), {"product_brand": "🧸\u0000\n"}),
    ("byte order mark", b"\xef\xbb\xbf" + line(event(1)), {"order_id": "o1"}),
    ("carriage return", line(event(1)) + b"\r", {"schema_version": "1"}),
    ("blanks around", b"  " + line(event(1)) + b"\t ", {"order_id": "o1"}),
    ("replacement character as such", line(event(1, product__brand="a\ufffdb")), {"product_brand": "a\ufffdb"}),
    ("brackets in text", line(event(1, product__brand="}{ ]")), {"product_brand": "}{ ]"}),
    (
        "unknown fields",
        line(event(1, foo={"a": [1, None]}, bar=None, product__size="XL", geo__lat=52.5)),
        {
            "extras": '{"foo":"{\\"a\\":[1,null]}","bar":null,"product":"{\\"size\\":\\"XL\\"}","geo":"{\\"lat\\":\\"52.5\\"}"}'  # noqa: E501
        },
    ),
    ("unknown field named as a path", line(event(1, **{"x": 1})), {"extras": '{"x":"1"}'}),
    ("NaN in an unknown field", line(event(1, odd=float("nan"))), {"extras": '{"odd":"\\"NaN\\""}'}),
    (
        "e-mail in a URL",
        line(event(1, page_url="https://x.example/?e=ann%40example.org&b=1", referrer="m:ann@a.b.org")),
        {"page_url": "https://x.example/?e=<email>&b=1", "referrer": "m:<email>"},
    ),
    (
        "e-mail in an unknown field",
        line(event(1, mail="Ann <ann@example.org>")),
        {"extras": '{"mail":"Ann <<email>>"}'},
    ),
]


def judge(spark: SparkSession, lines: list[bytes]) -> list[dict[str, Any]]:
    source = "events/year=2026/month=03/day=10/hour=10/f{:05d}.json"
    rows = [(bytearray(one), source.format(number), False) for number, one in enumerate(lines)]
    frame = with_judged_events(spark.createDataFrame(rows, LINES_DDL), BOUNDS, KEY, load_table("events"))
    frame = frame.withColumns({name: frame[name].cast("string") for name in ("event_ts", "event_date", "landing_date")})
    return sorted((row.asDict() for row in frame.collect()), key=lambda row: row["source_file"])


def test_every_bad_event_breaks_exactly_its_rules(spark: SparkSession) -> None:
    found = judge(spark, [one for _, one, _ in BAD])
    assert {name: row["rule_ids"] for (name, _, _), row in zip(BAD, found, strict=True)} == {
        name: rules for name, _, rules in BAD
    }
    for (name, one, _), row in zip(BAD, found, strict=True):
        kept = base64.b64decode(row["line"]) if row["line_encoding"] == "base64" else row["line"].encode()
        assert kept == one, name
        assert row["landing_date"] == "2026-03-10"
        assert row["user_id"] is None and row["user_email_hash"] is None


def test_every_rule_has_a_bad_event() -> None:
    covered = {rule for _, _, rules in BAD for rule in rules}
    assert {rule.id for rule in RULES} - covered == {"truncated_file"}, "covered by test_silver_run"


def test_good_events_pass_with_the_values_expected(spark: SparkSession) -> None:
    found = judge(spark, [one for _, one, _ in GOOD])
    for (name, _, expected), row in zip(GOOD, found, strict=True):
        assert row["rule_ids"] is None, (name, row["rule_ids"])
        assert row["line"] is None
        assert {key: row[key] for key in expected} == expected, name


def test_a_row_of_a_cut_file_has_that_rule_only(spark: SparkSession) -> None:
    rows = [(bytearray(b""), "events/a.json.gz", True), (bytearray(b'{"event'), "events/a.json.gz", True)]
    frame = with_judged_events(spark.createDataFrame(rows, LINES_DDL), BOUNDS, KEY, load_table("events"))
    found = [(row["rule_ids"], row["line"], str(row["landing_date"])) for row in frame.collect()]
    assert found == [(["truncated_file"], "", "1970-01-01"), (["truncated_file"], '{"event', "1970-01-01")]


def test_blank_lines_are_no_rows(spark: SparkSession) -> None:
    assert judge(spark, [b"", b"  ", b"\r", b"\xef\xbb\xbf", b"\t \r"]) == []


@pytest.mark.parametrize(("read", "bad", "score"), [(0, 0, 100.0), (3, 1, 66.6667), (10, 10, 0.0)])
def test_quality_score(read: int, bad: int, score: float) -> None:
    assert quality_score(read, bad) == score


def test_bounds_move_with_as_of(spark: SparkSession) -> None:
    one = line(event(1, event_timestamp="2020-05-05T05:05:05Z"))
    source = spark.createDataFrame([(bytearray(one), "events/a.json", False)], LINES_DDL)
    earlier = replace(BOUNDS, as_of=BOUNDS.as_of.replace(year=2020, month=5, day=6))
    assert with_judged_events(source, earlier, KEY, load_table("events")).first()["rule_ids"] is None
    assert with_judged_events(source, BOUNDS, KEY, load_table("events")).first()["rule_ids"] == ["event_too_old"]
