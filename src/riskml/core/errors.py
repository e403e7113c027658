"""The errors a user may see: what is wrong, where, and what would be right."""

from riskml.core.language import say


class RiskmlError(Exception):
    """A failure with an explanation for the user, in Chinese and in English; as a text it is in the language that is
    spoken.

    Parameters
    ----------
    zh, en
        The same sentence in both languages. It names the file, row, field and
        offending value where there are any, and says what would be right.
    """

    exit_code = 1

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.zh = zh
        self.en = en

    def __str__(self) -> str:
        return say(self.zh, self.en)


class RunError(RiskmlError):
    """The work could not be done (exit code 1)."""


class ConfigurationError(RiskmlError):
    """An argument, a YAML file or a SQL file is wrong (exit code 2)."""

    exit_code = 2
