"""Cards that break a rule are found where they can be mended, once, until they are mended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.data_quality import usecases
from app.data_quality.models import DataIssue
from app.data_quality.queries.finders import FINDERS
from app.functions.models import FunctionType
from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction, working_as
from app.mail.models import Message
from app.organisations.models import Organisation, PostcodeRange
from app.relations.models import Address, ContactPoint, Household, Relation, RelationAccount
from app.sepa.models import Mandate
from tests.federation import Federation

TODAY = date(2026, 11, 22)
GOOD = {"birth_date": date(1980, 5, 1)}


def add(row: Any) -> int:
    with working_as(system_actor("test")), transaction() as session:
        session.add(row)
        session.flush()
        return row.id


def change(relation_id: int, **values: Any) -> None:
    with working_as(system_actor("test")), transaction() as session:
        row = session.get_one(Relation, relation_id)
        for name, value in values.items():
            setattr(row, name, value)


def member(federation: Federation, at: str = "A1", surname: str = "Jansen", **values: Any) -> int:
    """A member on whose card nothing is wrong."""
    relation = federation.relation(at, surname, **{**GOOD, **values})
    federation.holds(relation, at)
    home = {"organisation_id": federation.organisations[at], "relation_id": relation}
    add(ContactPoint(**home, kind="email", value=f"lid{relation}@post.example"))
    add(Address(**home, street="Markt", house_number="1", postcode="7201 AB", town="Zutphen"))
    return relation


def found(rule: str) -> list[tuple[int, int, str]]:
    with working_as(system_actor("test")):
        return [(one.organisation_id, one.relation_id, one.detail) for one in FINDERS[rule](TODAY)]


def function_type(federation: Federation, **values: Any) -> int:
    return add(
        FunctionType(organisation_id=federation.organisations["NL"], code=f"T{len(values)}", name="Jeugdlid", category="interest", **values)
    )


def test_a_good_card_breaks_no_rule(federation: Federation) -> None:
    member(federation)
    assert [rule for rule in FINDERS if found(rule)] == []


def _bare(f: Federation, relation: int, kind: type) -> None:
    with working_as(system_actor("test")), transaction() as session:
        for row in session.scalars(select(kind).where(kind.relation_id == relation)):
            session.delete(row)


def _remark(relation: int, text: str) -> None:
    """Write a remark as an old program left it: past what looks at new ones."""
    with working_as(system_actor("test")), transaction() as session:
        session.execute(Relation.__table__.update().where(Relation.__table__.c.id == relation).values(remarks=text))


Spoil = Callable[[Federation, int], object]
HOME = "A1"
SPOILED: list[tuple[str, Spoil, str]] = [
    ("no_email", lambda f, r: _bare(f, r, ContactPoint), ""),
    ("no_birth_date", lambda f, r: change(r, birth_date=None), ""),
    ("no_address", lambda f, r: _bare(f, r, Address), ""),
    (
        "invalid_iban",
        lambda f, r: add(RelationAccount(organisation_id=f.organisations[HOME], relation_id=r, iban="NL91ABNA0417164301", holder="Jo")),
        "NL91ABNA0417164301",
    ),
    ("direct_debit_without_mandate", lambda f, r: change(r, payment_method="direct_debit"), ""),
    ("overlapping_functions", lambda f, r: f.holds(r, HOME, first_day=date(2024, 1, 1)), "Lid"),
    ("age_outside_range", lambda f, r: f.holds(r, HOME, function_type_id=function_type(f, maximum_age=17)), "Jeugdlid"),
    (
        "required_field",
        lambda f, r: f.holds(r, HOME, function_type_id=function_type(f, required_fields=["gender", "mobile", "email", "koffie"])),
        "geslacht, mobiel nummer",
    ),
    ("bsn_in_text", lambda f, r: _remark(r, "belt op 111222333 of later"), ""),
    ("deceased_with_function", lambda f, r: change(r, deceased_on=date(2026, 11, 1)), "Lid"),
    (
        "outside_area",
        lambda f, r: add(PostcodeRange(organisation_id=f.organisations[HOME], first_postcode=1000, last_postcode=1999)),
        "7201 AB",
    ),
]


@pytest.mark.parametrize(("rule", "spoil", "detail"), SPOILED, ids=[rule for rule, _, _ in SPOILED])
def test_each_rule_finds_its_card_and_no_other(federation: Federation, rule: str, spoil: Spoil, detail: str) -> None:
    relation = member(federation)
    member(federation, "B1", "Bos")
    spoil(federation, relation)
    assert found(rule) == [(federation.organisations[HOME], relation, detail)]
    assert [other for other in FINDERS if other != rule and found(other)] == []


def test_a_refused_address_is_told_and_does_not_count_as_one(federation: Federation) -> None:
    relation = member(federation)
    with working_as(system_actor("test")), transaction() as session:
        session.scalars(select(ContactPoint)).one().is_refused = True
    assert found("email_refused") == [(federation.organisations["A1"], relation, f"lid{relation}@post.example")]
    assert [one[1] for one in found("no_email")] == [relation]


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("no_email", {"correspondence": "paper"}),
        ("no_birth_date", {"kind": "company"}),
        ("no_email", {"deceased_on": date(2026, 1, 1)}),
    ],
)
def test_what_is_not_asked_is_not_missed(federation: Federation, rule: str, values: dict[str, Any]) -> None:
    relation = federation.relation("A1", **values)
    federation.holds(relation, "A1")
    assert found(rule) == []


def test_ended_functions_make_no_issue_and_the_membership_says_where_it_is_mended(federation: Federation) -> None:
    ended = federation.relation("A1")
    federation.holds(ended, "A1", last_day=date(2025, 12, 31))
    both = federation.relation("NL")
    donor = function_type(federation)
    federation.holds(both, "B1", function_type_id=donor)
    federation.holds(both, "A2")
    assert found("no_email") == [(federation.organisations["A2"], both, "")]


def test_who_follows_the_household_lives_with_its_head(federation: Federation) -> None:
    household = add(Household(organisation_id=federation.organisations["A1"], name="Jansen"))
    member(federation, household_id=household, household_role="primary")
    child = federation.relation("A1", household_id=household, household_role="other", follows_household_address=True, **GOOD)
    federation.holds(child, "A1")
    assert found("no_address") == []
    change(child, follows_household_address=False)
    assert [one[1] for one in found("no_address")] == [child]


def test_a_mandate_or_another_payer_is_enough_for_direct_debit(federation: Federation) -> None:
    payer = member(federation, payment_method="direct_debit")
    child = member(federation, payment_method="direct_debit")
    change(child, payer_id=payer)
    mandate = Mandate(
        organisation_id=federation.organisations["A"],
        relation_id=payer,
        reference="M1",
        signed_on=TODAY,
        iban="NL91ABNA0417164300",
        holder="Jo",
    )
    add(mandate)
    assert found("direct_debit_without_mandate") == []


# --- The life of an issue


def find() -> usecases.FoundResult:
    with working_as(system_actor("data_quality")):
        return usecases.find_issues(TODAY)


def mail() -> usecases.MailedResult:
    with working_as(system_actor("data_quality")):
        return usecases.mail_new_issues(TODAY)


def issue() -> DataIssue:
    with working_as(system_actor("test")):
        row = db.session.scalars(select(DataIssue)).one()
        db.session.refresh(row)
        db.session.expunge(row)
        return row


def test_an_issue_exists_once_and_is_solved_by_itself(federation: Federation) -> None:
    relation = member(federation)
    change(relation, birth_date=None)
    assert find() == usecases.FoundResult(new=1, solved=0, open=1)
    first = issue()
    assert find() == usecases.FoundResult(new=0, solved=0, open=1)
    again = issue()
    assert (again.id, again.first_seen, again.text) == (first.id, first.first_seen, "Geen geboortedatum")
    assert again.last_seen > first.last_seen
    change(relation, **GOOD)
    assert find() == usecases.FoundResult(new=0, solved=1, open=0)
    assert issue().state == "solved"
    change(relation, birth_date=None)
    assert find() == usecases.FoundResult(new=1, solved=0, open=1)
    assert (issue().state, issue().first_seen > first.first_seen) == ("open", True)


def test_what_is_accepted_with_a_reason_stays_accepted_until_it_is_solved(federation: Federation) -> None:
    relation = member(federation)
    change(relation, birth_date=None)
    find()
    with federation.as_("dirk"), pytest.raises(NotFound):
        usecases.accept_issue(issue().id, "Weigert het te zeggen")
    with federation.as_("bram"):
        with pytest.raises(DomainError, match="waarom"):
            usecases.accept_issue(issue().id, "  ")
        usecases.accept_issue(issue().id, "Weigert het te zeggen")
        with pytest.raises(DomainError):
            usecases.accept_issue(issue().id, "nog eens")
    assert find() == usecases.FoundResult(new=0, solved=0, open=0)
    assert (issue().state, issue().accepted_by) == ("accepted", "bram")
    with federation.as_("bram"):
        usecases.reopen_issue(issue().id)
    assert find().open == 1


def test_each_organisation_is_mailed_what_it_can_mend(federation: Federation) -> None:
    for code in ("A", "B1"):
        with working_as(system_actor("test")), transaction() as session:
            session.get_one(Organisation, federation.organisations[code]).notification_email = f"{code}@bond.example"
    assert mail() == usecases.MailedResult(0, ())  # nothing new, nothing open: no mail
    for at in ("A1", "A2", "B1", "B2"):
        change(member(federation, at, f"Jansen {at}"), birth_date=None)
    find()
    assert mail() == usecases.MailedResult(2, ("department B2",))
    assert mail().messages == 2  # the same day again is the same mail
    with working_as(system_actor("test")):
        mails = {row.recipient: row for row in db.session.scalars(select(Message))}
        assert set(mails) == {"A@bond.example", "B1@bond.example"}
        body = mails["A@bond.example"].body
        assert ("Jansen A1" in body, "Jansen A2" in body, "Jansen B1" in body) == (True, True, False)
        assert mails["A@bond.example"].subject == "2 nieuwe foutmeldingen, 0 nog open: province A"
        card = db.session.scalar(select(Relation.id).where(Relation.surname == "Jansen A1"))
        assert f"http://127.0.0.1:8080/relationview/show/{card}" in body
    tomorrow = clock.days(1)
    with working_as(system_actor("data_quality")):
        usecases.mail_new_issues(TODAY + tomorrow)
        later = db.session.scalars(
            select(Message).where(Message.key == "data_issues:2026-11-23", Message.recipient == "A@bond.example")
        ).one()
        assert later.subject == "0 nieuwe foutmeldingen, 2 nog open: province A"
