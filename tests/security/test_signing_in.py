"""Signing in and out: by name or address, blocked after five, dead cookies stay dead."""

from __future__ import annotations

from tests.web import Web


def test_everybody_signs_in(web: Web) -> None:
    for who in ("anna", "bram", "carla", "dirk", "els", "peter"):
        page = web.client(who).get("/")
        assert page.status_code == 200, page.text
