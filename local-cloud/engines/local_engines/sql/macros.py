"""SQL functions of Trino that DuckDB lacks or has with another meaning, as DuckDB macros.

Names are Trino's where DuckDB has no such function, else they begin with `trino_`.
"""

from __future__ import annotations

import duckdb

_SCALAR = {
    # DuckDB answers null to a division by zero. Trino fails, except for floating point numbers.
    "trino_div(a, b)": """CASE WHEN b = 0 AND a IS NOT NULL AND typeof(a) NOT IN ('DOUBLE', 'FLOAT')
        AND typeof(b) NOT IN ('DOUBLE', 'FLOAT') THEN error('DIVISION_BY_ZERO: Division by zero') ELSE a / b END""",
    "trino_div_double(a, b)": """CASE WHEN b <> 0 THEN a / b WHEN a > 0 THEN 'inf'::DOUBLE WHEN a < 0 THEN '-inf'::DOUBLE
        WHEN a = 0 THEN 'nan'::DOUBLE END""",  # noqa: E501
    "trino_mod(a, b)": """CASE WHEN b = 0 AND a IS NOT NULL AND typeof(b) NOT IN ('DOUBLE', 'FLOAT')
        THEN error('DIVISION_BY_ZERO: Division by zero') ELSE a % b END""",
    # Trino: null for what is no scalar, and for text that is no JSON.
    "trino_json_scalar(j, p)": """CASE WHEN json_valid(j) AND json_type(j, p) NOT IN ('OBJECT', 'ARRAY')
        THEN json_extract_string(j, p) END""",
    "trino_json_extract(j, p)": "CASE WHEN json_valid(j) THEN json_extract(j, p) END",
    "json_parse(t)": "CAST(t AS JSON)",
    "json_format(j)": "CAST(j AS VARCHAR)",
    "json_size(j, p)": """CASE json_type(j, p) WHEN 'ARRAY' THEN json_array_length(j, p)
        WHEN 'OBJECT' THEN len(json_keys(j, p)) ELSE 0 END""",
    "json_array_get(j, i)": "json_extract_string(j, '$[' || CASE WHEN i < 0 THEN '#' ELSE '' END || i || ']')",
    "json_array_contains(j, v)": """list_contains(list_transform(json_extract(j, '$[*]'),
        lambda e: json_extract_string(e, '$')), CAST(v AS VARCHAR))""",
    "is_json_scalar(j)": "json_type(j) NOT IN ('OBJECT', 'ARRAY')",
    # DuckDB answers '' when nothing matches.
    "trino_regexp_extract(s, p, g)": "CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END",
    "trino_split_part(s, d, n)": "CASE WHEN n <= len(string_split(s, d)) THEN split_part(s, d, n) END",
    "trino_split(s, d, n)": """CASE WHEN len(string_split(s, d)) <= n THEN string_split(s, d)
        ELSE list_append(string_split(s, d)[1:n - 1], array_to_string(string_split(s, d)[n:], d)) END""",
    "trino_split_to_map(s, d, e)": """map_from_entries(list_transform(string_split(s, d),
        lambda x: {'key': split_part(x, e, 1), 'value': array_to_string(string_split(x, e)[2:], e)}))""",
    "trino_strpos(s, p, n)": """CASE WHEN n < len(string_split(s, p))
        THEN len(array_to_string(string_split(s, p)[1:n], p)) + 1 ELSE 0 END""",
    "regexp_position(s, p)": "CASE WHEN regexp_matches(s, p) THEN len(string_split_regex(s, p)[1]) + 1 ELSE -1 END",
    "regexp_count(s, p)": "len(regexp_extract_all(s, p))",
    "regexp_split(s, p)": "string_split_regex(s, p)",
    "codepoint(s)": "unicode(s)",
    "normalize(s)": "nfc_normalize(s)",
    "from_iso8601_date(s)": "CAST(s AS DATE)",
    "from_unixtime_nanos(n)": "make_timestamptz(n // 1000)",
    "trino_local_iso(t)": """CAST(regexp_replace(t,
        '^(.*[Tt ][0-9:.,]+)([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)$', '\\1') AS TIMESTAMP)""",
    "trino_substr(s, i)": "CASE WHEN i = 0 OR i < -length(s) THEN '' ELSE substring(s, i) END",
    "trino_substr_length(s, i, n)": "CASE WHEN i = 0 OR i < -length(s) THEN '' ELSE substring(s, i, n) END",
    "trino_millisecond(t)": "CAST(date_part('millisecond', t) AS BIGINT) % 1000",
    "last_day_of_month(d)": "last_day(d)",
    "at_timezone(t, z)": "CAST(t AS TIMESTAMPTZ) AT TIME ZONE z",
    "with_timezone(t, z)": "CAST(t AS TIMESTAMP) AT TIME ZONE z",
    "to_milliseconds(i)": "CAST(epoch_ms(i) AS BIGINT)",
    "trino_to_iso8601(t)": """CASE typeof(t) WHEN 'DATE' THEN strftime(t, '%Y-%m-%d')
        WHEN 'TIMESTAMP' THEN strftime(t, '%Y-%m-%dT%H:%M:%S.%g')
        ELSE strftime(CAST(t AS TIMESTAMPTZ), '%Y-%m-%dT%H:%M:%S.%gZ') END""",
    "trino_parse_duration(t)": """to_microseconds(CAST(round(CAST(regexp_extract(t, '^\\s*([0-9.]+)', 1) AS DOUBLE) *
        CASE regexp_extract(t, '([a-z]+)\\s*$', 1) WHEN 'd' THEN 86400e6 WHEN 'h' THEN 3600e6 WHEN 'm' THEN 60e6
        WHEN 's' THEN 1e6 WHEN 'ms' THEN 1e3 WHEN 'us' THEN 1 WHEN 'ns' THEN 1e-3
        ELSE error('INVALID_FUNCTION_ARGUMENT: duration is not a valid data duration string: ' || t) END)
        AS BIGINT))""",
    "trino_url_encode(t)": "replace(replace(replace(url_encode(t), '%20', '+'), '~', '%7E'), '%2A', '*')",
    "trino_url_decode(t)": "url_decode(replace(t, '+', ' '))",
    "url_extract_protocol(u)": "nullif(regexp_extract(u, '^([A-Za-z][A-Za-z0-9+.-]*):', 1), '')",
    "url_extract_host(u)": "nullif(regexp_extract(u, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/:?#]*)', 1), '')",
    "url_extract_port(u)": """CAST(nullif(regexp_extract(u,
        '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*:([0-9]+)', 1), '') AS BIGINT)""",
    "url_extract_path(u)": "regexp_extract(u, '^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[^/?#]*)?([^?#]*)', 1)",
    "url_extract_query(u)": "nullif(regexp_extract(u, '\\?([^#]*)', 1), '')",
    "url_extract_fragment(u)": "nullif(regexp_extract(u, '#(.*)$', 1), '')",
    "url_extract_parameter(u, n)": """url_decode(nullif(regexp_extract(u,
        '[?&]' || regexp_escape(n) || '=([^&#]*)', 1), ''))""",
    "is_nan(x)": "isnan(x)",
    "is_finite(x)": "isfinite(x)",
    "is_infinite(x)": "isinf(x)",
    "hamming_distance(a, b)": "hamming(a, b)",
    "nan()": "'nan'::DOUBLE",
    "infinity()": "'inf'::DOUBLE",
    "e()": "exp(1)",
    "trino_random(low, high)": "CAST(floor(random() * (high - low)) AS BIGINT) + low",
    # Java rounds a perfect cube to it.
    "trino_cbrt(x)": "CASE WHEN round(cbrt(x)) ^ 3 = x THEN round(cbrt(x)) ELSE cbrt(x) END",
    "trino_to_base(x, r)": "lower(to_base(x, r))",
    "trino_bit_count(x, bits)": """bit_count(CASE WHEN bits = 64 THEN CAST(x AS BIGINT)
        ELSE CAST(x AS BIGINT) & ((CAST(1 AS BIGINT) << CAST(bits AS BIGINT)) - 1) END)""",
    "bitwise_left_shift(x, n)": "CAST(CAST(x AS HUGEINT) << CAST(n AS HUGEINT) AS BIGINT)",
    "bitwise_right_shift_arithmetic(x, n)": "CAST(x AS BIGINT) >> CAST(n AS BIGINT)",
    "bitwise_right_shift(x, n)": """CASE WHEN n = 0 OR x >= 0 THEN CAST(x AS BIGINT) >> CAST(n AS BIGINT)
        ELSE (CAST(x AS BIGINT) >> CAST(n AS BIGINT)) & ((CAST(1 AS BIGINT) << CAST(64 - n AS BIGINT)) - 1) END""",
    "trino_typeof(x)": """CASE typeof(x) WHEN 'HUGEINT' THEN 'bigint' WHEN 'FLOAT' THEN 'real'
        WHEN 'BLOB' THEN 'varbinary' WHEN 'TIMESTAMP' THEN 'timestamp(3)'
        WHEN 'TIMESTAMP WITH TIME ZONE' THEN 'timestamp(3) with time zone' ELSE lower(typeof(x)) END""",
    # Java's scientific form; `d` is what DuckDB prints, in digits and exponent.
    "engine_exponent(i, f, e)": """CASE WHEN i <> '0' THEN len(i) - 1 + e
        ELSE e - 1 - (len(f) - len(ltrim(f, '0'))) END""",
    "engine_digits(d)": "d[1] || '.' || coalesce(nullif(rtrim(d[2:], '0'), ''), '0')",
    "engine_double_text(m, e)": """engine_digits(ltrim(split_part(m, '.', 1) || split_part(m, '.', 2), '0')) || 'E' ||
        engine_exponent(split_part(m, '.', 1), split_part(m, '.', 2), e)""",
    "trino_double_text(x)": """CASE WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN if(x > 0, 'Infinity', '-Infinity')
        WHEN x = 0 THEN '0E0' ELSE if(x < 0, '-', '') || engine_double_text(
        split_part(CAST(abs(x) AS VARCHAR), 'e', 1),
        coalesce(TRY_CAST(split_part(CAST(abs(x) AS VARCHAR), 'e', 2) AS INTEGER), 0)) END""",
    "truncate(x)": "trunc(x)",
    "from_base(s, r)": """list_reduce(list_transform(string_split(lower(s), ''),
        lambda c: CAST(strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) - 1 AS BIGINT)), lambda a, b: a * r + b)""",
    "width_bucket(x, low, high, n)": """CASE WHEN x < low THEN 0 WHEN x >= high THEN n + 1
        ELSE CAST(floor((x - low) / (high - low)::DOUBLE * n) AS BIGINT) + 1 END""",
    "array_join(a, d)": "array_to_string(a, d)",
    "array_max(a)": "list_max(a)",
    "array_min(a)": "list_min(a)",
    "trino_localtimestamp()": "CAST(now() AS TIMESTAMP)",
    "trino_array_subscript(a, i)": """CASE WHEN i > len(a)
        THEN error('INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: '
            || i || ' > ' || len(a))
        WHEN i = 0 THEN error('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1')
        WHEN i < 0 THEN error('INVALID_FUNCTION_ARGUMENT: Array subscript is negative: ' || i) ELSE a[i] END""",
    "trino_map_subscript(m, k)": """CASE WHEN m IS NULL OR map_contains(m, k) THEN m[k]
        ELSE error('INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || k) END""",
    # Order of the first occurrences; a null counts as a value.
    "trino_array_distinct(a)": "list_filter(a, lambda x, i: list_position(a, x) = i)",
    "trino_array_union(a, b)": "trino_array_distinct(list_concat(a, b))",
    "trino_array_except(a, b)": "trino_array_distinct(list_filter(a, lambda x: list_position(b, x) IS NULL))",
    "trino_array_intersect(a, b)": "trino_array_distinct(list_filter(a, lambda x: list_position(b, x) IS NOT NULL))",
    "ngrams(a, n)": """CASE WHEN n >= len(a) THEN [a]
        ELSE list_transform(generate_series(1, len(a) - n + 1), lambda i: a[i:i + n - 1]) END""",
    "trino_map_entries(m)": "list_transform(map_entries(m), lambda e: {'_0': e.key, '_1': e.value})",
    "array_remove(a, v)": "list_filter(a, lambda x: x <> v)",
    "arrays_overlap(a, b)": "list_has_any(a, b)",
    "array_position(a, v)": "coalesce(list_position(a, v), 0)",
    "repeat_array(v, n)": "list_transform(range(n), lambda i: v)",
    "zip(a, b)": """list_transform(generate_series(1, greatest(len(a), len(b))),
        lambda i: {'_0': a[i], '_1': b[i]})""",
    "trino_slice(a, s, n)": "CASE WHEN s > 0 THEN a[s:s + n - 1] ELSE a[len(a) + s + 1:len(a) + s + n] END",
    "map_agg(k, v)": "map(list(k) FILTER (k IS NOT NULL), list(v) FILTER (k IS NOT NULL))",
    "every(x)": "bool_and(x)",
    "geometric_mean(x)": "exp(avg(ln(x)))",
}  # fmt: skip


def create_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Creates all of them in the connection's database."""
    for signature, body in _SCALAR.items():
        connection.execute(f"CREATE OR REPLACE MACRO {signature} AS ({body})")
