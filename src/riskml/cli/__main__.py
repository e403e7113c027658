"""``python -m riskml.cli``."""

from riskml.cli.commands import main

main()
