"""SQL functions of Redshift that DuckDB lacks or has with another meaning, as DuckDB macros.

Their errors begin with `redshift: `, behind which stands Redshift's message (see errors.py).
"""

from __future__ import annotations

import duckdb

_SCALAR = {
    # DuckDB answers null to a division by zero.
    "redshift_div(a, b)": """CASE WHEN b = 0 AND a IS NOT NULL THEN error('redshift: Divide by zero')
        ELSE a / b END""",
    "redshift_mod(a, b)": "CASE WHEN b = 0 AND a IS NOT NULL THEN error('redshift: Divide by zero') ELSE a % b END",
    # Long division of two 128-bit integers, as text: 36 digits behind the point. DuckDB divides decimals as doubles.
    "redshift_digits(r, b)": "lpad(CAST(abs(r // b) AS VARCHAR), 6, '0')",
    "redshift_next(r, b)": "(r % b) * 1000000",
    "redshift_fraction(r, b)": """redshift_digits(r, b) || redshift_digits(redshift_next(r, b), b)
        || redshift_digits(redshift_next(redshift_next(r, b), b), b)
        || redshift_digits(redshift_next(redshift_next(redshift_next(r, b), b), b), b)
        || redshift_digits(redshift_next(redshift_next(redshift_next(redshift_next(r, b), b), b), b), b)
        || redshift_digits(redshift_next(redshift_next(redshift_next(redshift_next(redshift_next(r, b), b), b), b), b),
        b)""",
    "redshift_quotient(a, b)": """CASE WHEN a IS NULL OR b IS NULL THEN NULL
        WHEN b = 0 THEN error('redshift: Divide by zero')
        ELSE CASE WHEN (a < 0) <> (b < 0) THEN '-' ELSE '' END || CAST(abs(a // b) AS VARCHAR) || '.'
        || redshift_fraction(redshift_next(a, b), b) END""",
    "redshift_now()": "CAST(now() AS TIMESTAMP)",
    # As many whole characters as fit into n bytes: what an explicit cast leaves.
    "redshift_fit(t, n)": """CASE WHEN strlen(t) <= n THEN t WHEN strlen(t) = length(t) THEN left(t, n)
        ELSE left(t, len(list_filter(range(1, length(t) + 1), lambda i: strlen(left(t, i)) <= n))) END""",
    # Assignment: what does not fit is an error, except for blanks at the end.
    "redshift_varchar(t, n)": """CASE WHEN t IS NULL OR strlen(t) <= n THEN t
        WHEN strlen(rtrim(t, ' ')) <= n THEN redshift_fit(t, n)
        ELSE error('redshift: value too long for type character varying(' || n || ')') END""",
    # Blanks at the end of a CHAR mean nothing, so none are kept; they are shown again with a result.
    "redshift_char(t, n)": """CASE WHEN t IS NULL THEN t WHEN strlen(t) <> length(t)
        THEN error('redshift: CHAR string contains invalid ASCII character; use VARCHAR')
        WHEN strlen(rtrim(t, ' ')) <= n THEN rtrim(t, ' ')
        ELSE error('redshift: value too long for type character(' || n || ')') END""",
    "redshift_strtol(t, b)": """list_reduce(list_transform(string_split(lower(t), ''), lambda c:
        CASE WHEN strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) BETWEEN 1 AND b
        THEN CAST(strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) - 1 AS BIGINT)
        ELSE error('redshift: The input ' || t || ' is not valid to be converted to base ' || b) END),
        lambda x, y: x * b + y)""",
    "redshift_json_path(j, p)": "coalesce(json_extract_string(CAST(j AS JSON), p), '')",
    "redshift_json_path_lenient(j, p)": "CASE WHEN json_valid(j) THEN redshift_json_path(j, p) END",
    "redshift_add_months(d, n)": """CASE WHEN CAST(d AS DATE) = last_day(d)
        THEN last_day(CAST(d AS TIMESTAMP) + to_months(CAST(n AS INTEGER))) + (CAST(d AS TIMESTAMP) - CAST(d AS DATE))
        ELSE CAST(d AS TIMESTAMP) + to_months(CAST(n AS INTEGER)) END""",
}  # fmt: skip


def create_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Creates all of them in the connection's database in memory."""
    for signature, body in _SCALAR.items():
        connection.execute(f"CREATE OR REPLACE MACRO {signature} AS ({body})")
