"""Shows a related row as a link to its own screen, for who may open that."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, has_request_context, url_for
from markupsafe import Markup

from views.formats import nothing


def screen_of(model: type) -> Any:
    """Return the screen whose show page belongs to a table, when the user may open it, else None."""
    known = g.setdefault("screens_by_table", {})
    if model not in known:
        offered = (view for view in current_app.appbuilder.baseviews if getattr(view, "is_main_screen_of", lambda _m: False)(model))
        known[model] = next((view for view in offered if view.may("can_show")), None)
    return known[model]


def related(value: Any) -> Any:
    """Show one related row or several."""
    if value is None or value == []:
        return nothing()
    if isinstance(value, list):
        return Markup(", ").join(related(item) for item in value)
    screen = screen_of(type(value)) if has_request_context() else None
    if screen is None:
        return str(value)
    return Markup('<a href="{}">{}</a>').format(url_for(f"{screen.endpoint}.show", pk=value.id), str(value))


def table_called(name: str) -> str:
    """Return what a table is called on screen: the title of its list."""
    for view in current_app.appbuilder.baseviews:
        model = getattr(getattr(view, "datamodel", None), "obj", None)
        if model is not None and model.__tablename__ == name and getattr(view, "is_main_screen", False):
            return str(view.many)
    return name
