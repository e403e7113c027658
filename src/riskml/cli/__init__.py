"""The command line: options parsed, a service called, its result printed."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is loaded: for small sums threads only wait

from riskml.cli.commands import app, main

__all__ = ["app", "main"]
