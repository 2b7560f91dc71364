"""Reads page, order and return address from a request, and writes links; what cannot be is left out, never a fault."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from flask import request

SIZES = (25, 50, 100)
LAST_PAGE = 4000  # deeper than this one filters; it keeps the database from skipping millions of rows


@dataclass(frozen=True)
class PageAsked:
    """Which page of a list is asked for, how long, in what order."""

    number: int
    size: int
    order: tuple[str, str] | None


def page_asked(view_name: str, order_columns: list[str]) -> PageAsked:
    """Return what the address asks of this list: known sizes and allow-listed columns only."""
    number = request.args.get(f"page_{view_name}", "0")
    size = request.args.get(f"psize_{view_name}", str(SIZES[0]))
    column, way = request.args.get(f"_oc_{view_name}", ""), request.args.get(f"_od_{view_name}", "asc")
    return PageAsked(
        number=min(int(number), LAST_PAGE) if number.isascii() and number.isdigit() and len(number) < 7 else 0,
        size=int(size) if size in map(str, SIZES) else SIZES[0],
        order=(column, "desc" if way == "desc" else "asc") if column in order_columns else None,
    )


def here(without: tuple[str, ...] = (), **changed: object) -> str:
    """Return the present address with some arguments changed, and without others."""
    kept = [(key, value) for key, value in request.args.items(multi=True) if key not in without and key not in changed]
    kept += [(key, str(value)) for key, value in changed.items() if value is not None]
    return request.path + ("?" + urlencode(kept) if kept else "")


def safe_path(address: str | None) -> str | None:
    """Return an address inside this application, or None."""
    if not address or not address.startswith("/") or address.startswith("//") or "\\" in address or any(ord(char) < 32 for char in address):
        return None
    parts = urlsplit(address)
    return None if parts.scheme or parts.netloc else address


def back_to(otherwise: str) -> str:
    """Return where the user came from as the form or link says (`terug`), else the given address."""
    return safe_path(request.values.get("terug")) or otherwise
