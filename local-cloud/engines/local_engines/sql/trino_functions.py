"""The functions and types that Athena engine version 3 (Trino) has, whether the local target runs them or not.

Without this list a function of DuckDB would work here and fail on AWS. Source: "List of functions by topic" of Trino's
documentation, less what came after the version that Athena is based on, plus what its parser takes as functions.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.tokens import Token, TokenType

from ..errors import EngineError

_FUNCTIONS = """
    any_value approx_distinct approx_most_frequent approx_percentile approx_set arbitrary array_agg avg
    bitwise_and_agg bitwise_or_agg bitwise_xor_agg bool_and bool_or checksum corr count count_if covar_pop covar_samp
    every geometric_mean grouping histogram kurtosis listagg map_agg map_union max max_by merge min min_by multimap_agg
    numeric_histogram qdigest_agg reduce_agg regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx
    regr_sxy regr_syy skewness stddev stddev_pop stddev_samp sum tdigest_agg var_pop var_samp variance
    cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number

    all_match any_match array array_distinct array_except array_intersect array_join array_max array_min array_position
    array_remove array_sort array_union arrays_overlap cardinality combinations concat contains contains_sequence
    element_at filter flatten ngrams none_match reduce repeat reverse sequence shuffle slice transform trim_array zip
    zip_with map map_concat map_entries map_filter map_from_entries map_keys map_values map_zip_with
    multimap_from_entries transform_keys transform_values row unnest

    crc32 from_base32 from_base64 from_base64url from_big_endian_32 from_big_endian_64 from_hex from_ieee754_32
    from_ieee754_64 hmac_md5 hmac_sha1 hmac_sha256 hmac_sha512 length lpad md5 murmur3 rpad sha1 sha256 sha512
    spooky_hash_v2_32 spooky_hash_v2_64 substr to_base32 to_base64 to_base64url to_big_endian_32 to_big_endian_64 to_hex
    to_ieee754_32 to_ieee754_64 xxhash64 bit_count bitwise_and bitwise_left_shift bitwise_not bitwise_or
    bitwise_right_shift bitwise_right_shift_arithmetic bitwise_xor bar color render rgb

    greatest least coalesce if nullif try cast format try_cast typeof
    current_date current_time current_timestamp localtime localtimestamp current_timezone date date_add date_diff
    date_format date_parse date_trunc extract format_datetime from_iso8601_date from_iso8601_timestamp
    from_iso8601_timestamp_nanos from_unixtime from_unixtime_nanos human_readable_seconds last_day_of_month now
    parse_datetime parse_duration parse_data_size timezone_hour timezone_minute to_iso8601 to_milliseconds to_unixtime
    with_timezone at_timezone day day_of_month day_of_week day_of_year dow doy hour millisecond minute month quarter
    second week week_of_year year year_of_week yow

    is_json_scalar json_array json_array_contains json_array_get json_array_length json_exists json_extract
    json_extract_scalar json_format json_object json_parse json_query json_size json_value

    abs acos asin atan atan2 beta_cdf cbrt ceil ceiling cos cosh cosine_similarity degrees e exp floor from_base
    infinity inverse_beta_cdf inverse_normal_cdf is_finite is_infinite is_nan ln log log10 log2 mod nan normal_cdf pi
    pow power radians rand random round sign sin sinh sqrt tan tanh to_base truncate width_bucket wilson_interval_lower
    wilson_interval_upper

    regexp_count regexp_extract regexp_extract_all regexp_like regexp_position regexp_replace regexp_split
    chr codepoint concat_ws from_utf8 hamming_distance levenshtein_distance lower ltrim luhn_check normalize position
    replace rtrim soundex split split_part split_to_map split_to_multimap starts_with strpos substring to_utf8 translate
    trim upper word_stem char2hexint index to_char to_timestamp to_date
    url_decode url_encode url_extract_fragment url_extract_host url_extract_parameter url_extract_path url_extract_port
    url_extract_protocol url_extract_query uuid version current_catalog current_schema current_user current_groups

    empty_approx_set value_at_quantile values_at_quantiles make_set_digest merge_set_digest intersection_cardinality
    jaccard_index hash_counts classify features learn_classifier learn_libsvm_classifier learn_libsvm_regressor
    learn_regressor regress bing_tile bing_tile_at bing_tile_coordinates bing_tile_polygon bing_tile_quadkey
    bing_tile_zoom_level bing_tiles_around convex_hull_agg from_encoded_polyline from_geojson_geometry
    geometry_from_hadoop_shape geometry_invalid_reason geometry_nearest_points geometry_to_bing_tiles geometry_union
    geometry_union_agg great_circle_distance line_interpolate_point line_interpolate_points line_locate_point
    simplify_geometry spatial_partitioning spatial_partitions st_area st_asbinary st_astext st_boundary st_buffer
    st_centroid st_contains st_convexhull st_coorddim st_crosses st_difference st_dimension st_disjoint st_distance
    st_endpoint st_envelope st_envelopeaspts st_equals st_exteriorring st_geometries st_geometryfromtext st_geometryn
    st_geometrytype st_geomfrombinary st_interiorringn st_interiorrings st_intersection st_intersects st_isclosed
    st_isempty st_isring st_issimple st_isvalid st_length st_linefromtext st_linestring st_multipoint st_numgeometries
    st_numinteriorring st_numpoints st_overlaps st_point st_pointn st_points st_polygon st_relate st_startpoint
    st_symdifference st_touches st_union st_within st_x st_xmax st_xmin st_y st_ymax st_ymin to_encoded_polyline
    to_geojson_geometry to_geometry to_spherical_geography

    classifier first last match_number next permute prev exists any all some values table exclude_columns
    """
FUNCTIONS = frozenset(_FUNCTIONS.split())

_TYPES = """boolean tinyint smallint integer int bigint real double decimal varchar char varbinary json date time
    timestamp
    interval array map row ipaddress uuid hyperloglog p4hyperloglog qdigest
    tdigest setdigest unknown geometry
    sphericalgeography bingtile color"""
TYPES = frozenset(_TYPES.split())


class UnknownNameError(EngineError):
    """A function or type that Trino does not have; the message is Trino's, with the place."""


