"""The REST API: each generated screen is also a resource to read, with the same rows, the same permissions and the same declarations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from security.tokens import OWN_SCREEN
from views.base import AdminApi, AdminView, ScopedInterface
from views.columns import column_of, key_of, kind_of, link_of
from views.listing import orderable
from views.rest import DescriptionApi, DutchAnswers

_WORD = re.compile(r"(?<!^)(?=[A-Z])")
_LEFT_OUT = {"bytes", "several", "computed"}


def made_from(screens: Iterable[Any]) -> Iterator[type[DutchAnswers]]:
    """Yield a resource for each generated screen, and the description of all of them."""
    yield DescriptionApi
    for screen in screens:
        if isinstance(screen, AdminView) and screen.view_name != OWN_SCREEN:
            yield _resource(screen)


def resource_name(view_name: str) -> str:
    """Return what a screen is called in an address: RelationAccountView is relation_account."""
    return _WORD.sub("_", view_name.removesuffix("View")).lower()


def _resource(screen: AdminView) -> type[AdminApi]:
    model, name = screen.datamodel.obj, screen.view_name
    in_list, in_row = _columns(model, screen.list_columns), _columns(model, [*screen.show_columns, *screen.list_columns])
    first = screen.base_order[0]
    return type(
        f"{name.removesuffix('View')}Api",
        (AdminApi,),
        {
            "__doc__": screen.__doc__,
            "resource_name": resource_name(name),
            "class_permission_name": name,
            "method_permission_name": {"get_list": "list", "get": "show", "info": "list"},
            "datamodel": ScopedInterface(model, narrow=screen.datamodel.narrow),
            "list_columns": in_list,
            "show_columns": in_row,
            "search_columns": [
                column for column in screen.search_columns if column_of(model, column) is not None or link_of(model, column)
            ],
            "order_columns": ["id", *orderable(model, screen.order_columns)],
            "label_columns": {
                column: screen.label_columns.get(column.removesuffix("_id"), screen.label_columns.get(column, column)) for column in in_row
            },
            "base_order": screen.base_order if column_of(model, first) is not None else ("id", "desc"),
        },
    )


def _columns(model: type, names: Iterable[str]) -> list[str]:
    """Return the columns of the table among these, of related rows their number; its own number first."""
    found = (key_of(model, name) for name in names if "." not in name and kind_of(model, name) not in _LEFT_OUT)
    return list(dict.fromkeys(["id", *(name for name in found if column_of(model, name) is not None)]))
