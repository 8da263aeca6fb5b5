"""Pseudonymisation before silver: HMAC-SHA256 of personal data, e-mail addresses masked in free text.

The hash is built from Spark's own functions, since a Python function for each row costs about half the throughput. The
key travels as a broadcast one-row DataFrame: a literal would show up in query plans and in Spark's event log.
"""

from __future__ import annotations

import hashlib
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from .errors import SecretError

_BLOCK = 64
MIN_KEY_BYTES = 16

INNER, OUTER = "_hmac_inner", "_hmac_outer"

# Deliberately loose: a false match costs a few characters of a URL, a missed one leaks an address. %40 is @ in a URL.
# The lengths are those of RFC 5321; without a bound a megabyte without @ would be scanned once for every character.
_OUTSIDE = r"\s@/?&=:;,<>\"'(){}\[\]\\"
EMAIL_IN_TEXT = rf"[^{_OUTSIDE}]{{1,64}}(?:@|%40)[^{_OUTSIDE}.]{{1,63}}(?:\.[^{_OUTSIDE}.]{{1,63}})+"
EMAIL_MASK = "<email>"


def read_key(client: Any, secret_arn: str) -> bytes:
    """Key bytes of a Secrets Manager secret (its text as UTF-8); SecretError when it cannot be read or is too short."""
    try:
        answer = client.get_secret_value(SecretId=secret_arn)
    except Exception as cause:  # botocore's exceptions have no common importable base for all clients
        raise SecretError(f"secret {secret_arn} cannot be read: {cause}; check the job role and the ARN") from cause
    key = answer.get("SecretString", "").encode("utf-8") or bytes(answer.get("SecretBinary", b""))
    if len(key) < MIN_KEY_BYTES:
        raise SecretError(f"secret {secret_arn} has {len(key)} bytes; the pseudonymisation key needs {MIN_KEY_BYTES}")
    return key


def with_hmac_key(df: DataFrame, key: bytes, name: str = "") -> DataFrame:
    """Adds the two key blocks that `hmac_sha256` uses; drop them with `without_hmac_key` after the last use.

    :param name: tells the keys of a DataFrame apart when it needs two.
    """
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    pads = (bytearray(byte ^ 0x36 for byte in block), bytearray(byte ^ 0x5C for byte in block))
    keys = df.sparkSession.createDataFrame([pads], f"{name}{INNER} binary, {name}{OUTER} binary")
    return df.crossJoin(F.broadcast(keys))


def without_hmac_key(df: DataFrame, name: str = "") -> DataFrame:
    """Drops the key blocks."""
    return df.drop(f"{name}{INNER}", f"{name}{OUTER}")


def hmac_sha256(text: Column, name: str = "") -> Column:
    """Lower-case hex HMAC-SHA256 of a text's UTF-8 bytes, null for null; needs `with_hmac_key` before it."""
    inner = F.sha2(F.concat(F.col(f"{name}{INNER}"), text.cast("binary")), 256)
    return F.sha2(F.concat(F.col(f"{name}{OUTER}"), F.unhex(inner)), 256)


def email_hash(email: Column) -> Column:
    """Hash of a trimmed, lower-cased address: the same person typed in another case stays the same person."""
    return hmac_sha256(F.lower(F.trim(email)))


def masked(text: Column) -> Column:
    """Free text with every e-mail-like part replaced; cheap where there is neither @ nor %40."""
    # Not by instr, which takes five times as long.
    may_hold = text.contains("@") | text.contains("%40")
    return F.when(may_hold, F.regexp_replace(text, EMAIL_IN_TEXT, EMAIL_MASK)).otherwise(text)


def hashed_if_email(identifier: Column) -> Column:
    """An identifier as it is, or its hash when the producer used an e-mail address as one: it still joins."""
    return F.when(identifier.contains("@"), email_hash(identifier)).otherwise(identifier)
