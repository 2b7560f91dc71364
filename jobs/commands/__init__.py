"""The command line: one module per family, each with its face in `spec` terms."""

from __future__ import annotations

from flask import Flask


def register(flask: Flask) -> None:
    """Hang every command on the application."""
