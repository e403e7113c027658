"""The errors a user may see: what is wrong, where, and what would be right."""


class RiskmlError(Exception):
    """A failure with an explanation for the user, in Chinese and in English.

    Parameters
    ----------
    zh, en
        The same sentence in both languages. It names the file, row, field and
        offending value where there are any, and says what would be right.
    """

    exit_code = 1

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")
        self.zh = zh
        self.en = en


class RunError(RiskmlError):
    """The work could not be done (exit code 1)."""


class ConfigurationError(RiskmlError):
    """An argument, a YAML file or a SQL file is wrong (exit code 2)."""

    exit_code = 2
