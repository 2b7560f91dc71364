"""The REST API: its resources as one table, each an `AdminApi`."""

from __future__ import annotations

from views.base import AdminApi

APIS: list[type[AdminApi]] = []
