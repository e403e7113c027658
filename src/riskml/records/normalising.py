"""One form for what sources write in many: text, identifiers, codes, dates, numbers and flags, as SQL expressions for
loading.

Both sides of every join pass through here once, so that ``x`` meets ``X`` and a full-width code meets its half-width
one. Every expression is idempotent. Most columns of most deliveries are in their `usual form` throughout; they need
none of this, and what tells so is one cheap test a value.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

from riskml.engines.duckdb import literal, literals
from riskml.records.tables import SQL_TYPES, Column
from riskml.records.uscc import ALPHABET, is_valid_sql

_BLANK = r"\t-\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{2800}\x{3000}"
_INVISIBLE = (
    r"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\x{ad}\x{34f}\x{61c}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180f}\x{200b}-\x{200f}"
    r"\x{202a}-\x{202e}\x{2060}-\x{206f}\x{3164}\x{fe00}-\x{fe0f}\x{feff}\x{ffa0}\x{fff0}-\x{fffb}\x{e0000}-\x{e0fff}"
)
"""Control characters, zero-width and bidi marks, the byte-order mark, variation selectors: nobody sees them, and they
part what is equal.
"""

_UNTIDY = f"[{_INVISIBLE}{_BLANK.replace(' ', '')}]|^ | $|  "

PLACEHOLDERS = (
    "null", "(null)", "[null]", "<null>", "none", "nil", "nan", "nat", "na", "n/a", "#n/a", "undefined", r"\n", "-",
    "--", "---",
    "—", "——", "－", "/", "//", ".", "。", "?", "？", "*", "无", "无。", "空", "暂无", "暂缺", "不详", "未知", "未填",
    "未填写", "待补",
    "ｎｕｌｌ", "（null）", "ｎｏｎｅ", "ｎａｎ", "ｎａ", "ｎ／ａ", "＃ｎ／ａ", "／", "＊", "．",
)  # fmt: skip
"""What people and programs write where there is nothing to write, in lower case. A column's own codes come before
these.
"""

OPEN_WORDS = (
    "长期", "长期有效", "永久", "永久有效", "永久性", "终身", "无固定期限", "无固定期", "无期限", "无限期", "不限",
    "不限期", "不约定期限",
    "至今", "未移出", "未解除", "未注销", "未结束", "open", "present", "permanent", "indefinite", "forever",
)  # fmt: skip
"""An end that says that there is none."""

OPEN_DATES = ("2099-12-31", "2199-12-31", "2999-12-31", "3000-01-01", "3000-12-31", "9999-01-01", "9999-12-31")
"""Days by which programs say the same."""

NEVER = date(2199, 12, 31)
"""Stored for an expiry that never comes (a ban for life); later dates do not fit the types of other programs."""

_FULL = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "　‐‑‒–—―−﹣￥"
_HALF = "".join(chr(code) for code in range(0x21, 0x7F)) + " --------¥"

_TO_STAR = "●•×✱？?■□█▇▓◆", "************"
_SEVENTEEN_AND_X = "^((?:[0-9][- ]?){17})[ⅩⅹХхΧχ×✕╳]$"
"""An identity number whose last character only looks like an X: a Roman ten, a Cyrillic or Greek letter, a
multiplication sign.
"""

_NOBODY = r"^[^0-9]*$|[#_.…]|[^0-9A-Z\p{Han}]{3}"
"""What no document of identity looks like: no digit at all, errors and roundings of spreadsheets (``#REF!``,
``5.3E+17``), dashes in a row.
"""

PERSON_NAME = r"[\p{Han}·]{2,}"
"""A person's name in the place of an identity."""

_PLAIN_ID = "[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9X]|9[123][0-9]{6}[0-9A-Z]{10}"
"""How nearly every identity number and credit code looks: what names nobody is looked for in the others alone, at a
fifth of the cost.
"""

