"""What tax law keeps of somebody who was erased, until when, and that it goes after that; and what is open is refused, each with its reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from app.bank.models import BankFile, BankStatement, StatementLine, StatementTarget
from app.documents.models import StoredDocument
from app.enrollment.models import Enrollment
from app.functions.models import FunctionTerm, FunctionType
from app.invoicing.models import Invoice
from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.sealing import check_trail, seal_trail
from app.kernel.unit_of_work import transaction, working_as
from app.ledger.models import BookYear, LedgerAccount
from app.mail.models import Message
from app.privacy import usecases
from app.privacy.models import Erasure
from app.privacy.usecases import retaining
from app.relations.models import ContactPoint, Relation
from app.sepa.models import BankAccount, Mandate
from tests.federation import Federation
from tests.privacy.canaries import dump, person
from tests.privacy.test_erasing import left

MOMENT = datetime(2024, 3, 1, tzinfo=UTC)
# Where words of the person may stand while law asks for it, each as `app.privacy.person` declares.
KEPT_BY_LAW = {"stored_document", "mandate", "statement_line", "bank_file", "audit_record"}


def _books(federation: Federation, card: int) -> list[str]:
    """Give a card a posted invoice with its PDF, a used mandate and a bank line, and return the words in them."""
    at = federation.organisations["A"]
    with working_as(system_actor("test")), transaction() as session:
        session.add(BookYear(organisation_id=at, name="2024", first_day=date(2024, 1, 1), last_day=date(2024, 12, 31)))
        bank = LedgerAccount(organisation_id=at, number="1100", name="Bank", type="asset")
        session.add(bank)
        session.flush()
        account = BankAccount(organisation_id=at, name="Bank", iban="NL91ABNA0417164300", holder="A", ledger_account_id=bank.id)
        file = BankFile(organisation_id=at, name="a.xml", sha256="a" * 64, content=b"Wetvogel in het bestand", imported_by="test")
        invoice = Invoice(organisation_id=at, state="posted", number="2024-1", debtor_id=card, payment_method="transfer", reference="R1",
                          invoice_date=date(2024, 2, 1), due_date=date(2024, 3, 1), total_cents=1000, posted_at=MOMENT)  # fmt: skip
        session.add_all([account, file, invoice])
        session.flush()
        paper = StoredDocument(organisation_id=at, name="2024-1.pdf", content_type="application/pdf", content=b"Wetvogel op papier", sha256="b" * 64,
                               subject_table="invoice", subject_id=invoice.id)  # fmt: skip
        statement = BankStatement(organisation_id=at, bank_account_id=account.id, file_id=file.id, statement_id="S1", first_day=date(2024, 3, 1),
                                  last_day=date(2024, 3, 1), opening_cents=0, closing_cents=1000, line_count=1)  # fmt: skip
        mandate = Mandate(organisation_id=at, relation_id=card, reference="M-WET", signed_on=date(2024, 1, 1), iban="NL18RABO0123459876",
                          holder="Wetvogel gemachtigd", last_used_on=date(2024, 2, 20))  # fmt: skip
        session.add_all([paper, statement, mandate])
        session.flush()
        invoice.document_id = paper.id
        line = StatementLine(organisation_id=at, statement_id=statement.id, bank_account_id=account.id, position=1, entry_key="E1", raw="Wetvogel ruw",
                             booked_on=date(2024, 3, 1), amount_cents=1000, counter_iban="NL18RABO0123459876", counter_name="Wetvogel betaalt",
                             description="Wetvogel schrijft")  # fmt: skip
        session.add(line)
        session.flush()
        session.add(
            StatementTarget(organisation_id=at, line_id=line.id, position=1, kind="invoice", amount_cents=1000, invoice_id=invoice.id)
        )
    return ["Wetvogel", "NL18RABO0123459876"]


def test_law_keeps_what_it_asks_for_and_no_longer(federation: Federation) -> None:
    one = person(federation)
    words = _books(federation, one.relation_id)
    with clock.standing_still(date(2026, 1, 10)):
        with federation.as_("carla"):
            plan = usecases.plan_erasure(one.relation_id)
            assert plan.kept_until == date(2031, 12, 31)
            stays = {line.title: line.stays for line in plan.lines if line.stays}
            assert {name: stays.get(name) for name in ("Facturen en creditnota's", "Machtigingen", "Bewaarde documenten")} == {
                "Facturen en creditnota's": 1, "Machtigingen": 1, "Bewaarde documenten": 1,
            }  # fmt: skip
            usecases.erase(one.relation_id, "request")
        assert left(one.words) == {}, "what law does not ask for goes, also beside what it does"
        assert set(left(words)) == KEPT_BY_LAW
        with working_as(system_actor("test")):
            seal_trail()
            usecases.complete(one.relation_id)
        assert set(left(words)) == KEPT_BY_LAW, "the term is not over"
    with clock.standing_still(date(2033, 2, 2)), working_as(system_actor("test")):
        retaining.let_go(clock.today(), lambda _done, _total: None)
        assert db.session.scalar(select(Erasure.completed_at)) is not None
        assert check_trail().finding is None
        seal_trail()
        assert check_trail().finding is None
    assert set(left(words)) == {"bank_file"}, "the file of the bank goes by its own term"


def _add(session: Any, federation: Federation, card: int, what: str) -> None:
    at, here = federation.organisations["A"], federation.organisations["A1"]
    today = clock.today()
    term = {"organisation_id": here, "relation_id": card, "first_day": date(2020, 1, 1)}
    granting = FunctionType(organisation_id=federation.organisations["NL"], code="LA", name="Ledenadministratie", category="authorisation",
                            grants_role="Raadpleger")  # fmt: skip
    made: dict[str, Callable[[], Any]] = {
        "function": lambda: FunctionTerm(**term, function_type_id=federation.member),
        "ends later": lambda: FunctionTerm(**term, function_type_id=federation.member, last_day=today + timedelta(days=3)),
        "draft": lambda: Invoice(organisation_id=at, debtor_id=card, payment_method="transfer", invoice_date=today, due_date=today, total_cents=1),
        "enrollment": lambda: Enrollment(organisation_id=at, relation_id=card, source="web", state="new", function_type_id=federation.member, surname="X"),
        "mail": lambda: Message(organisation_id=at, key="k", kind="letter", relation_id=card, sender_name="A", sender_email="a@bond.example",
                                recipient="b@bond.example", subject="s", body="b", message_id="<1@b>", not_before=clock.now()),
        "login": lambda: User(username="open", first_name="O", last_name="P", email="vrij@bond.example", active=True),
        "payer": lambda: Relation(organisation_id=here, number=99, surname="Kind", display_name="Kind", sort_key="kind", search_name="kind", payer_id=card),
    }  # fmt: skip
    if what == "granting":
        session.add(granting)
        session.flush()
        session.add(FunctionTerm(**term, function_type_id=granting.id))
        return
    if what == "login":
        session.add(ContactPoint(organisation_id=here, relation_id=card, kind="email", value="vrij@bond.example"))
    session.add(made[what]())


OPEN = [
    ("function", "Lid bij department A1 loopt nog"),
    ("ends later", "loopt nog tot en met"),
    ("granting", "rechten in dit programma"),
    ("draft", "1 conceptfactuur"),
    ("enrollment", "1 inschrijving"),
    ("mail", "uitgaande post"),
    ("login", "“open” kan nog inloggen"),
    ("payer", "betaalt nog voor 1 ander"),
]


@pytest.mark.parametrize(("what", "said"), OPEN, ids=[one[0] for one in OPEN])
def test_what_is_open_is_refused_with_the_reason(federation: Federation, what: str, said: str) -> None:
    card = federation.relation("A1", "Openstaand")
    with working_as(system_actor("test")), transaction() as session:
        _add(session, federation, card, what)
    before = dump()
    with federation.as_("carla"), pytest.raises(DomainError) as refusal:
        usecases.erase(card, "request")
    assert said in refusal.value.message
    assert len(refusal.value.parameters["reasons"]) == 1
    assert dump() == before


def test_who_cannot_see_all_of_it_asks_who_can(federation: Federation) -> None:
    card = federation.relation("A1", "Gedeeld")
    federation.holds(card, "B1", last_day=date(2021, 1, 1))
    with federation.as_("A"), pytest.raises(DomainError) as refusal:
        usecases.erase(card, "request")
    assert "Ook department B1" in refusal.value.message
    with federation.as_("B"), pytest.raises(DomainError):
        usecases.erase(card, "request")
    with federation.as_("NL"):
        assert not usecases.erase(card, "request").is_erased
