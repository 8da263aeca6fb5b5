"""Which functions a query may call. Everything else is refused by name: DuckDB may have a function of the same name
that does something else, and that would look like an answer."""

from __future__ import annotations

from sqlglot import exp

from .errors import RedshiftError, unsupported

_CLASSES = """
    And Or Xor Case If Cast TryCast Coalesce Nullif Nvl2 DecodeCase Greatest Least Exists
    Count Sum Avg Min Max AnyValue Median GroupConcat ApproxDistinct PercentileCont PercentileDisc
    Stddev StddevSamp StddevPop Variance VariancePop LogicalAnd LogicalOr
    RowNumber Rank DenseRank PercentRank CumeDist Ntile Lag Lead FirstValue LastValue NthValue
    Upper Lower Trim Length Left Right Substring StrPosition Replace Reverse Repeat Concat Pad Chr Ascii Unicode
    SplitPart Translate ByteLength Initcap
    RegexpExtract RegexpReplace RegexpCount RegexpInstr RegexpLike RegexpILike
    Abs Sign Sqrt Pow Exp Ln Log Ceil Floor Round Trunc Mod Pi Rand Cbrt Degrees Radians Sin Cos Tan Asin Acos Atan
    CurrentTimestamp CurrentDate CurrentUser SessionUser
    TsOrDsAdd TsOrDsDiff DateAdd DateDiff DateSub DateTrunc TimestampTrunc Extract LastDay ConvertTimezone
    TimeToStr StrToDate StrToTime TsOrDsToDate Date TsOrDsToTimestamp Timestamp
    MD5 SHA SHA2 FromBase ParseJSON JSONExtractScalar
    """
#: sqlglot's classes of the functions, operators and expressions that are translated and tested.
_KNOWN = frozenset(_CLASSES.split())
_NAMES = """
    func_sha1 json_extract_array_element_text json_array_length is_valid_json is_valid_json_array json_serialize
    ratio_to_report octet_length charindex
    """
#: Name of ADD_MONTHS in the tree; see translate.py.
ADD_MONTHS = "engine_add_months"
#: Functions that sqlglot has no class for.
_ANONYMOUS = frozenset([*_NAMES.split(), ADD_MONTHS])


def check_functions(tree: exp.Expr) -> None:
    """Raises RedshiftError for the first call that the local target does not know."""
    for node in tree.find_all(exp.Func, bfs=False):
        if isinstance(node, (exp.Anonymous, exp.AnonymousAggFunc)):
            name = node.name.lower()
            if name not in _ANONYMOUS:
                raise unsupported(f"function {name}()")
        elif type(node).__name__ not in _KNOWN:
            raise unsupported(f"function {node.sql_name().lower()}()")
    for kind, what in _REFUSED.items():
        found = tree.find(kind)
        if found is not None:
            raise unsupported(what)


_REFUSED: dict[type[exp.Expr], str] = {
    exp.Pivot: "PIVOT and UNPIVOT",
    exp.Unnest: "UNNEST",
    exp.Lateral: "LATERAL",
    exp.Into: "SELECT INTO",
    exp.Bracket: "navigation of SUPER by [ ]",
    exp.Parameter: "a parameter with @",
    exp.Placeholder: "a parameter that was given no value",
    exp.Lock: "SELECT … FOR UPDATE",
    exp.Connect: "CONNECT BY",
}


def require(condition: bool, what: str) -> None:
    """Raises RedshiftError for a form of a known function that the local target lacks."""
    if not condition:
        raise unsupported(what)


#: TO_CHAR's, TO_DATE's and TO_TIMESTAMP's pattern -> DuckDB's; the longest name first.
_FORMATS = (
    ("YYYY", "%Y"), ("YY", "%y"), ("MONTH", ""), ("MON", "%b"), ("MM", "%m"), ("DDD", "%j"), ("DD", "%d"), ("DAY", ""),
    ("DY", "%a"), ("HH24", "%H"), ("HH12", "%I"), ("HH", "%I"), ("MI", "%M"), ("SS", "%S"), ("MS", "%g"),
    ("US", "%f"), ("AM", "%p"), ("PM", "%p"),
)  # fmt: skip


def datetime_pattern(pattern: str) -> str:
    """A pattern for strftime and strptime; raises RedshiftError for one that the local target does not know."""
    out, at = "", 0
    upper = pattern.upper()
    while at < len(pattern):
        token = next(((name, to) for name, to in _FORMATS if upper.startswith(name, at)), None)
        if token is None:
            if pattern[at].isalnum():
                raise unsupported(f"the date pattern '{pattern}'")
            out, at = out + pattern[at].replace("%", "%%"), at + 1
            continue
        name = pattern[at : at + len(token[0])]
        # Redshift writes a name in the case of the pattern, DuckDB always as `Mon`.
        if not token[1] or (token[0] in ("MON", "DY") and name != token[0].title()):
            raise unsupported(f"{name} in the date pattern '{pattern}'")
        out, at = out + token[1], at + len(token[0])
    return out


def similar_to(pattern: str) -> str:
    """A regular expression for SQL's SIMILAR TO pattern."""
    out, escaped = "", False
    for char in pattern:
        if escaped:
            out, escaped = out + "\\" + char, False
        elif char == "\\":
            escaped = True
        else:
            out += {"%": ".*", "_": ".", ".": "\\.", "^": "\\^", "$": "\\$"}.get(char, char)
    if escaped:
        raise RedshiftError(f"invalid escape at the end of the pattern '{pattern}'")
    return out
