"""What a role may do is said in Dutch words, for every permission there is."""

from __future__ import annotations

from security.permissions import pairs_of
from tests.web import Web
from views.permission_words import title_of, verb_of


def test_every_permission_has_words(shared_web: Web) -> None:
    with shared_web.app.test_request_context():
        pairs = pairs_of(shared_web.app.appbuilder)
        assert not [pair for pair in pairs if verb_of(*pair).startswith("can_")]
        assert not [view for _permission, view in pairs if title_of(view).endswith("View")]
        assert verb_of("can_edit", "RelationView") == "wijzigen"
        assert verb_of("can_book", "BankStatementView") == "“Boeken”"
