"""A person of whom every field holds a word that stands nowhere else: what is left of it after erasing is a leak."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select, text

from app.consents.models import Consent, ConsentPurpose
from app.custom_fields.models import CustomField
from app.data_quality.models import DataIssue
from app.documents.models import StoredDocument
from app.enrollment.models import Enrollment
from app.functions.models import FunctionTerm
from app.groups.models import TargetGroup, TargetGroupMember
from app.kernel import audit
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.sealing import seal_trail
from app.kernel.unit_of_work import transaction, working_as
from app.mail.models import Message
from app.relations.models import Address, ContactPoint, Household, Relation, RelationAccount
from app.sepa.models import Mandate
from security.models import UserSession
from tests.federation import Federation

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Canaries:
    """A card, and the words on it."""

    relation_id: int = 0
    words: list[str] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: count(1))

    def word(self, what: str) -> str:
        """Return a new word that stands nowhere else."""
        made = f"Kanarie{what}é{next(self.numbers):02d}x"
        self.words.append(made)
        return made

    def value(self, made: str) -> str:
        """Keep a value of another shape as a canary."""
        self.words.append(made)
        return made


def person(federation: Federation, at: str = "A1", under: str = "A") -> Canaries:
    """Make the person with all that can hang on a card, each change told in the trail, and seal the trail half-way."""
    one = Canaries()
    here, above = federation.organisations[at], federation.organisations[under]
    with working_as(system_actor("test")):
        with transaction() as session:
            _card(session, one, here)
        with transaction() as session:
            _around(session, one, here, above, federation)
        seal_trail()
        with transaction() as session:
            card = session.get_one(Relation, one.relation_id)
            card.remarks = one.word("opmerking2")
            card.birth_date = date(1961, 7, 23)
            session.flush()
            gone = session.scalars(select(Address).where(Address.relation_id == card.id, Address.kind == "holiday")).one()
            session.delete(gone)
            audit.record("export", "relation", None, here, screen="Relaties", filter=f"naam bevat {card.surname}", rows=1)
    one.words += ["1961-07-23", "1950-03-04"]
    return one


def _card(session: Any, one: Canaries, here: int) -> None:
    surname, first = one.word("achternaam"), one.word("voornaam")
    house = Household(organisation_id=here, name=f"Huishouden {surname}")
    custom = CustomField(organisation_id=here, holder="relation", code="bijnaam", label="Bijnaam", kind="text", choices=[])
    session.add_all([house, custom])
    session.flush()
    card = Relation(
        organisation_id=here, number=77123, initials=one.value("Q.X.Z.W."), first_name=first, prefix=one.value("vander-qx"), surname=surname,
        display_name=f"{surname}, {first}", sort_key=f"{surname} {first}".lower(), search_name=f"{first} {surname}".lower(), sound_key="KNR",
        gender="x", birth_date=date(1950, 3, 4), kvk=one.value("90817263"), vat_number=one.value("NL123456782B90"),
        einvoice_id=one.word("efactuur"), remarks=one.word("opmerking"), custom_values={str(custom.id): one.word("bijnaam")},
        end_reason=one.word("einde"), household_id=house.id, household_role="primary", payment_method="direct_debit",
    )  # fmt: skip
    session.add(card)
    session.flush()
    one.relation_id = card.id


def _around(session: Any, one: Canaries, here: int, above: int, federation: Federation) -> None:
    of = {"organisation_id": here, "relation_id": one.relation_id}
    for kind in ("home", "post", "holiday"):
        session.add(Address(**of, kind=kind, street=one.word("straat"), house_number=one.value(f"9{len(one.words)}q"), suffix=one.value(f"qy{len(one.words)}"),
                            postcode=one.value(f"7{len(one.words)}31 QZ"), town=one.word("plaats")))  # fmt: skip
    email = one.value("kanarie.vogel@kooi.example")
    for kind, value in (
        ("email", email),
        ("phone", "+31209876543"),
        ("mobile", "+31698765432"),
        ("website", "https://kanarie-site.example"),
    ):
        session.add(ContactPoint(**of, kind=kind, value=value))
    one.words += ["+31209876543", "+31698765432", "https://kanarie-site.example"]
    session.add(RelationAccount(**of, iban=one.value("NL02ABNA0123456789"), holder=one.word("houder")))
    session.add(FunctionTerm(**of, function_type_id=federation.member, first_day=date(2015, 1, 1), last_day=date(2019, 12, 31),
                             remarks=one.word("functie"), payer_reference=one.word("kenmerk")))  # fmt: skip
    group = TargetGroup(organisation_id=here, code="kooi", name="Kooi")
    purpose = ConsentPurpose(organisation_id=here, code="krant", name="Krant", question="Wil je de krant?")
    session.add_all([group, purpose])
    session.flush()
    session.add(TargetGroupMember(**of, target_group_id=group.id, added_by="test"))
    session.add(Consent(**of, purpose_id=purpose.id, is_given=True, on_date=date(2019, 1, 1), source="phone", remarks=one.word("akkoord"),
                        noted_by="test"))  # fmt: skip
    request = Enrollment(
        organisation_id=above, relation_id=one.relation_id, source="web", state="accepted", function_type_id=federation.member,
        initials="Q.", first_name=one.word("aanvraagnaam"), surname=one.word("aanvraag"), birth_date=date(1950, 3, 4), street=one.word("laan"),
        town=one.word("dorp"), email="kanarie.twee@kooi.example", phone=one.value("+31201112223"), iban=one.value("NL20INGB0001234567"),
        account_holder=one.word("rekening"), remarks=one.word("wens"), submitted={"surname": one.word("ingestuurd")}, reason=one.word("reden"),
    )  # fmt: skip
    session.add(request)
    session.flush()
    one.words.append("kanarie.twee@kooi.example")
    session.add(Mandate(organisation_id=above, relation_id=one.relation_id, reference="M-77123", signed_on=date(2019, 1, 1),
                        iban=one.value("NL69INGB0123456789"), holder=one.word("machtiging"), evidence=one.word("bewijs")))  # fmt: skip
    letter = StoredDocument(organisation_id=here, name=one.word("brief") + ".pdf", content_type="text/plain", content=one.word("inhoud").encode(), sha256="0" * 64,
                            subject_table="relation", subject_id=one.relation_id)  # fmt: skip
    session.add(letter)
    session.flush()
    sent = {"sender_name": "Bond", "sender_email": "bond@bond.example", "state": "sent", "not_before": LONG_AGO}
    session.add(Message(organisation_id=here, key="brief:1", kind="letter", relation_id=one.relation_id, recipient=email, subject=one.word("onderwerp"),
                        body=one.word("tekst"), html=one.word("html"), response=one.word("antwoord"), message_id="<1@bond>",
                        document_id=letter.id, **sent))  # fmt: skip
    session.add(Message(organisation_id=above, key=f"enrollment-confirm:{request.id}", kind="enrollment", recipient="kanarie.twee@kooi.example",
                        subject="Bevestig", body=one.word("bevestig"), message_id="<2@bond>", **sent))  # fmt: skip
    session.add(Message(organisation_id=here, key="data_issues:2020-01-01", kind="data_issues", recipient="afdeling@bond.example", subject="Meldingen",
                        body=f"- {one.words[0]}, {one.words[1]} (77123)\n  /relationview/show/{one.relation_id}\n", message_id="<3@bond>", **sent))  # fmt: skip
    session.add(DataIssue(organisation_id=here, relation_id=one.relation_id, rule="no_email", text=one.word("melding"), first_seen=LONG_AGO,
                          last_seen=LONG_AGO, accepted_reason=one.word("waarom")))  # fmt: skip
    user = User(username=one.word("gebruiker"), first_name="Kanariegebruikervoor", last_name="Kanariegebruikerachter", email=email, active=False,
                password="x")  # fmt: skip
    session.add(user)
    session.flush()
    one.words += ["Kanariegebruikervoor", "Kanariegebruikerachter"]
    session.add(UserSession(user_id=user.id, token_hash="f" * 64, address="203.0.113.77", device=one.word("toestel"), began_at=LONG_AGO))
    one.words.append("203.0.113.77")


def dump() -> dict[str, str]:
    """Return every table of the database as one text, also what hides in bytes and in JSON."""
    found = {}
    with working_as(system_actor("test")):
        connection = db.session().connection()
        for table in Model.metadata.sorted_tables:
            rows = []
            for row in connection.execute(text(f'SELECT * FROM "{table.name}"')):
                rows += [_readable(value, table) for value in row]
            found[table.name] = "\n".join(rows)
    return found


def _readable(value: Any, _table: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    plain = str(value)
    return plain + (plain.encode().decode("unicode_escape", "replace") if "\\u" in plain else "")
