from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bank.knowledge import know
from app.bank.matching import Incoming, propose
from app.bank.proposals import CollectionUnderWay, Debtor, OpenInvoice, RefundUnderWay, Rule, SubmittedBatch
from app.bank.statement import Payment
from app.kernel.identifiers import kenmerk, rf_reference

DAY = date(2026, 11, 20)
PIET, MARIE, JAN, LISA, ELS = "NL20INGB0001234567", "NL91ABNA0417164300", "NL44RABO0123456789", "NL02ABNA0123456789", "NL39RABO0300065264"
DEBTORS = [
    Debtor(1, "50001", "Piet Jansen", (PIET,)),
    Debtor(2, "50002", "Marie de Vries", (MARIE,), household_id=7),
    Debtor(3, "50003", "Jan Peter Bakker", (JAN,)),
    Debtor(4, "50004", "Lisa de Vries", (), household_id=7),
    Debtor(5, "50005", "Els Smit", (ELS,)),
    Debtor(6, "50006", "Els Smit", ()),
]


def invoice(number, debtor, cents, due=DAY):
    return OpenInvoice(number, debtor, f"2026-{number:05d}", kenmerk(202600000 + number), cents, due)


INVOICES = [
    invoice(101, 1, 6000),
    invoice(201, 2, 6000),
    invoice(202, 4, 3000),
    invoice(301, 3, 2500, date(2026, 10, 1)),
    invoice(302, 3, 4000),
    invoice(303, 3, 1000),
    invoice(501, 5, 7700),
    invoice(601, 6, 7700),
]
COLLECTIONS = [CollectionUnderWay(11, "I11", 101, 1, 9, 6000)]
BATCHES = [SubmittedBatch(9, "B-9", ("B-9-RCUR",), 123_456, DAY), SubmittedBatch(10, "B-10", ("B-10-RCUR",), 50_000, DAY)]
REFUNDS = [RefundUnderWay(3, "R3", 1, 1500)]
RULES = [
    Rule(1, "Bankkosten", True, account_id=4310, text="kosten betalingsverkeer", direction="out"),
    Rule(2, "Zaalhuur", False, account_id=4100, iban="NL86INGB0002445588"),
    Rule(3, "Sponsor", True, debtor_id=3, iban="NL33RABO0200000000", direction="in", amount_cents=100_000),
]


def answer(*payments, **more):
    known = know(
        **{
            "invoices": INVOICES,
            "debtors": DEBTORS,
            "collections": COLLECTIONS,
            "batches": BATCHES,
            "refunds": REFUNDS,
            "rules": RULES,
            **more,
        }
    )
    return propose([Incoming(p, DAY) for p in payments], known)


def pay(cents, iban="", name="", text="", **more):
    return Payment(cents, counter_iban=iban, counter_name=name, text=text, **more)


def ref(number):
    return kenmerk(202600000 + number)


