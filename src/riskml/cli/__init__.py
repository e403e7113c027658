"""The command line: options parsed, a service called, its result printed."""

from riskml.cli.commands import app, main

__all__ = ["app", "main"]
