"""Requests side by side in one process: nobody gets another one's filters, parents, rights or rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from app.kernel.db import db
from app.relations.models import ContactPoint
from tests.web import Web

ROUNDS = 12
PLACES = {"bram": "A1", "carla": "B1"}


def test_four_at_once_each_stay_with_their_own(web: Web) -> None:
    with web.app.app_context():
        cards = {who: [web.federation.relation(at) for _ in range(3)] for who, at in PLACES.items()}
    clients = {who: [web.signed_in(who) for _ in range(2)] for who in PLACES}

    def work(job: tuple[str, int]) -> list[str]:
        who, thread = job
        client, wrong = clients[who][thread], []
        others = [name for name in PLACES if name != who]
        for turn in range(ROUNDS):
            parent = cards[who][turn % 3]
            form = {"kind": "email", "relation": parent, "value": f"{who}-{parent}-{thread}-{turn}@bond.example"}
            added = client.post(f"/contactpointview/add?relation={parent}", data=form)
            if added.status_code != 302:
                wrong.append(f"{who}: {added.status_code} on adding")
            page = client.get(f"/contactpointview/list/?_flt_0_relation={parent}").text
            wrong += [f"{who} sees {other}" for other in others if f"{other}-" in page]
            wrong += [
                f"{who} sees card {card} in the list of {parent}" for card in cards[who] if card != parent and f"{who}-{card}-" in page
            ]
        return wrong

    jobs = [(who, thread) for who in PLACES for thread in range(2)]
    with ThreadPoolExecutor(len(jobs)) as pool:
        wrong = [sentence for found in pool.map(work, jobs) for sentence in found]
    assert not wrong, wrong[:10]
    with web.as_("system"):
        kept = db.session.execute(select(ContactPoint.relation_id, ContactPoint.value)).all()
    assert len(kept) == len(jobs) * ROUNDS
    assert all(value.split("-")[1] == str(relation_id) for relation_id, value in kept), "a contact point hangs on another card"