CERTAIN = {
    "reference and exact amount": (pay(6000, reference=ref(101), reference_issuer="CUR"), [("invoice", 101, 6000)]),
    "reference in the end-to-end id": (pay(6000, end_to_end_id=ref(101)), [("invoice", 101, 6000)]),
    "reference in groups in the text": (pay(6000, text=f"kenmerk {ref(101)[:4]} {ref(101)[4:8]} {ref(101)[8:12]} {ref(101)[12:]}"), [("invoice", 101, 6000)]),
    "reference, paid by another without an invoice of that amount": (pay(3000, PIET, "P. Jansen", reference=ref(202)), [("invoice", 202, 3000)]),
    "number, amount and account": (pay(6000, PIET, "", "factuur 2026-00101"), [("invoice", 101, 6000)]),
    "number, amount and name": (pay(6000, "NL69INGB0123456789", "P Jansen", "fact 202600101"), [("invoice", 101, 6000)]),
    "number and household account": (pay(3000, MARIE, "M de Vries", "2026-00202"), [("invoice", 202, 3000)]),
    "part payment with reference and account": (pay(1000, PIET, "", reference=ref(101)), [("invoice", 101, 1000)]),
    "account and exact amount": (pay(6000, PIET, "P. Jansen", "contributie"), [("invoice", 101, 6000)]),
    "two references, exact sum": (pay(6500, "", "", f"{ref(301)} en {ref(302)}"), [("invoice", 301, 2500), ("invoice", 302, 4000)]),
    "two numbers, exact sum, account": (pay(6500, JAN, "", "2026-00301 + 2026-00302"), [("invoice", 301, 2500), ("invoice", 302, 4000)]),
    "all of one payer": (pay(7500, JAN, "JP Bakker"), [("invoice", 301, 2500), ("invoice", 302, 4000), ("invoice", 303, 1000)]),
    "batch by its group": (pay(123_456, payment_group_id="B-9-RCUR"), [("batch", 9, 123_456)]),
    "batch by total, day and code": (pay(50_000, bank_code="PMNT/IDDT/ESDD"), [("batch", 10, 50_000)]),
    "collection paid one by one": (pay(6000, end_to_end_id="I11"), [("batch", 9, 6000)]),
    "return": (pay(-6000, end_to_end_id="I11", is_return=True, return_code="AM04"), [("return", 11, -6000)]),
    "return with costs that the bank tells": (pay(-6150, end_to_end_id="I11", is_return=True, return_code="MD06", instructed_cents=6000), [("return", 11, -6150)]),
    "refund": (pay(-1500, PIET, end_to_end_id="R3"), [("debtor", 1, -1500)]),
    "rule that a person set": (pay(-450, text="Kosten Betalingsverkeer oktober"), [("account", 4310, -450)]),
    "rule on account and amount": (pay(100_000, "NL33RABO0200000000"), [("debtor", 3, 100_000)]),
}  # fmt: skip
PROBABLE = {
    "number and amount, payer unknown": (pay(6000, "", "", "2026-00101"), [("invoice", 101, 6000)]),
    "number mistyped by one figure": (pay(2500, "", "", "factuur 2026-00391"), [("invoice", 301, 2500)]),
    "two figures swapped": (pay(4000, "", "", "2026-00032 2026-03002"), [("invoice", 302, 4000)]),
    "reference mistyped": (pay(2500, reference=ref(301)[:-1] + "9"), [("invoice", 301, 2500)]),
    "reference of another while the payer has this amount": (pay(6000, PIET, "P. Jansen", reference=ref(201)), [("invoice", 201, 6000)]),
    "number of another while the payer has this amount": (pay(6000, PIET, "P. Jansen", "2026-00201"), [("invoice", 101, 6000)]),
    "the same by name": (pay(6000, "NL69INGB0123456789", "P. Jansen", reference=ref(201)), [("invoice", 201, 6000)]),
    "part payment, payer unknown": (pay(1000, reference=ref(101)), [("invoice", 101, 1000)]),
    "overpayment": (pay(7000, PIET, reference=ref(101)), [("invoice", 101, 6000), ("debtor", 1, 1000)]),
    "one named, rest is another of his": (pay(3500, JAN, reference=ref(301)), [("invoice", 301, 2500), ("invoice", 303, 1000)]),
    "account, some of his invoices": (pay(3500, JAN), [("invoice", 301, 2500), ("invoice", 303, 1000)]),
    "household account, invoice of another in it": (pay(3000, MARIE), [("invoice", 202, 3000)]),
    "household account, all of the household": (pay(9000, MARIE), [("invoice", 201, 6000), ("invoice", 202, 3000)]),
    "account, amount fits nothing": (pay(3000, JAN), [("invoice", 301, 2500), ("invoice", 302, 500)]),
    "account, more than all": (pay(8000, JAN), [("invoice", 301, 2500), ("invoice", 302, 4000), ("invoice", 303, 1000), ("debtor", 3, 500)]),
    "account and amount, but a number that leads nowhere": (pay(6000, PIET, "", "2025-00999"), [("invoice", 101, 6000)]),
    "account and amount, but a reference that leads nowhere": (pay(6000, PIET, reference="5000056789012345"), [("invoice", 101, 6000)]),
    "debtor number and exact amount": (pay(2500, "", "", "lid 50003"), [("invoice", 301, 2500)]),
    "name and exact amount": (pay(6000, "", "Hr P. Jansen e/o M. Pietersen"), [("invoice", 101, 6000)]),
    "name with accents lost and amount": (pay(2500, "", "J.P. Bakker"), [("invoice", 301, 2500)]),
    "child named in the text": (pay(3000, "", "T. Pietersen", "contributie Lisa de Vries"), [("invoice", 202, 3000)]),
    "learned rule": (pay(-25_000, "NL86INGB0002445588"), [("account", 4100, -25_000)]),
    "batch named, other total": (pay(120_000, payment_group_id="B-9-RCUR"), [("batch", 9, 120_000)]),
    "batch by total only": (pay(50_000), [("batch", 10, 50_000)]),
    "return of another amount": (pay(-3000, end_to_end_id="I11", is_return=True), [("return", 11, -3000)]),
    "return with costs that nobody tells": (pay(-6150, end_to_end_id="I11", is_return=True), [("return", 11, -6150)]),
    "money out to a known payer": (pay(-500, PIET), [("debtor", 1, -500)]),
    "payer with nothing open": (pay(500, "NL20INGB0001234567"), [("debtor", 1, 500)]),
}  # fmt: skip
UNKNOWN = {
    "nothing": pay(999),
    "amount alone": pay(2500),
    "return with an id that is not ours": pay(-6000, PIET, end_to_end_id="X1", is_return=True, return_code="AM04"),
    "two people of one name": pay(7700, "", "E. Smit"),
    "numbers that do not add up": pay(9999, "", "", "2026-00301 2026-00302"),
    "money out": pay(-100, "", "Onbekend"),
}


@pytest.mark.parametrize("name", CERTAIN)
def test_certain(name):
    payment, targets = CERTAIN[name]
    (found,) = answer(payment)
    assert (found.certainty, [(t.kind, t.id, t.cents) for t in found.targets]) == ("certain", targets)
    assert found.reasons
    assert all(r.endswith(".") for r in found.reasons)


