"""Raw bytes without people: no Spark. What stays must be the bytes that were there."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from typing import Any

import pytest
from clickstream_jobs.lines import People, identity_fields
from clickstream_jobs.mappings import FieldMapping
from clickstream_jobs.raw_content import strip_lines
from clickstream_jobs.salvage import is_damaged, salvage_lines
from clickstream_jobs.subjects import EraseRequestError, parse_batch
from erasure_data import batch, subject
from silver_data import event, line

ANN = batch(subject("ann", "u1", ["Ann@Example.org"]), subject("bob", "Bob+x@Example.org"), subject("cem", "ü-7"))
WHOSE = People(ANN.by_identity()).finder()


def made(**changes: Any) -> bytes:
    return line(event(50, user__email="other@example.org", **changes))


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        (made(), None),
        (made(user_id="u1"), "ann"),
        (made(user_id=" u1 "), "ann"),
        (made(user_id="U1"), None),
        (made(user_id="u11"), None),
        (line(event(50, user__email=" ANN@example.ORG ")), "ann"),
        (made(user_id="bob+X@example.org"), "bob"),
        (made(anonymous_id="ann@example.org"), "ann"),
        (made(session_id="BOB+x@example.org"), "bob"),
        (made(anonymous_id="u1", session_id="u1", product__id="u1", order__id="u1"), None),
        (made(user_id="ü-7"), "cem"),
        (json.dumps(event(50, user_id="ü-7")).encode(), "cem"),
        (b'{"user":{"email":"\\u0061nn\\u0040example.org"}}', "ann"),
        (b'\xef\xbb\xbf{"user_id":"u1"}', "ann"),
        (b'{"user_id":null,"user":null}', None),
        # A well-formed line of somebody else that mentions them is somebody else's.
        (made(page_url="https://x/?friend=ann%40example.org", note="u1"), None),
        # No JSON, or none that silver would read: by the texts in it.
        (b'{"user_id":"u1","oops', "ann"),
        (b'{"user_id":"u2","name":"u1"', None),
        (b'"u1",page_view', "ann"),
        (b"page_view;u1;shoes", "ann"),
        (b"page_view;u12;shoes", None),
        (b"\xff\xfe mail=Ann%40EXAMPLE.org&x \xff", "ann"),
        (b'{"user":"ann@example.org"}', "ann"),
        (b'{"user_id":"u2","user_id":"u1"}', "ann"),
        (b'{"user_id":"u1","user_id":"u2"}', "ann"),
        (b'{"user_id":"u1"}{"user_id":"u2"}', "ann"),
        (b'{"x":"' + b"y" * (1 << 20) + b'","z":"u1"}', "ann"),
        (b"", None),
    ],
)
def test_whose_a_line_is(text: bytes, whose: str | None) -> None:
    assert WHOSE(text) == whose


def test_accepted_names_count_as_the_fields_they_stand_for() -> None:
    mappings = [
        FieldMapping("1", "uid", "user_id"),
        FieldMapping("2", "customer", "user"),
        FieldMapping("3", "sku", "product.id"),
    ]
    fields = identity_fields(mappings)
    assert fields == (("uid", "user_id"), ("customer.email", "user.email"))
    renamed = People(ANN.by_identity(), fields).finder()
    assert [renamed(text) for text in (b'{"uid":"u1"}', b'{"customer":{"email":"ann@example.org"}}')] == ["ann", "ann"]
    assert WHOSE(b'{"uid":"u1"}') is None
    assert renamed(b'{"user_id":"u2","sku":"u1"}') is None


def test_numbers_are_ids_as_they_are_written() -> None:
    whose = People(batch(subject("n", "12345678901234567890"), subject("f", "1.50")).by_identity()).finder()
    assert whose(b'{"user_id":12345678901234567890}') == "n"
    assert [whose(b'{"user_id":1.50}'), whose(b'{"user_id":1.5}'), whose(b'{"user_id":true}')] == ["f", None, None]


def test_many_people_are_found_as_few_are() -> None:
    many = batch(*(subject(f"r{n}", f"u{n}") for n in range(200)))
    whose = People(many.by_identity()).finder()
    assert [whose(b'{"user_id":"u199"}'), whose(b'{"user_id":"u200"}')] == ["r199", None]


def test_what_stays_is_byte_for_byte_what_was_there() -> None:
    keep = [made(), b'{"user_id":"u2"}\r', b"", b"  \r", b"oops", b"\xff\xfe\x00", b'{"user_id":"u3"}']
    ann = made(user_id="u1")
    for end in (b"", b"\n", b"\r\n"):
        text = b"\n".join([keep[0], ann, *keep[1:4], ann + b"\r", *keep[4:]]) + end
        found = strip_lines(text, WHOSE)
        assert (found.lines, found.removed) == (7, {"ann": 2})
        assert found.content == b"\n".join(keep) + end
        packed = strip_lines(gzip.compress(text), WHOSE)
        assert packed.content is not None and gzip.decompress(packed.content) == found.content
    assert strip_lines(keep[0] + b"\n" + ann, WHOSE).content == keep[0] + b"\n"
    assert strip_lines(ann, WHOSE).content is None
    assert strip_lines(gzip.compress(ann + b"\n\r\n" + ann), WHOSE).content is None
    untouched = gzip.compress(keep[0], compresslevel=1)
    assert strip_lines(untouched, WHOSE).content is untouched
    assert strip_lines(b"", WHOSE) == strip_lines(b"", WHOSE)


def test_members_and_damage_of_gzip_are_read_to_the_end_that_can_be_read() -> None:
    two = gzip.compress(made() + b"\n") + gzip.compress(made(user_id="u1") + b"\n")
    assert gzip.decompress(strip_lines(two, WHOSE).content or b"") == made() + b"\n"
    noise = [json.dumps({"user_id": f"x{n}", "n": random.Random(n).random()}).encode() for n in range(300)]
    cut = gzip.compress(b"\n".join([made(user_id="u1"), *noise]))[:-2000]
    found = strip_lines(cut, WHOSE)
    assert found.removed == {"ann": 1} and found.content is not None
    assert is_damaged(found.content), "silver goes on to report the damage"
    before, after = list(salvage_lines(cut)), list(salvage_lines(found.content))
    assert after == before[1:]
    assert strip_lines(cut[:1000], lambda _: None).content == cut[:1000]
    with pytest.raises(zlib.error):
        zlib.decompress(cut)


def test_random_objects_lose_the_lines_of_people_and_nothing_else() -> None:
    for seed in range(150):
        dice = random.Random(seed)
        lines: list[tuple[bytes, str | None]] = []
        for number in range(dice.randrange(12)):
            owner = dice.choice([None, None, "ann", "bob"])
            user = {None: f"x{number}", "ann": "u1", "bob": "bob+x@example.org"}[owner]
            text = made(user_id=user, note="".join(dice.choices('u1@\\"/é ,{}:', k=dice.randrange(8))))
            if owner is None and dice.random() < 0.3:
                text = bytes(byte for byte in dice.randbytes(20) if byte not in b"\n")
            lines.append((text + dice.choice([b"", b"\r"]), owner))
        ends = [b"\n"] * len(lines)
        if lines and dice.random() < 0.5:
            ends[-1] = b""
        whole = b"".join(text + end for (text, _), end in zip(lines, ends, strict=True))
        stays = b"".join(text + end for (text, owner), end in zip(lines, ends, strict=True) if owner is None)
        content = gzip.compress(whole) if dice.random() < 0.5 else whole
        found = strip_lines(content, WHOSE)
        assert sum(found.removed.values()) == sum(owner is not None for _, owner in lines), seed
        rest = found.content if found.content is not None else b""
        rest = gzip.decompress(rest) if rest.startswith(b"\x1f\x8b") else rest
        # An object is removed when no line is left, blank ones or not.
        assert rest == stays or (found.content is None and not stays.strip()), seed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "JSONDecodeError"),
        ('{"batch":"b"}', "'subjects'"),
        ('{"batch":"b","subjects":[]}', "0 subjects"),
        ('{"batch":"b","subjects":[{"request":"r","hash":"h"}]}', "neither user_id nor emails"),
        ('{"batch":"b","subjects":[{"request":"r","user_id":"secret"}]}', "'hash'"),
    ],
)
def test_a_request_that_is_none_says_so_and_quotes_nothing(text: str, says: str) -> None:
    with pytest.raises(EraseRequestError, match=says) as caught:
        parse_batch(text, "s3://b/requests/b.json")
    assert "secret" not in str(caught.value) and "cli erase" in str(caught.value)
    assert "secret" not in repr(batch(subject("r", "secret", ["secret@x.org"])))
