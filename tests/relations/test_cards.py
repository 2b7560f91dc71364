"""Making and changing cards."""

from __future__ import annotations

from datetime import date

import pytest

from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.relations import usecases
from app.relations.checks import CardRefused
from app.relations.drafts import AccountDraft, AddressDraft, ContactDraft, RelationDraft
from app.relations.models import Relation

HOME = AddressDraft("Vliegerpad", "31", "Zutphen", "7201kl")
FULL = RelationDraft(
    surname=" Boksmeer ",
    prefix="van",
    first_name="Bas",
    birth_date=date(1991, 5, 9),
    addresses=(HOME,),
    contact_points=(ContactDraft("email", "bas@Voorbeeld.NL"), ContactDraft("mobile", "06-12345678")),
    accounts=(AccountDraft("nl91 abna 0417 1643 00", "B. van Boksmeer"),),
)


def card(relation_id: int) -> Relation:
    return db.session.get_one(Relation, relation_id)


def test_a_card_is_made_whole_with_the_next_number(federation):
    with federation.as_("bram"):
        first, second = usecases.add_relation(FULL), usecases.add_relation(RelationDraft("Jansen"))
        row = card(first)
        assert card(second).number == row.number + 1
        assert (row.display_name, row.sort_key, row.search_name, row.initials) == (
            "Boksmeer, Bas van",
            "boksmeer bas van",
            "bas b. van boksmeer",
            "B.",
        )
        assert row.organisation_id == federation.organisations["A1"]
        assert [str(a) for a in row.addresses] == ["Vliegerpad 31, 7201 KL Zutphen"]
        assert [p.value for p in row.contact_points] == ["bas@voorbeeld.nl", "+31612345678"]
        assert [(a.iban, a.bic) for a in row.accounts] == [("NL91ABNA0417164300", "ABNANL2A")]


BAD = [
    (RelationDraft(" "), "surname", "field_required"),
    (RelationDraft("Jansen", birth_date=date(2999, 1, 1)), "birth_date", "birth_date_impossible"),
    (RelationDraft("Jansen", birth_date=date(1899, 12, 31)), "birth_date", "birth_date_impossible"),
    (RelationDraft("Jan\x00sen"), "surname", "text_control"),
    (RelationDraft("J" * 121), "surname", "text_too_long"),
    (RelationDraft("Jansen", kvk="123"), "kvk", "kvk_invalid"),
    (RelationDraft("Jansen", vat_number="NL1"), "vat_number", "vat_number_invalid"),
    (RelationDraft("Jansen", addresses=(AddressDraft("Pad", "1", "Zutphen", "0000 AA"),)), "postcode", "postcode_invalid"),
    (RelationDraft("Jansen", addresses=(AddressDraft("Pad", "1", "Zutphen"),)), "postcode", "field_required"),
    (RelationDraft("Jansen", contact_points=(ContactDraft("email", "jansen"),)), "value", "email_invalid"),
    (RelationDraft("Jansen", contact_points=(ContactDraft("phone", "letters"),)), "value", "phone_invalid"),
    (RelationDraft("Jansen", accounts=(AccountDraft("NL91ABNA0417164301", "Jansen"),)), "iban", "iban_invalid"),
]


@pytest.mark.parametrize(("draft", "field", "code"), BAD)
def test_what_does_not_hold_is_refused_at_its_field_and_leaves_nothing(federation, draft, field, code):
    with federation.as_("bram"):
        with pytest.raises(CardRefused) as refused:
            usecases.add_relation(draft)
        assert (refused.value.parameters["field"], refused.value.code) == (field, code)
        assert db.session.query(Relation).count() == 0


def test_all_refusals_are_told_at_once(federation):
    with federation.as_("bram"), pytest.raises(CardRefused) as refused:
        usecases.add_relation(RelationDraft("", birth_date=date(2999, 1, 1), kvk="1"))
    assert set(refused.value.parameters["fields"]) == {"surname", "birth_date", "kvk"}


def test_names_follow_a_change(federation):
    with federation.as_("bram"):
        made = usecases.add_relation(FULL)
        usecases.change_relation(made, first_name="Kees", surname="Vries", prefix="de")
        assert (card(made).display_name, card(made).initials) == ("Vries, Kees de", "K.")


def test_a_stranger_cannot_change_a_card(federation):
    with federation.as_("bram"):
        made = usecases.add_relation(FULL)
    with federation.as_("dirk"), pytest.raises(NotFound):
        usecases.change_relation(made, first_name="Kees")


def test_a_move_ends_the_old_address_the_day_before(federation):
    with federation.as_("bram"):
        made = usecases.add_relation(FULL)
        usecases.move(made, AddressDraft("Kade", "2", "Lochem", "7241 AB"), date(2027, 3, 1))
        assert [(a.town, a.first_day, a.last_day) for a in card(made).addresses] == [
            ("Zutphen", None, date(2027, 2, 28)),
            ("Lochem", date(2027, 3, 1), None),
        ]
        with pytest.raises(DomainError, match="verhuizing klaar per 01-03-2027"):
            usecases.move(made, HOME, date(2027, 2, 1))


def test_the_same_contact_twice_is_once_and_the_newest_is_primary(federation):
    with federation.as_("bram"):
        made = usecases.add_relation(FULL)
        usecases.add_contact_point(made, ContactDraft("email", "BAS@voorbeeld.nl".lower()))
        usecases.add_contact_point(made, ContactDraft("email", "nieuw@voorbeeld.nl"))
        found = [(p.value, p.is_primary) for p in card(made).contact_points if p.kind == "email"]
        assert found == [("bas@voorbeeld.nl", False), ("nieuw@voorbeeld.nl", True)]


def test_a_household_has_one_primary_and_passes_it_on(federation):
    with federation.as_("bram"):
        parent, child, baby = (usecases.add_relation(RelationDraft("Jansen", birth_date=date(year, 1, 1))) for year in (1980, 2010, 2020))
        household = usecases.make_household(parent, (child, baby))
        with pytest.raises(DomainError) as refused:
            usecases.make_household(child)
        assert refused.value.code == "has_household"
        usecases.leave_household(parent)
        assert [(card(i).household_id, card(i).household_role) for i in (parent, child, baby)] == [
            (None, None),
            (household, "primary"),
            (household, "other"),
        ]