@pytest.mark.parametrize("name", PROBABLE)
def test_probable(name):
    payment, targets = PROBABLE[name]
    more = {"invoices": [i for i in INVOICES if i.id != 101]} if name == "payer with nothing open" else {}
    (found,) = answer(payment, **more)
    assert (found.certainty, [(t.kind, t.id, t.cents) for t in found.targets]) == ("probable", targets)
    assert found.reasons


@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown(name):
    (found,) = answer(UNKNOWN[name])
    assert (found.kind, found.certainty, found.targets) == ("unknown", "unknown", ())
    assert found.reasons


def test_doubtful_ones_have_their_candidates():
    (smit,) = answer(UNKNOWN["two people of one name"])
    assert [c.id for c in smit.candidates] == [501, 601]
    (slip,) = answer(PROBABLE["reference of another while the payer has this amount"][0])
    assert [c.id for c in slip.candidates] == [101]


def test_costs_of_a_return_are_told():
    (found,) = answer(CERTAIN["return with costs that the bank tells"][0])
    assert (found.costs_cents, found.return_code) == (150, "MD06")


def test_several_payments_for_one_invoice():
    found = answer(pay(2000, PIET, reference=ref(101)), pay(4000, PIET, reference=ref(101)))
    assert [(p.certainty, p.targets[0].id, p.targets[0].cents) for p in found] == [("certain", 101, 2000), ("certain", 101, 4000)]


def test_paid_twice_the_second_stays_with_the_debtor():
    found = answer(pay(6000, PIET, reference=ref(101)), pay(6000, PIET, reference=ref(101)))
    assert [(p.certainty, p.kind) for p in found] == [("certain", "invoice"), ("probable", "debtor")]


def test_strong_evidence_later_in_the_statement_goes_before_weak_evidence_earlier():
    found = answer(pay(2500, "", "J.P. Bakker"), pay(2500, reference=ref(301)))
    assert (found[1].certainty, found[1].targets[0].id) == ("certain", 301)
    assert found[0].certainty != "certain"


def test_a_collection_that_comes_back_twice():
    back = pay(-6000, end_to_end_id="I11", is_return=True)
    assert [p.certainty for p in answer(back, back)] == ["certain", "probable"]


def test_two_batches_of_one_total_are_not_guessed():
    twin = [*BATCHES, SubmittedBatch(12, "B-12", (), 50_000, DAY)]
    (found,) = answer(pay(50_000, bank_code="PMNT/IDDT/ESDD"), batches=twin)
    assert found.certainty == "probable"


def test_an_rf_reference():
    rf = rf_reference("202600101")
    items = [OpenInvoice(1, 1, "2026-00101", rf, 6000, DAY)]
    for payment in (pay(6000, reference=rf, reference_issuer="ISO"), pay(6000, text=f"betreft {rf[:4]} {rf[4:8]} {rf[8:]} dank")):
        (found,) = answer(payment, invoices=items)
        assert (found.certainty, found.targets[0].id) == ("certain", 1)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-8000, 20_000).filter(bool),
            st.sampled_from(["", PIET, MARIE, JAN, ELS, "NL69INGB0123456789"]),
            st.sampled_from(["", "P. Jansen", "J.P. Bakker", "Els Smit", "Onbekend"]),
            st.sampled_from(["", "2026-00101", "2026-00391", "lid 50003", ref(301), f"{ref(301)} {ref(302)}"]),
            st.sampled_from(["", ref(101), ref(201), "5000056789012345"]),
        ),
        max_size=8,
    )
)
def test_targets_add_up_no_invoice_is_overpaid_and_the_answer_is_the_same_again(rows):
    payments = [pay(cents, iban, name, text, reference=reference) for cents, iban, name, text, reference in rows]
    found = answer(*payments)
    taken = {}
    for payment, proposal in zip(payments, found, strict=True):
        assert not proposal.targets or sum(t.cents for t in proposal.targets) == payment.cents
        assert (proposal.kind == "unknown") == (not proposal.targets)
        for target in proposal.targets:
            if target.kind == "invoice":
                taken[target.id] = taken.get(target.id, 0) + target.cents
    assert all(cents <= next(i.open_cents for i in INVOICES if i.id == number) for number, cents in taken.items())
    assert answer(*payments) == found


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([101, 201, 301, 302]), st.integers(0, 15), st.integers(1, 9), st.sampled_from([2500, 4000, 6000]))
def test_a_slip_in_a_reference_never_becomes_certain_for_another_invoice(number, place, shift, cents):
    right = ref(number)
    wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
    payer = next(d for d in DEBTORS if d.id == next(i.debtor_id for i in INVOICES if i.id == number))
    (found,) = answer(pay(cents, "", payer.name, text=wrong))
    assert found.certainty != "certain" or {t.id for t in found.targets} == {number}


def test_a_probable_rule_of_the_payment_keeps_its_own_amount():
    (found,) = answer(replace(PROBABLE["learned rule"][0], cents=-1))
    assert found.rule_id == 2
