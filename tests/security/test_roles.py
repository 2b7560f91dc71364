"""The role table: what each role may and may not, and that every screen was thought of."""

from __future__ import annotations

import pytest

from app.kernel.actor import system_actor
from app.kernel.unit_of_work import working_as
from security import permissions, queries
from security.roles import ROLES, May, may, permissions_in
from tests.web import Web

# (role, permission, screen, whether it may)
TABLE = [
    ("Penningmeester", "can_post", "InvoiceView", True),
    ("Penningmeester", "can_list", "RelationView", True),
    ("Penningmeester", "can_edit", "RelationView", False),
    ("Penningmeester", "can_add", "AssignmentView", False),
    ("Ledenadministrateur afdeling", "can_edit", "RelationView", True),
    ("Ledenadministrateur afdeling", "can_delete", "RelationView", False),
    ("Ledenadministrateur afdeling", "can_delete", "FunctionTermView", False),
    ("Ledenadministrateur afdeling", "can_list", "InvoiceView", False),
    ("Ledenadministrateur provincie", "can_delete", "FunctionTermView", False),
    ("Systeembeheerder landelijk", "can_delete", "FunctionTermView", True),
    ("Systeembeheerder landelijk", "can_post", "InvoiceView", False),
    ("Systeembeheerder landelijk", "can_start_now", "JobView", True),
    ("Systeembeheerder provincie", "can_start_now", "JobView", False),
    ("Raadpleger", "can_show", "RelationView", True),
    ("Raadpleger", "can_edit", "RelationView", False),
    ("Raadpleger", "can_add", "RelationView", False),
    ("Raadpleger", "can_list", "AuditRecordView", False),
    ("Communicatie", "can_list", "RelationView", True),
    ("Communicatie", "can_list", "JournalEntryView", False),
    ("Bevoegdhedenbeheerder", "can_add", "AssignmentView", True),
    ("Bevoegdhedenbeheerder", "can_list", "RelationView", False),
    ("Bevoegdhedenbeheerder", "can_list", "AuditRecordView", False),
]


@pytest.mark.parametrize(("role", "permission", "view", "expected"), TABLE)
def test_a_role_may_what_the_table_says(role: str, permission: str, view: str, expected: bool) -> None:
    assert any(sentence.covers(permission, view) for sentence in ROLES[role]) is expected


def test_patterns_hold_for_whole_names() -> None:
    sentence = may("can_list", ("RelationView",))
    assert sentence == May(("can_list",), ("RelationView",))
    assert not sentence.covers("can_list", "RelationViewOfSecrets")
    assert not sentence.covers("can_list", "OtherRelationView")
    assert not sentence.covers("can_list_all", "RelationView")


def test_every_permission_of_every_screen_belongs_to_a_role(shared_web: Web) -> None:
    pairs = permissions.pairs_of(shared_web.app.appbuilder)
    given = set().union(*(permissions_in(sentences, pairs) for sentences in ROLES.values()))
    assert not pairs - given, "say in security/roles.py who may do this; until then it is closed to everybody"


def test_reading_roles_hold_nothing_that_changes(shared_web: Web) -> None:
    pairs = permissions.pairs_of(shared_web.app.appbuilder)
    reading = {"can_list", "can_show", "can_export", "can_download", "can_see", "can_get"}
    held = permissions_in(ROLES["Raadpleger"], pairs) - permissions_in((), pairs)  # one's own tokens are everybody's
    changing = {(permission, view) for permission, view in held if permission not in reading}
    pages = {"can_index", "can_report", "can_history", "can_lookup"}
    assert not {pair for pair in changing if pair[0] not in pages and not pair[0].startswith(("can_show_", "can_print"))}


def test_setting_up_twice_is_once_and_leaves_own_roles_alone(web: Web) -> None:
    from flask_appbuilder.security.sqla.models import Role, assoc_permissionview_role
    from sqlalchemy import insert, select

    from app.kernel.db import db
    from app.kernel.unit_of_work import transaction

    with web.as_("system"), transaction() as session:
        session.add(Role(name="Onze penningmeester"))
        session.flush()
        own = session.scalar(select(Role.id).where(Role.name == "Onze penningmeester"))
        first = session.scalar(select(assoc_permissionview_role.c.permission_view_id))
        session.execute(insert(assoc_permissionview_role).values(role_id=own, permission_view_id=first))
    with web.app.app_context(), working_as(system_actor("test")):
        before = set(db.session.execute(select(assoc_permissionview_role.c.role_id, assoc_permissionview_role.c.permission_view_id)))
        permissions.install(permissions.pairs_of(web.app.appbuilder))
        after = set(db.session.execute(select(assoc_permissionview_role.c.role_id, assoc_permissionview_role.c.permission_view_id)))
        assert before == after
        assert len(queries.permissions_of([own])) == 1
