"""Names are compared only where they can be alike; what is left out would not have been alike."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from app.bank.lookalikes import SameAmount
from app.bank.names import likeness
from app.bank.proposals import OpenInvoice

WORDS = st.sampled_from(
    "J. P. Jan Jaap Piet Els van de der Jansen Janssen Jans Smit-Bakker Bakker Vries Bó Özil dhr fam & e/o en 3e".split()  # noqa: SIM905
)
NAMES = st.lists(WORDS, max_size=5).map(" ".join)
TEXTS = st.one_of(st.just(""), st.just("contributie"), NAMES, NAMES.map(lambda name: f"voor {name}s"))


@settings(max_examples=400, deadline=None)
@given(NAMES, TEXTS, st.lists(NAMES, min_size=1, max_size=12))
def test_whoever_is_not_compared_is_not_alike(payer, text, debtors):
    day, small = date(2026, 11, 20), text.casefold()
    same = SameAmount((OpenInvoice(place, place, f"2026-{place:05d}", "", 6000, day), name) for place, name in enumerate(debtors))

    def alike(found):
        return {i.id for i in found if likeness(payer, debtors[i.id]) >= 80 or (debtors[i.id] and debtors[i.id].casefold() in small)}

    assert alike(same.alike(payer, small)) == alike(same.sharing(payer))


def test_of_many_namesakes_few_are_compared():
    day = date(2026, 11, 20)
    first = [f"{letter}{more}" for letter in "BCDEFGHIJKLMNOPRSTWZ" for more in ("an", "el", "os")]
    same = SameAmount((OpenInvoice(place, place, "", "", 6000, day), f"{name} Jansen") for place, name in enumerate(first))
    assert len(set(same.sharing("J. Jansen"))) == len(first)
    assert {first[i.id] for i in same.alike("J. Jansen", "")} == {"Jan", "Jel", "Jos"}
    assert {first[i.id] for i in same.alike("J. Jansen", "voor pel jansen")} == {"Jan", "Jel", "Jos", "Pel"}
