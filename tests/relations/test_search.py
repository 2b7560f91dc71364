"""Finding cards: by any part of what stands on them, and who is probably the same person."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import event, select

from app.kernel.db import db
from app.kernel.unit_of_work import transaction
from app.relations import queries, usecases
from app.relations.drafts import AccountDraft, AddressDraft, ContactDraft, RelationDraft
from app.relations.duplicates import Person
from app.relations.models import Address, Relation

ROOS = RelationDraft(
    "Velthuis",
    first_name="Roos",
    prefix="van",
    birth_date=date(1991, 5, 9),
    addresses=(AddressDraft("Vliegerpad", "31", "Zutphen", "7201 KL"),),
    contact_points=(ContactDraft("email", "roos@voorbeeld.nl"), ContactDraft("mobile", "0612345678")),
    accounts=(AccountDraft("NL91ABNA0417164300", "R. van Velthuis"),),
)
DAAN = RelationDraft(
    "Velthuis", first_name="Daan", birth_date=date(1994, 1, 1), addresses=ROOS.addresses, contact_points=ROOS.contact_points[:1]
)


@pytest.fixture
def roos(federation) -> int:
    with federation.as_("bram"):
        for draft in (RelationDraft("Öztürk", first_name="Ayşe"), RelationDraft("Christiaans", first_name="Bo")):
            usecases.add_relation(draft)
        return usecases.add_relation(ROOS)


FOUND = ["velth", "ROOS", "roos velthuis", "Velthuis, Roos", "van velt", "zutphen", "velthuis zut", "06-1234 5678", "0031612345678", "612345", "roos@",
         "voorbeeld", "NL91 ABNA", "0417164300", "7201kl", "Felthuus"]  # fmt: skip


@pytest.mark.parametrize("text", FOUND)
def test_a_card_is_found_by_any_part_in_one_statement(federation, roos, text):
    with federation.as_("bram"):
        asked = []
        event.listen(db.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
        assert [hit.relation_id for hit in queries.search(text)] == [roos]
        assert len([statement for statement in asked if statement.startswith("SELECT relation")]) == 1


def test_a_town_is_found_by_its_front_however_it_was_typed(federation, roos):
    towns = ("'s-Hertogenbosch", "den Ham", "EDE", "IJmuiden", "2e Exloërmond")
    with federation.as_("bram"):
        for town in towns:
            [address] = db.session.scalars(select(Address).where(Address.relation_id == roos))
            with transaction():
                address.town = town
            for typed in (town, town.lower(), town.upper(), town[:3]):
                assert [hit.relation_id for hit in queries.search(typed.split()[0])] == [roos], typed
        assert queries.search("exlo") == queries.search("zutphen") == []


@pytest.mark.parametrize(
    ("text", "names"), [("ozturk", ["Öztürk, Ayşe"]), ("Öztürk", ["Öztürk, Ayşe"]), ("Kristiaans", ["Christiaans, Bo"])]
)
def test_accents_and_spelling_do_not_matter(federation, roos, text, names):
    with federation.as_("bram"):
        assert [hit.name for hit in queries.search(text)] == names


@pytest.mark.parametrize("text", ["", "  ", "%", "_", "\x00", "'; drop table relation", "x" * 5000, "99999999999999999999"])
def test_odd_texts_find_nothing_and_break_nothing(federation, roos, text):
    with federation.as_("bram"):
        assert queries.search(text) == []


def test_a_card_is_found_by_its_number(federation, roos):
    with federation.as_("bram"):
        number = db.session.get_one(Relation, roos).number
        assert roos in [hit.relation_id for hit in queries.search(str(number))]


def test_a_stranger_finds_nothing(federation, roos):
    with federation.as_("dirk"):
        assert queries.search("velthuis") == queries.search("roos@") == []
        assert queries.likely_duplicates(Person("Velthuis", "Roos", birth_date=date(1991, 5, 9))) == []


def test_the_same_person_comes_first_and_the_brother_is_family(federation, roos):
    with federation.as_("bram"):
        daan = usecases.add_relation(DAAN)
        found = queries.likely_duplicates(
            Person("Velthuys", "Roos", "R.", date(1991, 5, 9), "7201 KL", "31", emails=frozenset({"roos@voorbeeld.nl"}))
        )
        assert [(c.relation_id, c.likeness.is_same, c.likeness.is_family) for c in found] == [(roos, True, False), (daan, False, True)]
        assert "Zelfde geboortedatum" in found[0].likeness.reasons
        assert queries.likely_duplicates(Person("Velthuis", "Roos", birth_date=date(1991, 5, 9)), excluding=[roos]) == []


def test_post_goes_where_one_lives_that_day_and_follows_the_household(federation, roos):
    with federation.as_("bram"):
        daan = usecases.add_relation(RelationDraft("Velthuis", first_name="Daan"))
        usecases.make_household(roos, (daan,))
        usecases.move(roos, AddressDraft("Kade", "2", "Lochem", "7241 AB"), date(2027, 3, 1))
        usecases.add_address(
            roos, AddressDraft("Duin", "1", "Ameland", "9161 AA", kind="holiday", first_day=date(2027, 7, 1), last_day=date(2027, 7, 31))
        )
        towns = {
            day: {i: a.town for i, a in queries.addresses_on([roos, daan], day).items()}
            for day in (date(2027, 2, 28), date(2027, 3, 1), date(2027, 7, 9))
        }
        assert towns == {day: dict.fromkeys((roos, daan), town) for day, town in zip(towns, ("Zutphen", "Lochem", "Ameland"), strict=True)}
