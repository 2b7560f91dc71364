"""What every request gets: the actor, headers, and one way of refusing."""

from __future__ import annotations

from flask import Flask


def guard(flask: Flask) -> None:
    """Bind the actor to each request and put the headers on each answer."""
