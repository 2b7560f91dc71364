"""The command line: one module per family, each with its face in `spec` terms."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from flask import Flask

_NO_FAMILY = {"__init__", "acting"}


def register(flask: Flask) -> None:
    """Hang every command on the application: each module here but `acting` has a `register`."""
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem not in _NO_FAMILY:
            import_module(f"jobs.commands.{path.stem}").register(flask)
