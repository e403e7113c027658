import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskml.records.uscc import ALPHABET, check_character, is_valid, is_valid_sql

BODIES = st.text(ALPHABET, min_size=17, max_size=17)


@pytest.mark.parametrize("code", ["91110000600037341L", "91340000711771143J", "91110108MA00478Q15"])
def test_published_codes_are_valid(code: str) -> None:
    assert is_valid(code)


@given(BODIES)
def test_letters_are_allowed_in_any_position(body: str) -> None:
    assert is_valid(body + check_character(body))


@given(BODIES, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_any_single_changed_character_is_found(body: str, place: int, other: str) -> None:
    changed = body[:place] + other + body[place + 1 :]
    assert is_valid(changed + check_character(body)) == (other == body[place])


def test_sql_and_python_agree() -> None:
    codes = [
        "91110000600037341L",
        "91110000600037341M",
        "YA110000600037341L",
        "",
        "9111",
        "91110000600037341l",
        "91110000600037341O",
    ]
    codes.append("YA530000MA6K12345" + check_character("YA530000MA6K12345"))
    rows = duckdb.execute(f"SELECT c, {is_valid_sql('c')} FROM (SELECT unnest(?) AS c)", [codes]).fetchall()
    assert dict(rows) == {code: is_valid(code) for code in codes}