_PROVINCES = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]"
_SIX = f"(?:{_PROVINCES})[0-9]{{4}}"
_NINE = f"{_SIX}(?:[1-9][0-9]{{2}}|[0-9][1-9][0-9]|[0-9]{{2}}[1-9])"
_INDUSTRY = "[A-T](?:[0-9]{2,4})?|[0-9]{2,4}"
_CAPITALS = "[0-9A-Z]{1,14}|[0-9A-Z]{16,}"
_DAY = (
    r"(\d{4}) *[-/.年] *(\d{1,2}) *[-/.月] *(\d{1,2}) *日?(?:T| "
    r"*)(?:\d{1,2}[:时点]\d{1,2}(?:[:分]\d{1,2}(?:\.\d+)?)?[分秒]?)?"
)
_INSTANT = r"\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)? *(?:Z|[+-]\d{2}(?::?\d{2})?)"
_DIGITS = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)"
_MONEY = rf"(?:人民币|RMB|CNY|¥)? *({_DIGITS}(?:\.\d*)?) *(亿|千万|百万|十万|万|千|百)?(元|圆)? *(?:人民币)?整?"
_COUNT = rf"({_DIGITS})(?:\.0*)? *(?:人|名|项|次|个|家|条|户|年|年度)?"
_NUMBER = rf"({_DIGITS}(?:\.\d+)?) *(?:人|名|项|次|个|家|条|户|年|件|台|辆|亩|吨)?"
_UNITS = {"亿": "10000", "千万": "1000", "百万": "100", "十万": "10", "万": "1", "千": "0.1", "百": "0.01"}
_YES, _NO = ("是", "y", "yes", "true", "t", "1", "真", "√"), ("否", "n", "no", "false", "f", "0", "假", "×")

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""GB 11643-1999."""


def is_usual_sql(column: Column, text: str, *, identifier: str) -> str:
    """True where `text`, as delivered, is as `usual_sql` takes it; to be asked of what is not null."""
    empty = f"strlen({text}) <= 12 AND lower({text}) IN ({literals(('', *PLACEHOLDERS))})"
    match column.type:
        case "date":
            return f"coalesce({_iso_day(text)}, false)"
        case "flag":
            return f"lower({text}) IN ({literals((*_YES, *_NO))})"
        case "integer":
            return f"coalesce(TRY_CAST({text} AS DECIMAL(28, 8)) = TRY_CAST({text} AS BIGINT), false)"
        case "amount" | "share" | "number":
            return f"TRY_CAST({text} AS {SQL_TYPES[column.type]}) IS NOT NULL"
    if column.codes is not None:
        return f"{text} IN ({literals(column.codes)})"
    if column.form == "plain" or (identifier == "free" and column.form != "identifier"):
        return f"NOT (regexp_matches({text}, '{_UNTIDY}') OR ({empty}))"
    form = {
        "identifier": "[0-9A-Z]+" if identifier == "free" else _CAPITALS,
        "division": _SIX,
        "street": _NINE,
        "area": f"{_SIX}|{_NINE}",
        "industry": _INDUSTRY,
    }[column.form]
    return f"regexp_full_match({text}, '{form}') AND NOT ({empty})"


def usual_sql(column: Column, text: str) -> str:
    """A `text` in its usual form, in the type of `column`."""
    if column.type == "flag":
        return f"lower({text}) IN ({literals(_YES)})"
    return text if column.type == "text" else f"TRY_CAST({text} AS {SQL_TYPES[column.type]})"


def text_sql(text: str, *, keep: tuple[str, ...] = ()) -> str:
    """`text` without what nobody sees, blanks of every kind as one space and none at its ends; null for nothing and for
    placeholders.

    Parameters
    ----------
    keep
        Words of the column that are no placeholders in it.
    """
    tidy = f"trim(regexp_replace(regexp_replace({text}, '[{_INVISIBLE}]+', '', 'g'), '[{_BLANK}]+', ' ', 'g'))"
    empty = literals(word for word in ("", *PLACEHOLDERS) if word not in keep)
    return (
        f"CASE WHEN regexp_matches({text}, '{_UNTIDY}') THEN CASE WHEN lower({tidy}) IN ({empty}) THEN NULL ELSE "
        f"{tidy} END "
        f"WHEN strlen({text}) <= 12 AND lower({text}) IN ({empty}) THEN NULL ELSE {text} END"
    )


def _codes_by_label(column: Column) -> dict[str, str]:
    """The Chinese label of each code → the code; one that several codes have, or that is another's code, says nothing.

    >>> from riskml.records.tables import Label
    >>> codes = {"a": Label("甲", "a"), "b": Label("乙", "b"), "c": Label("乙", "c"), "丁": Label("丙", "d")}
    >>> _codes_by_label(Column("x", "text", Label("某", "x"), codes=codes))
    {'甲': 'a', '丙': '丁'}
    """
    codes = column.codes or {}
    labels = Counter(label.zh for label in codes.values())
    return {label.zh: code for code, label in codes.items() if labels[label.zh] == 1 and label.zh not in codes}


def typed_sql(column: Column, text: str, *, identifier: str) -> str:
    """`text`, as `text_sql` gives it, in the type and the form of `column`; null where it cannot be read as such.

    Parameters
    ----------
    identifier
        What the source calls an enterprise: ``uscc``, or ``free``. In the second one ids, divisions and industries are
        the source's own.
    """
    match column.type:
        case "date":
            return date_sql(text)
        case "flag":
            return (
                f"CASE WHEN lower({text}) IN ({literals(_YES)}) THEN true WHEN lower({text}) IN ({literals(_NO)}) THEN "
                "false END"
            )
        case "integer":
            return integer_sql(text)
        case "amount":
            return amount_sql(text)
        case "share":
            return share_sql(text)
        case "number":
            return number_sql(text)
    if column.codes is not None:
        labelled = "".join(
            f" WHEN {literal(label)} THEN {literal(code)}" for label, code in _codes_by_label(column).items()
        )
        code = f"lower({_half_width(text)})"
        return (
            f"CASE WHEN {text} IN ({literals(column.codes)}) THEN {text} ELSE CASE {text}{labelled} ELSE {code} END END"
        )
    if column.form == "identifier":
        return identifier_sql(text, free=identifier == "free")
    if column.form == "plain" or identifier == "free":
        return text
    if column.form in ("street", "area"):
        return street_sql(text, county_too=column.form == "area")
    return division_sql(text) if column.form == "division" else industry_sql(text)


def identifier_sql(text: str, *, free: bool) -> str:
    """An id of a person or an enterprise in its one form.

    Half width; blanks and dashes leave what is an identity number or a credit code without them; a 15-digit identity
    number is written with 18 (GB 11643-1999: the century and the check character follow from the others), as the newer
    documents of the same person have it. Capitals only, except that in a `free` source, whose ids may differ by case,
    only identity numbers and valid credit codes have them. What hides part of an id is a star.
    """
    whole = f"regexp_replace({_half_width(text)}, '{_SEVENTEEN_AND_X}', '\\1X')"
    half = f"translate({whole}, '{_TO_STAR[0]}', '{_TO_STAR[1]}')"
    bare = f"upper(regexp_replace({half}, '[- ]+', '', 'g'))"
    if free:
        is_code = f"strlen({bare}) = 18 AND (regexp_full_match({bare}, '[0-9]{{17}}[0-9X]') OR {is_valid_sql(bare)})"
        return (
            f"CASE WHEN regexp_full_match({text}, '[0-9A-Z]+') THEN {text} WHEN {is_code} THEN {bare} ELSE {half} END"
        )
    is_code = f"regexp_full_match({bare}, '[0-9]{{15}}|[0-9]{{17}}[0-9X]|[{ALPHABET}]{{18}}')"
    return (
        f"CASE WHEN regexp_full_match({text}, '{_CAPITALS}') THEN {text} "
        f"WHEN {is_code} THEN {_eighteen(bare)} ELSE upper({half}) END"
    )


def hides_identity_sql(name: str, *, free: bool) -> str:
    """True where an id, as `identifier_sql` gives it, names nobody in particular: parts of it are hidden, it is 000,
    111 and so on, it is a word (保密, 见附件), or a spreadsheet rounded it to 15 digits.

    Short ones of a `free` source, and its words, are left alone: they may be its numbers and its names.
    """
    first = f"substr({name}, 1, 1)"
    length = f"strlen({name}) >= CASE WHEN {first} = '0' THEN {6 if free else 1} ELSE {15 if free else 6} END"
    counted = literals(
        ("123456", "12345678", "123456789", "1234567890", "123456789012345", "123456789012345678", "12345678901234567X")
    )
    # A free source may number its enterprises so: there, only what begins as an identity number does.
    digits = f"(?:{_PROVINCES})[0-9]{{13}}000" if free else "[0-9]{15}000"
    wrong_end = f"right({name}, 1) <> {_check_character(name)} AND NOT {is_valid_sql(name)}"
    rounded = f"(regexp_full_match({name}, '{digits}') AND {wrong_end})"
    unlike = f"contains({name}, '#')" if free else f"strlen({name}) < 6 OR regexp_matches({name}, '{_NOBODY}')"
    # Four X may stand in a code by chance; then it ends in the character that belongs there.
    crossed_out = (
        f"(contains(upper({name}), 'XXXXXX') OR (contains(upper({name}), 'XXXX') AND NOT {is_valid_sql(name)}))"
    )
    plain = (
        f"regexp_full_match({name}, '{_PLAIN_ID}') AND right({name}, 3) <> '000' AND substr({name}, 16, 1) <> 'E' "
        f"AND NOT contains({name}, 'XXXX')"
    )
    return (
        f"CASE WHEN {plain} THEN false ELSE ({unlike} OR {rounded} OR regexp_matches({name}, "
        f"'^[0-9.]+E[+]?[0-9]{{2}}$') OR contains({name}, '*') "
        f"OR {crossed_out} OR contains({name}, '..') "
        f"OR (replace({name}, {first}, '') = '' AND {length}){'' if free else f' OR {name} IN ({counted})'}) END"
    )


def division_sql(text: str) -> str:
    """Six digits of GB/T 2260; longer codes (statistics use 9 and 12) are cut, those of a province or a city filled up;
    names are null.
    """
    digits = rf"regexp_replace(regexp_replace({_half_width(text)}, ' +', '', 'g'), '\.0+$', '')"
    six = f"rpad(left({digits}, 6), 6, '0')"
    return (
        f"CASE WHEN regexp_full_match({text}, '{_SIX}') THEN {text} "
        f"WHEN regexp_full_match({digits}, '(?:{_PROVINCES})(?:[0-9]{{2}}|[0-9]{{4}}|[0-9]{{7}}|[0-9]{{10}})?') THEN "
        f"{six} END"
    )


def street_sql(text: str, *, county_too: bool) -> str:
    """Nine digits of a street or township (GB/T 10114); the 12 of a community are cut, names are null.

    Parameters
    ----------
    county_too
        Whether the six digits of a county are taken as well, and nine that end in 000, which are no street's, as those
        six.
    """
    digits = rf"regexp_replace(regexp_replace({_half_width(text)}, ' +', '', 'g'), '\.0+$', '')"
    county = f" WHEN regexp_full_match({digits}, '{_SIX}(?:000(?:000)?)?') THEN left({digits}, 6)" if county_too else ""
    return f"CASE{county} WHEN regexp_full_match({digits}, '{_NINE}(?:[0-9]{{3}})?') THEN left({digits}, 9) END"


def industry_sql(text: str) -> str:
    """A code of GB/T 4754, its section's letter before its digits where it has both; local fifth digits are cut, names
    are null.
    """
    bare = f"regexp_replace(upper({_half_width(text)}), '[-. ]+', '', 'g')"
    return (
        f"CASE WHEN regexp_full_match({text}, '{_INDUSTRY}') THEN {text} "
        f"WHEN regexp_full_match({bare}, '[A-T](?:[0-9]{{2,6}})?|[0-9]{{2,6}}') "
        f"THEN left({bare}, CASE WHEN {bare} < 'A' THEN 4 ELSE 5 END) END"
    )


def date_sql(text: str) -> str:
    """The day: ISO, eight digits, or year, month and day parted by ``-``, ``/``, ``.`` or 年月日, with or without the
    time; four digits of the year. An instant with a time zone is the day in the time zone of the connection, which is
    China's.

    Numbers of days, as Excel keeps them, are not read: which of its two calendars counts them cannot be known.
    """
    half = _half_width(text)
    return (
        f"CASE WHEN {_iso_day(text)} THEN TRY_CAST({text} AS DATE) "
        f"WHEN regexp_full_match({half}, '[0-9]{{8}}(?:[0-9]{{6}})?') THEN CAST(TRY_STRPTIME(left({half}, 8), "
        "'%Y%m%d') AS DATE) "
        f"WHEN regexp_full_match({half}, '{_INSTANT}') THEN CAST(TRY_CAST({half} AS TIMESTAMPTZ) AS DATE) "
        rf"WHEN regexp_full_match({half}, '{_DAY}') THEN TRY_CAST(regexp_replace({half}, '^{_DAY}$', '\1-\2-\3') AS "
        r"DATE) END"
    )


def says_open_sql(text: str) -> str:
    """True where `text`, given for an end or an expiry, says that there is none."""
    return f"(lower({text}) IN ({literals(OPEN_WORDS)}) OR coalesce({date_sql(text)} IN ({_dates(OPEN_DATES)}), false))"


def open_date_sql(value: str, text: str, instead: str) -> str:
    """The date `value` of an end, `instead` where it, or the `text` it was read from, says that there is none."""
    return (
        f"CASE WHEN {_iso_day(text)} THEN TRY_CAST({text} AS DATE) WHEN {value} IN ({_dates(OPEN_DATES)}) THEN "
        f"{instead} "
        f"WHEN {value} IS NULL AND lower({text}) IN ({literals(OPEN_WORDS)}) THEN {instead} ELSE {value} END"
    )


def amount_sql(text: str) -> str:
    """10,000 yuan: a plain number is taken as such, 元 and 亿元 are converted; thousands separators, full width. Other
    currencies are null, and so is ``¥500``, which names the currency and not the unit.
    """
    half = _half_width(text)
    unit, yuan = (f"regexp_extract({half}, '^{_MONEY}$', {group})" for group in (2, 3))
    factors = " ".join(f"WHEN '{name}' THEN {factor}" for name, factor in _UNITS.items())
    # Where the currency is named and no unit is, what is meant may be yuan or the column's own unit.
    bare = f"CASE WHEN {yuan} <> '' THEN 0.0001 WHEN regexp_full_match({half}, '{_DIGITS}(?:\\.\\d*)?') THEN 1 END"
    factor = f"CAST(CASE {unit} {factors} ELSE {bare} END AS DECIMAL(10, 4))"
    number = f"TRY_CAST(replace(regexp_extract({half}, '^{_MONEY}$', 1), ',', '') AS DECIMAL(26, 8))"
    return (
        f"coalesce(TRY_CAST({text} AS {SQL_TYPES['amount']}), "
        f"CASE WHEN regexp_full_match({half}, '{_MONEY}') THEN TRY_CAST({number} * {factor} AS {SQL_TYPES['amount']}) "
        "END)"
    )


def number_sql(text: str) -> str:
    """A number; thousands separators, full width, a counting word. A percentage is null: what it is a part of is not
    said.
    """
    half, kind = _half_width(text), SQL_TYPES["number"]
    other = f"replace(regexp_extract({half}, '^{_NUMBER}$', 1), ',', '')"
    return (
        f"coalesce(TRY_CAST({text} AS {kind}), CASE WHEN regexp_full_match({half}, '{_NUMBER}') THEN TRY_CAST({other} "
        f"AS {kind}) END)"
    )


def integer_sql(text: str) -> str:
    """A whole number; thousands separators, full width, a counting word. One with a fraction is null: nobody can say
    which way it rounds.
    """
    half = _half_width(text)
    number = f"TRY_CAST({text} AS DECIMAL(28, 8))"
    other = f"replace(regexp_extract({half}, '^{_COUNT}$', 1), ',', '')"
    return (
        f"CASE WHEN {number} IS NULL THEN CASE WHEN regexp_full_match({half}, '{_COUNT}') THEN TRY_CAST({other} AS "
        "BIGINT) END "
        f"WHEN {number} = trunc({number}) THEN TRY_CAST({number} AS BIGINT) END"
    )


def share_sql(text: str) -> str:
    """A fraction, also given per cent with its sign."""
    half, kind = _half_width(text), SQL_TYPES["share"]
    per_cent = r"([-+]?\d+(?:\.\d+)?) *%"
    number = f"TRY_CAST(regexp_extract({half}, '^{per_cent}$', 1) AS DECIMAL(18, 8))"
    return (
        f"coalesce(TRY_CAST({text} AS {kind}), CASE WHEN regexp_full_match({half}, '{per_cent}') THEN "
        f"TRY_CAST({number} / 100 AS {kind}) END)"
    )


def _iso_day(text: str) -> str:
    """Whether it is a day in ISO form, before those by which programs say that something never ends."""
    return f"(strlen({text}) = 10 AND TRY_CAST({text} AS DATE) BETWEEN DATE '1000-01-01' AND DATE '2099-12-30')"


def _half_width(text: str) -> str:
    return f"translate({text}, {literal(_FULL)}, {literal(_HALF)})"


def _eighteen(code: str) -> str:
    """The 18 characters of an identity number of 15 digits, if it can be one by its date of birth; other codes as they
    are.
    """
    body = f"(left({code}, 6) || '19' || substr({code}, 7))"
    born = r"[1-8][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}"
    return f"CASE WHEN regexp_full_match({code}, '{born}') THEN {body} || {_check_character(body)} ELSE {code} END"


def _check_character(body: str) -> str:
    """The last character that belongs to the first 17 digits of an identity number."""
    total = " + ".join(
        f"{weight} * (ascii(substr({body}, {place + 1}, 1)) - 48)" for place, weight in enumerate(_ID_WEIGHTS)
    )
    return f"substr('10X98765432', ({total}) % 11 + 1, 1)"


def _dates(days: tuple[str, ...]) -> str:
    return ", ".join(f"DATE '{day}'" for day in days)
