"""Plain lines are read by name, all others through maps: for every line both ways must say the same."""

from __future__ import annotations

import json
import random
from typing import Any

from clickstream_jobs.parse import FIELDS, PARENTS, TOP_LEVEL, with_extras, with_parsed, with_values
from clickstream_jobs.privacy import with_hmac_key
from pyspark.sql import DataFrame, SparkSession
from silver_data import KEY, event, line

LINES = 500
#: What a line may hold where a text is expected; the marks are those that the check for plain lines counts.
VALUES = [
    "",
    " ",
    ":",
    '"',
    "a:b",
    '"x":1',
    "\\",
    "\\u003a",
    "https://a.example/?q=1:2",
    "Ö",
    "null",
    None,
    0,
    -1.5,
    True,
]
VALUES += [[], ["a:b"], {}, {"a": 1}, {"a": {"b": ":"}}, {"id": None}]
#: Written into the text as they are: what no serialiser writes, but a producer may send.
RAW = ['"x":1', '"x" : 1', '"x"\t:1', '"event_id":"twice"', '"geo":{"city":"a","city":"b"}', '"geo":null', '"user":[]']
RAW += [
    r'"x":"\u003a"',
    r'"c\u003ax":1',
    '"product":{"id":"a:b","price":NaN}',
    '"schema_version":Infinity',
    '"order":5',
]
HAND = [
    *(line(event(1)), line(event(1, user={})), line(event(1, padding="a:b")), line(event(1, page_url=r"\:"))),
    *(
        b"{}",
        b"[]",
        b"null",
        b'{"event_id":1}',
        b'{"event_id":1},"line_ends_here":true',
        b'{"geo":{}}',
        b'{"geo":{"x":1}}',
    ),
    # As many colons as names, were an escaped one counted as it is read or the missing one of a blank before it.
    *(
        rb'{"event_id":"\u003a","x":1}',
        b'{"event_id":"1","x" :2}',
        b'{"x":1}',
        b'[{"event_id":"1"}]',
        b'{"geo":[{"city":"1"}]}',
        b'{"user":{"email":"a:b"},"user":{}}',
    ),
]
COMPARED = ["text", "json_ok", "structure_ok", "keys_ok", "extras", *FIELDS.values()]


def made_line(chance: random.Random) -> bytes:
    """A line of random fields, known and unknown, most of them as a producer writes them."""
    fields: dict[str, Any] = {}
    for name in chance.sample(TOP_LEVEL, chance.randint(0, len(TOP_LEVEL))):
        nested = [field.split(".")[1] for field in FIELDS if field.startswith(f"{name}.")]
        if chance.random() < 0.1:
            fields[name] = chance.choice(VALUES)
        elif name in PARENTS:
            fields[name] = {
                one: chance.choice(["a", "b:c"]) for one in chance.sample(nested, chance.randint(0, len(nested)))
            }
            if chance.random() < 0.1:
                fields[name][chance.choice(["x", "a:b", *nested])] = chance.choice(VALUES)
        else:
            fields[name] = chance.choice(["a", "a:b:c", "12.50"])
    text = json.dumps(fields, ensure_ascii=chance.random() < 0.5, separators=chance.choice([(",", ":"), (", ", " : ")]))
    if chance.random() < 0.3:
        text = text[:-1] + ("," if fields else "") + chance.choice(RAW) + "}"
    return text.encode() if chance.random() < 0.95 else text[: chance.randint(0, len(text))].encode()


def rows(values: DataFrame) -> list[dict[str, Any]]:
    """What the parser says of each line, in order."""
    parsed = with_extras(with_hmac_key(values, KEY)).orderBy("n").select(*COMPARED).collect()
    return [row.asDict() for row in parsed]


def test_plain_lines_say_what_they_say_through_maps(spark: SparkSession) -> None:
    chance = random.Random(7)
    lines = [*HAND, *(made_line(chance) for _ in range(LINES))]
    texts = spark.createDataFrame([(number, one.decode()) for number, one in enumerate(lines)], "n int, text string")
    by_name = with_parsed(texts)
    assert 0.2 < by_name.where("_plain").count() / len(lines) < 0.9
    through_maps = with_values(with_parsed(texts, plain_lines=False), [*PARENTS, *TOP_LEVEL])
    both = [rows(with_values(by_name)), rows(through_maps)]
    for plain, maps in zip(*both, strict=True):
        # Of a line that is quarantined for what it is nothing but its id is kept.
        readable = maps["json_ok"] and maps["structure_ok"] and maps["keys_ok"]
        for name in COMPARED if readable else ("text", "json_ok", "structure_ok", "keys_ok", "event_id"):
            assert plain[name] == maps[name], f"{name} of {maps['text']}"
