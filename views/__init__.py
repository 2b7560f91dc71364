"""The screens: generated views, the three custom ones, and the menu as one table."""

from __future__ import annotations

from flask_appbuilder import AppBuilder


def register(appbuilder: AppBuilder) -> None:
    """Add every screen to the menu."""
