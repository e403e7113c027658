"""Unified social credit codes (统一社会信用代码, GB 32100-2015): the check, as SQL and in Python."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of the code: digits and letters without I, O, S, V, Z."""

WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
"""Position weights 3^(i-1) mod 31 of GB 32100-2015."""


def check_character(body: str) -> str:
    """The 18th character for the 17 characters of `body`.

    Source: GB 32100-2015, 4.6. Letters are allowed in any of the first eight positions: the
    standard allows them for the registering authority and the kind of entity.

    >>> check_character("91110000600037341")
    'L'
    """
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(body, WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def is_valid(code: str) -> bool:
    """Whether `code` has 18 characters of the alphabet and the right check character.

    >>> is_valid("91340000711771143J"), is_valid("91340000711771143K"), is_valid("A1340000711771143")
    (True, False, False)
    """
    return len(code) == 18 and set(code) <= set(ALPHABET) and check_character(code[:17]) == code[17]


def is_valid_sql(column: str) -> str:
    """A DuckDB expression: the same check on a text column, true or false for every text."""
    total = " + ".join(
        f"(instr('{ALPHABET}', substr({column}, {i + 1}, 1)) - 1) * {weight}" for i, weight in enumerate((*WEIGHTS, 1))
    )
    return f"(regexp_full_match({column}, '[{ALPHABET}]{{18}}') AND ({total}) % 31 = 0)"
