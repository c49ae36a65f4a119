"""What leaves for a spreadsheet does not run there, and comes back as it was."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ownership.spreadsheet import FORMULA, guarded, unguarded


@pytest.mark.parametrize("text", ["=1+1", "+31 6 1234", "-x", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "'=1+1"])  # noqa: RUF001
def test_what_would_run_gets_an_apostrophe_in_front(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "+7", "-1.234,50", "-2,5%", "12", "sofa", "", "'t Gooi"])
def test_numbers_and_words_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text


@given(st.text(alphabet=st.sampled_from("'=+-@5.,%\tx＝"), max_size=8))  # noqa: RUF001
@example("''=x")
def test_the_way_back_undoes_the_way_out(text: str) -> None:
    out = guarded(text)

    assert unguarded(out) == text
    assert not out.startswith(FORMULA) or out.lstrip("+-").rstrip("%").replace(".", "").replace(",", "").isdigit()
