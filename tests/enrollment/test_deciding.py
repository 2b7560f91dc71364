"""Accepting, asking, taking over and declining."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from flask import current_app

from app.enrollment import queries, usecases
from app.enrollment.acceptance import Acceptance
from app.enrollment.models import Enrollment
from app.functions.models import FunctionTerm, FunctionType
from app.functions.usecases import apply_due_functions, start_function
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction
from app.mail.models import Message
from app.organisations.usecases import change_organisation, cover_postcodes
from app.relations import usecases as cards
from app.relations.drafts import AccountDraft, AddressDraft, ContactDraft, RelationDraft
from app.relations.models import Relation
from app.sepa.models import Mandate
from tests.enrollment.conftest import TODAY

FROM = date(2026, 12, 1)


def how(federation, at="A1", **values) -> Acceptance:
    return Acceptance(federation.organisations[at], FROM, federation.member, **values)


def known_roos(federation) -> int:
    """Roos as a former member with another address, mail and account."""
    with federation.as_("bram"):
        return cards.add_relation(
            RelationDraft(
                "Velthuis",
                prefix="van",
                initials="R.",
                birth_date=date(1991, 5, 9),
                addresses=(AddressDraft("Molenweg", "8", "Lochem", "7241 AB"),),
                contact_points=(ContactDraft("email", "roos@voorbeeld.nl"),),
                accounts=(AccountDraft("NL69INGB0123456789", "R. van Velthuis"),),
            )
        )


def test_accepting_makes_a_member_whole(federation, waiting):
    with federation.as_("anna"):
        change_organisation(federation.organisations["A1"], notification_email="leden@a1.example")
        done = usecases.accept(waiting, how(federation, gives_mandate=True, card_link="https://bond.example/kaart/{}"))
        card = db.session.get_one(Relation, done.relation_id)
        assert (card.display_name, card.organisation_id, card.member_since) == ("Velthuis, Roos van", federation.organisations["A1"], FROM)
        assert (str(card.addresses[0]), [p.value for p in card.contact_points]) == (
            "Vliegerpad 31, 7201 KL Zutphen",
            ["roos@voorbeeld.nl", "+31612345678"],
        )
        assert card.payment_method == "direct_debit"
        mandate = db.session.get_one(Mandate, done.mandate_id)
        assert (mandate.organisation_id, mandate.iban, mandate.signed_on) == (federation.organisations["A"], "NL91ABNA0417164300", TODAY)
        term = db.session.get_one(FunctionTerm, done.term_id)
        assert (term.organisation_id, term.first_day, term.origin) == (federation.organisations["A1"], FROM, "web")
        row = queries.enrollment(waiting)
        assert (row.state, row.relation_id, row.decided_by) == ("accepted", done.relation_id, "anna")
        mails = {m.recipient: m for m in db.session.query(Message).filter(Message.key.like(f"enrollment-%:{waiting}%"))}
        assert set(mails) == {"roos@voorbeeld.nl", "leden@a1.example"} or len(mails) == 2
        assert "https://bond.example/kaart/" in mails["leden@a1.example"].body
        assert "roos@" not in mails["leden@a1.example"].body
    with federation.as_("bram"):
        assert db.session.get(Relation, done.relation_id) is not None
    with federation.as_("dirk"):
        assert db.session.get(Relation, done.relation_id) is None


def test_accepting_twice_makes_one_member(federation, waiting):
    with federation.as_("anna"):
        usecases.accept(waiting, how(federation))
        with pytest.raises(DomainError, match="staat op “Geaccepteerd”"):
            usecases.accept(waiting, how(federation))
        assert db.session.query(Relation).count() == db.session.query(FunctionTerm).count() == 1


def test_two_people_at_once_make_one_member(federation, waiting):
    flask = current_app._get_current_object()
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def decide(who: str) -> None:
        with flask.app_context(), clock.standing_still(TODAY), federation.as_(who):
            ready.wait()
            try:
                usecases.accept(waiting, how(federation))
                outcomes.append("accepted")
            except DomainError as refusal:
                outcomes.append(refusal.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=decide, args=(who,)) for who in ("anna", "carla")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["accepted", "wrong_state"]
    with federation.as_("anna"):
        assert db.session.query(Relation).count() == db.session.query(FunctionTerm).count() == 1


def test_a_membership_that_ends_later_is_not_called_over(federation, waiting):
    roos = known_roos(federation)
    federation.holds(roos, "A1", date(2015, 1, 1), last_day=date(2099, 12, 31))
    with federation.as_("anna"):
        assert queries.known_as(roos) == "Lid bij department A1, eindigt op 31-12-2099"


def test_a_former_member_is_recognised_and_reopened(federation, waiting):
    roos = known_roos(federation)
    federation.holds(roos, "A1", date(2015, 1, 1), last_day=date(2023, 12, 31))
    with federation.as_("anna"):
        found = queries.candidates(queries.enrollment(waiting))
        assert [(c.relation_id, c.likeness.is_same) for c in found] == [(roos, True)]
        assert queries.known_as(roos) == "Lid bij department A1, geëindigd op 31-12-2023"
        done = usecases.accept(
            waiting, how(federation, relation_id=roos, taken=frozenset({"first_name", "phone", "address", "iban"}), gives_mandate=True)
        )
        assert done.relation_id == roos
        card = db.session.get_one(Relation, roos)
        assert (card.display_name, card.end_date) == ("Velthuis, Roos van", date(2023, 12, 31))  # until she is one again
        assert [(a.town, a.last_day) for a in card.addresses] == [("Lochem", date(2026, 11, 21)), ("Zutphen", None)]
        assert [(a.iban, a.is_primary) for a in card.accounts] == [("NL69INGB0123456789", False), ("NL91ABNA0417164300", True)]
        apply_due_functions(FROM)
        assert (card.member_since, card.end_date) == (FROM, None)


def test_the_card_keeps_what_was_not_taken_over(federation, waiting):
    roos = known_roos(federation)
    with federation.as_("anna"):
        usecases.accept(waiting, how(federation, relation_id=roos, taken=frozenset()))
        card = db.session.get_one(Relation, roos)
        assert (card.first_name, [a.iban for a in card.accounts], card.addresses[0].town) == (None, ["NL69INGB0123456789"], "Lochem")


REFUSED = [
    ({"at": "A"}, "function_wrong_level"),
    ({"from_day": date(2206, 12, 1)}, "start_too_far"),
    ({"relation_id": 999_999}, "not_found"),
    ({"household_with_id": 999_999}, "not_found"),
    ({"at": "B1"}, "not_found"),
]


@pytest.mark.parametrize(("change", "code"), REFUSED)
def test_a_refusal_on_the_way_leaves_nothing(federation, waiting, change, code):
    change = dict(change)
    at = change.pop("at", "A1")
    values = {"department_id": federation.organisations[at], "from_day": FROM, "function_type_id": federation.member} | change
    with federation.as_("anna"):
        with pytest.raises(DomainError) as refused:
            usecases.accept(waiting, Acceptance(**values))
        assert refused.value.code == code
        assert queries.enrollment(waiting).state == "new"
        assert db.session.query(Relation).count() == db.session.query(FunctionTerm).count() == 0


def test_who_is_a_member_already_is_not_made_one_again(federation, waiting):
    roos = known_roos(federation)
    with federation.as_("bram"):
        start_function(roos, federation.member, federation.organisations["A1"], TODAY)
    with federation.as_("anna"), pytest.raises(DomainError) as refused:
        usecases.accept(waiting, how(federation, relation_id=roos))
    assert refused.value.code == "function_overlaps"


def test_a_mandate_needs_the_account_it_was_given_for_and_the_books(federation, waiting):
    roos = known_roos(federation)
    with federation.as_("anna"), pytest.raises(DomainError) as refused:
        usecases.accept(waiting, how(federation, relation_id=roos, gives_mandate=True))
    assert refused.value.code == "mandate_other_account"
    with federation.as_("bram"):
        made = usecases.enter({"surname": "Jansen", "iban": "NL91ABNA0417164300", "function_type_id": federation.member})
        with pytest.raises(DomainError, match="Laat de provincie accepteren"):
            usecases.accept(made, how(federation, gives_mandate=True))
        assert queries.enrollment(made).state == "new"


def test_a_brother_joins_the_household(federation, waiting):
    with federation.as_("bram"):
        daan = cards.add_relation(
            RelationDraft("Velthuis", prefix="van", first_name="Daan", addresses=(AddressDraft("Vliegerpad", "31", "Zutphen", "7201 KL"),))
        )
    with federation.as_("anna"):
        found = queries.candidates(queries.enrollment(waiting))
        assert [(c.relation_id, c.likeness.is_family) for c in found] == [(daan, True)]
        done = usecases.accept(waiting, how(federation, household_with_id=daan))
        roles = {r.id: r.household_role for r in db.session.query(Relation)}
        assert roles == {daan: "primary", done.relation_id: "other"}


def test_taking_over_and_declining_closes_it_on_the_card(federation, waiting):
    roos = known_roos(federation)
    with federation.as_("anna"):
        usecases.take_over_and_decline(waiting, roos, ["phone"])
        row = queries.enrollment(waiting)
        assert (row.state, row.relation_id) == ("taken_over", roos)
        assert "+31612345678" in [p.value for p in db.session.get_one(Relation, roos).contact_points]
        assert db.session.query(FunctionTerm).count() == 0
        with pytest.raises(DomainError):
            usecases.decline(waiting, "Dubbel")


def test_declining_needs_a_reason_and_mails_it(federation, waiting):
    with federation.as_("anna"):
        with pytest.raises(DomainError, match="Schrijf op waarom"):
            usecases.decline(waiting, "  ")
        usecases.decline(waiting, "Je woont buiten ons gebied.")
        assert queries.enrollment(waiting).state == "declined"
        assert "buiten ons gebied" in db.session.query(Message.body).filter_by(key=f"enrollment-declined:{waiting}").scalar()


def test_a_question_is_mailed_and_the_enrollment_waits(federation, waiting):
    with federation.as_("anna"):
        usecases.ask(waiting, "Klopt je huisnummer?")
        usecases.ask(waiting, "En je geboortedatum?")
        row = queries.enrollment(waiting)
        assert (row.state, row.reason, queries.waiting_count()) == ("asked", "En je geboortedatum?", 0)
        assert db.session.query(Message).filter(Message.key.like("enrollment-ask:%")).count() == 2
        usecases.accept(waiting, how(federation))


def test_a_stranger_decides_nothing(federation, waiting):
    with federation.as_("dirk"):
        for verb in (
            lambda: usecases.accept(waiting, how(federation, at="B1")),
            lambda: usecases.decline(waiting, "x"),
            lambda: usecases.ask(waiting, "x"),
        ):
            with pytest.raises(NotFound):
                verb()
    with federation.as_("anna"):
        assert queries.enrollment(waiting).state == "new"


def test_the_department_is_proposed_as_chosen_else_by_postcode(federation, waiting):
    with federation.as_("anna"):
        assert queries.proposed_department(queries.enrollment(waiting)) == federation.organisations["A1"]
        cover_postcodes(federation.organisations["A2"], 7200, 7299)
        with transaction() as session:
            session.get_one(Enrollment, waiting).department_id = None
        assert queries.proposed_department(queries.enrollment(waiting)) == federation.organisations["A2"]


def test_the_mail_goes_to_who_keeps_the_members_of_the_department(federation, waiting):
    with federation.as_("system"), transaction() as session:  # giving rights asks for who is signed in
        right = FunctionType(
            organisation_id=federation.organisations["NL"],
            code="LA",
            name="Ledenadministrateur",
            category="authorisation",
            grants_role="ledenadministrateur afdeling",
            levels=[],
        )
        session.add(right)
        session.flush()
        right_id = right.id
    with federation.as_("bram"):
        bram = cards.add_relation(RelationDraft("Smit", contact_points=(ContactDraft("email", "bram@a1.example"),)))
    with federation.as_("system"):
        start_function(bram, right_id, federation.organisations["A1"], TODAY)
    with federation.as_("anna"):
        assert queries.administrator_addresses(federation.organisations["A1"], TODAY) == ["bram@a1.example"]
        assert queries.administrator_addresses(federation.organisations["A2"], TODAY) == []


def test_the_queue_is_walked_oldest_first(federation, waiting):
    with federation.as_("anna"):
        second = usecases.enter({"surname": "Jansen", "function_type_id": federation.member})
        place = queries.place_in_queue(waiting)
        assert (place.position, place.total, place.previous_id, place.next_id) == (1, 2, None, second)
        usecases.accept(waiting, how(federation))
        assert queries.place_in_queue(waiting).next_id == second
