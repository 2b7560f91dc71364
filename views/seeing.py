"""Which columns of a screen the user may see: sensitive fields stay out for who has no right on them (`security/field_rights.py`)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from app.kernel.actor import current_actor
from security.field_rights import hidden_columns


def hidden_of(model: Any) -> frozenset[str]:
    """Return the columns of a table that the acting person may not see."""
    actor = current_actor()
    return hidden_columns(model.__tablename__, actor.hidden_fields) if actor and actor.hidden_fields else frozenset()


def seen_of(model: Any, names: Iterable[str]) -> list[str]:
    """Return these columns without those that the acting person may not see."""
    hidden = hidden_of(model)
    return [name for name in names if name not in hidden]


def seen_sets(model: Any, fieldsets: Any) -> Any:
    """Return fieldsets without the columns that the acting person may not see, and without those that are empty then."""
    hidden = hidden_of(model)
    if not fieldsets or not hidden:
        return fieldsets
    left = [(title, {**content, "fields": [name for name in content["fields"] if name not in hidden]}) for title, content in fieldsets]
    return [(title, content) for title, content in left if content["fields"]]


def form_without(form: Any, model: Any) -> Any:
    """Return the form class without the fields of what the acting person may not see."""
    hidden = hidden_of(model)
    return _without(form, hidden) if hidden else form


@lru_cache(maxsize=256)
def _without(form: Any, hidden: frozenset[str]) -> Any:
    gone = {name: None for name in hidden if hasattr(form, name)}
    return type(form.__name__, (form,), gone) if gone else form
