"""What is remarked is shown whole in one language."""

from __future__ import annotations

import re

import pytest

from riskml.core.errors import RunError
from riskml.core.language import Language, speaking
from riskml.core.remarks import remark


@pytest.mark.parametrize(("spoken", "told"), [(Language.zh, "少一期。"), (Language.en, "One run is missing.")])
def test_a_warning_is_in_the_language_spoken(spoken: Language, told: str) -> None:
    with speaking(spoken), pytest.warns(UserWarning, match=f"^{re.escape(told)}$"):
        remark(RunError(zh="少一期。", en="One run is missing."))