def check_names(query: exp.Expr, sql: str) -> None:
    """Raises UnknownNameError for the first call or cast in `sql`, of which `query` was made, that Trino refuses."""
    for node in query.find_all(exp.Func, bfs=False):
        name = sql[node.meta["start"] : node.meta["end"] + 1].strip('"').lower() if "start" in node.meta else ""
        if isinstance(node, exp.Columns) or (name and name not in FUNCTIONS):
            raise UnknownNameError(f"FUNCTION_NOT_FOUND: {_place(node.meta)}Function '{name}' not registered")
        if name == "array" and any(isinstance(element, exp.Query) for element in node.expressions):
            raise UnknownNameError(f"SYNTAX_ERROR: {_place(node.meta)}ARRAY takes no query; use array_agg")
    tokens = list(sqlglot.tokenize(sql, read="trino"))
    for index, token in enumerate(tokens[:-1]):
        if token.text.upper() in ("CAST", "TRY_CAST") and tokens[index + 1].token_type == TokenType.L_PAREN:
            kind = _cast_type(tokens, index + 1)
            if kind is not None and kind.text.lower().partition(" ")[0] not in TYPES:
                meta = {"line": token.line, "col": token.col, "start": token.start, "end": token.end}
                raise UnknownNameError(f"TYPE_NOT_FOUND: {_place(meta)}Unknown type: {kind.text}")


def _place(meta: dict[str, int]) -> str:
    return f"line {meta['line']}:{meta['col'] - (meta['end'] - meta['start'])}: " if "line" in meta else ""


def _cast_type(tokens: list[Token], at: int) -> Token | None:
    """The first token of the type in `(value AS type)`, whose parenthesis is at `at`."""
    depth = 0
    found: Token | None = None
    for index in range(at, len(tokens) - 1):
        token = tokens[index]
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        if depth == 0:
            break
        if depth == 1 and token.token_type == TokenType.ALIAS:
            found = tokens[index + 1]
    return found
