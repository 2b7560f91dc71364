"""What the templates show of the environment: the present one, and those that can be switched to."""

from __future__ import annotations

from typing import Any

from flask import g

from security.access import Environment


def environment() -> Environment | None:
    """Return the environment that this request works in, or None when nobody is signed in or has rights."""
    access = g.get("access")
    return access.environment if access else None


def environments() -> tuple[Environment, ...]:
    """Return the environments that may be switched to, along the tree."""
    access = g.get("access")
    return access.environments if access else ()


def for_templates() -> dict[str, Any]:
    """Return what every template may use: `environment`, `environments`, `signed_in`, and `looking`: whom one looks along with."""
    access = g.get("access")
    return {
        "environment": environment(),
        "environments": environments(),
        "signed_in": access.user if access else None,
        "looking": access.looking if access else None,
    }
