"""SQL macros by which DuckDB reads cells strictly and writes JSON.

DuckDB's own casts guess (`1.7` becomes 2, `yes` becomes true, `0x10` becomes 16), so every cell is
held against a strict pattern first and what does not fit is null. As macros they keep both the
Ibis expressions and the SQL small, which is most of the cost of a short list.
"""

from __future__ import annotations

from engine.language.literals import MOMENT_LIMITS
from engine.screening.facts import FactState
from engine.screening.inputs import UNREADABLE

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_HOUR = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_CLOCK = rf"{_HOUR}(:[0-9]{{2}}(\.[0-9]{{1,6}})?)?"
_OFFSET = rf"([Zz]|[+-]{_HOUR})"
_MIDNIGHT = r"[T ]00:00(:00(\.0{1,6})?)?"
_NUMBER = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
_RFC3339 = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(\.[0-9]{1,6}0*)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
_YEAR_ONE = -MOMENT_LIMITS[0]

MACROS = (
    # trim copies every cell; only one with a space, which may be one beyond ASCII, can change.
    """upfront_clean(t) AS
        CASE WHEN contains(t, ' ') OR strlen(t) <> length(t) THEN trim(t) ELSE t END""",
    r"""upfront_integer(t) AS
        CASE WHEN regexp_full_match(t, '[+-]?[0-9]+') THEN try_cast(t AS BIGINT) END""",
    # Adding nothing takes the sign off -0.0, which is another text, and so another key of a pool.
    """upfront_finite(n) AS CASE WHEN isfinite(n) THEN n + 0.0::DOUBLE END""",
    f"""upfront_number(t) AS
        CASE WHEN regexp_full_match(t, '{_NUMBER}') THEN upfront_finite(try_cast(t AS DOUBLE)) END""",
    """upfront_number_with(t, sign) AS
        CASE WHEN NOT contains(t, '.') THEN upfront_number(replace(t, sign, '.')) END""",
    """upfront_boolean(t) AS
        CASE WHEN lower(t) = 'true' THEN true WHEN lower(t) = 'false' THEN false END""",
    """upfront_instant(local, zone) AS epoch_us(timezone(zone, local))""",
    f"""upfront_date(t, zone) AS
        CASE WHEN regexp_full_match(t, '{_DATE}({_MIDNIGHT})?') AND left(t, 4) <> '0000'
        THEN upfront_instant(try_cast(t AS TIMESTAMP), zone) END""",
    """upfront_date_as(t, form, zone) AS
        CASE WHEN try_strptime(t, form) = date_trunc('day', try_strptime(t, form))
        THEN upfront_instant(try_strptime(t, form), zone) END""",
    # Both ways of reading a moment are slow, so each cell goes only the one that fits it.
    f"""upfront_moment(t, zone) AS
        CASE WHEN left(t, 4) = '0000' THEN NULL
             WHEN regexp_full_match(t, '{_DATE}[T ]{_CLOCK}{_OFFSET}')
             THEN epoch_us(try_cast(t AS TIMESTAMPTZ))
             WHEN regexp_full_match(t, '{_DATE}([T ]{_CLOCK})?')
             THEN upfront_instant(try_cast(t AS TIMESTAMP), zone) END""",
    """upfront_moment_as(t, form, zone) AS upfront_instant(try_strptime(t, form), zone)""",
    # Of a format with an offset DuckDB makes an instant, which is in no zone any more.
    """upfront_offset_as(t, form) AS epoch_us(try_strptime(t, form))""",
    """upfront_items(t, mark) AS list_filter(
        list_transform(string_split(t, mark), lambda p: upfront_clean(p)), lambda p: p <> ''
    )""",
    f"""upfront_strings(t, mark) AS nullif(upfront_items(nullif(t, '{UNREADABLE}'), mark), [])""",
    f"""upfront_state(v, t) AS
        CASE WHEN v IS NOT NULL THEN {FactState.VALUE:d}::TINYINT
             WHEN t IS NULL OR t = '' THEN {FactState.ABSENT:d}::TINYINT
             ELSE {FactState.UNREADABLE:d}::TINYINT END""",
    """upfront_local(us, zone, form) AS strftime(timezone(zone, make_timestamptz(us)), form)""",
    """upfront_iso(us) AS
        CASE WHEN us % 1000000 = 0 THEN strftime(make_timestamp(us), '%Y-%m-%dT%H:%M:%SZ')
        ELSE strftime(make_timestamp(us), '%Y-%m-%dT%H:%M:%S.%fZ') END""",
    # CEL's whole numbers; DuckDB would read small ones that are written out as of 32 bits.
    """upfront_plus(a, b) AS try(a::BIGINT + b::BIGINT)""",
    """upfront_minus(a, b) AS try(a::BIGINT - b::BIGINT)""",
    """upfront_times(a, b) AS try(a::BIGINT * b::BIGINT)""",
    """upfront_over(a, b) AS try(divide(a::BIGINT, nullif(b::BIGINT, 0)))""",
    """upfront_modulo(a, b) AS try(a::BIGINT % nullif(b::BIGINT, 0))""",
    # CEL's conversions; doubles at the edge of the whole numbers are out of range, on both sides.
    f"""upfront_int_of_number(n) AS
        CASE WHEN abs(n) < {2.0**63} THEN try_cast(trunc(n) AS BIGINT) END""",
    f"""upfront_int_of_moment(us) AS divide(us + {_YEAR_ONE}, 1000000) - {_YEAR_ONE // 1_000_000}""",
    f"""upfront_moment_of_text(t) AS
        CASE WHEN regexp_full_match(t, '{_RFC3339}') AND left(t, 4) <> '0000'
        THEN epoch_us(try_cast(t AS TIMESTAMPTZ)) END""",
    """upfront_decimals(n) AS
        CASE WHEN n = 0 THEN '' ELSE '.' || rtrim(lpad(n::VARCHAR, 6, '0'), '0') END""",
    """upfront_text_of_moment(us) AS
        strftime(make_timestamp(us), '%Y-%m-%dT%H:%M:%S')
        || upfront_decimals(microsecond(make_timestamp(us)) % 1000000) || 'Z'""",
    """upfront_text_of_span(us) AS
        CASE WHEN us < 0 THEN '-' ELSE '' END || divide(abs(us), 1000000)
        || upfront_decimals(abs(us) % 1000000) || 's'""",
    # What a clock shows: in a zone, or so many microseconds ahead of UTC.
    """upfront_clock(us, zone) AS timezone(zone, make_timestamptz(us))""",
    """upfront_clock_at(us, ahead) AS make_timestamp(us + ahead)""",
    # Kleene's OR and AND of a list of answers.
    """upfront_exists(answers) AS list_reduce(answers, lambda a, b: a OR b, false)""",
    """upfront_all(answers) AS list_reduce(answers, lambda a, b: a AND b, true)""",
    """upfront_exists_one(answers) AS
        list_reduce(list_transform(answers, lambda a: a::INTEGER), lambda a, b: a + b, 0) = 1""",
    """upfront_json(v) AS to_json(v)::VARCHAR""",
)
"""Each is what follows CREATE MACRO; a macro may use those before it."""
