"""Mandates and batches in the database: who is collected, who is left out, and what the books say."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest
from sqlalchemy import func, select

from app.kernel.db import db
from app.kernel.errors import DomainError
from app.sepa.models import Collection, DebitBatch, Mandate
from app.sepa.usecases import amend_mandate, change_state, give_mandate, lapse_mandates, make_batches, submit_batch, withdraw_batch
from app.sepa.validation import validate
from tests.bank.conftest import MEMBER_IBANS, TODAY, Treasury, treasury

__all__ = ["treasury"]
COLLECT = date(2026, 2, 24)


@pytest.mark.parametrize("version", ["08", "02"])
def test_a_batch_holds_who_can_be_collected_and_names_who_cannot(treasury: Treasury, version: str) -> None:
    with treasury.as_():
        made = make_batches(treasury.organisation_id, COLLECT, TODAY, version=version)
        batch = db.session.get(DebitBatch, made.batch_ids[0])
        figures = validate([batch.document], version)
        assert (figures.count, figures.total_cents) == (batch.count, batch.total_cents) == (2, 11000)
        assert batch.sha256 == hashlib.sha256(batch.document).hexdigest()
        assert made.left_out == ((treasury.invoice("Zonder").number, made.left_out[0][1]),)
        assert "geen machtiging" in made.left_out[0][1]


def test_a_second_batch_finds_the_invoices_under_way(treasury: Treasury) -> None:
    with treasury.as_():
        first = make_batches(treasury.organisation_id, COLLECT, TODAY)
        second = make_batches(treasury.organisation_id, COLLECT, TODAY)
        assert (len(first.batch_ids), second.batch_ids) == (1, ())
        withdraw_batch(first.batch_ids[0])
        assert len(make_batches(treasury.organisation_id, COLLECT, TODAY).batch_ids) == 1


def test_submitting_twice_books_once(treasury: Treasury) -> None:
    with treasury.as_():
        batch_id = make_batches(treasury.organisation_id, COLLECT, TODAY).batch_ids[0]
        before = db.session.get(DebitBatch, batch_id).document
        submit_batch(batch_id, TODAY)
        for again in (lambda: submit_batch(batch_id, TODAY), lambda: withdraw_batch(batch_id)):
            with pytest.raises(DomainError) as refusal:
                again()
            assert refusal.value.code == "wrong_state"
        assert db.session.get(DebitBatch, batch_id).document == before
        assert db.session.scalar(select(func.count()).select_from(Mandate).where(Mandate.last_used_on == COLLECT)) == 2


@pytest.mark.parametrize("day", [date(2026, 2, 19), date(2026, 2, 21), date(2026, 5, 1), date(2027, 2, 1)])
def test_a_day_on_which_banks_do_not_collect_is_refused(treasury: Treasury, day: date) -> None:
    with treasury.as_(), pytest.raises(DomainError):
        make_batches(treasury.organisation_id, day, TODAY)


def test_a_new_account_is_told_to_the_bank_once(treasury: Treasury) -> None:
    with treasury.as_():
        first = make_batches(treasury.organisation_id, COLLECT, TODAY).batch_ids[0]
        mandate_id = db.session.scalar(select(Mandate.id).where(Mandate.relation_id == treasury.relations["Incasso"]))
        with pytest.raises(DomainError) as refusal:
            amend_mandate(mandate_id, iban="NL39RABO0300065264", holder="J. Incasso", today=TODAY)
        assert refusal.value.code == "mandate_under_way"
        submit_batch(first, TODAY)
        db.session.execute(Collection.__table__.update().values(state="collected"))
        db.session.commit()
        amend_mandate(mandate_id, iban="NL39RABO0300065264", holder="J. Incasso", today=TODAY)
        mandate = db.session.get(Mandate, mandate_id)
        assert (mandate.iban, mandate.original_iban, mandate.amendment_sent_on) == ("NL39RABO0300065264", MEMBER_IBANS["Incasso"], None)


def test_mandates_that_are_refused(treasury: Treasury) -> None:
    relation, good = (
        treasury.relations["Zonder"],
        {"iban": "NL39RABO0300065264", "holder": "J. Zonder", "signed_on": date(2026, 1, 1), "today": TODAY},
    )
    with treasury.as_():
        for wrong, code in (
            ({"iban": "NL39RABO0300065265"}, "iban_invalid"),
            ({"signed_on": date(2026, 3, 1)}, "mandate_future"),
            ({"holder": " "}, "mandate_holder"),
            ({"bic": "X"}, "bic_invalid"),
        ):
            with pytest.raises(DomainError) as refusal:
                give_mandate(treasury.organisation_id, relation, **{**good, **wrong})
            assert refusal.value.code == code
        first = give_mandate(treasury.organisation_id, relation, reference="EIGEN-1", **good)
        with pytest.raises(DomainError) as refusal:
            give_mandate(treasury.organisation_id, relation, reference="EIGEN-1", **good)
        assert refusal.value.code == "mandate_exists"
        change_state(first, "revoke")
        with pytest.raises(DomainError):
            change_state(first, "resume")


def test_mandates_lapse_after_36_months(treasury: Treasury) -> None:
    with treasury.as_():
        assert lapse_mandates(date(2028, 1, 1)) == 0
        assert lapse_mandates(date(2028, 1, 2)) == 2
