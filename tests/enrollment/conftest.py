"""A form that is open, and hands to fill it in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from app.enrollment import queries, usecases
from app.enrollment.models import Enrollment, EnrollmentForm
from app.kernel import clock
from app.kernel.db import db
from app.kernel.unit_of_work import transaction, working_as
from app.mail.models import Message

TODAY = date(2026, 11, 22)
ROOS = {
    "first_name": "Roos",
    "surname": "van Velthuis",
    "birth_date": date(1991, 5, 9),
    "street": "Vliegerpad",
    "house_number": "31",
    "postcode": "7201 KL",
    "town": "Zutphen",
    "email": "roos@voorbeeld.nl",
    "phone": "0612345678",
    "wants_direct_debit": True,
    "iban": "NL91ABNA0417164300",
    "consents": True,
}


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.standing_still(TODAY):
        yield


@pytest.fixture
def form(federation) -> str:
    """An open form of province A; gives its slug."""
    with federation.as_("anna"), transaction() as session:
        session.add(
            EnrollmentForm(
                organisation_id=federation.organisations["A"],
                slug="provincie-a",
                title="Lid worden",
                is_open=True,
                function_type_id=federation.member,
                consent_text="Ik ga akkoord.",
                fields={"first_name": "required", "birth_date": "required", "address": "required", "phone": "asked"},
            )
        )
    return "provincie-a"


@pytest.fixture
def submit(federation, form) -> Callable[..., None]:
    """Fill in the form as somebody without a login."""

    def fill(**values: Any) -> None:
        found = queries.door(form)
        with working_as(found.actor):
            usecases.submit_public(found.form_id, {**ROOS, **values}, "https://bond.example/inschrijven/provincie-a/bevestigen/{}")

    return fill


@pytest.fixture
def token_of(federation) -> Callable[[str], str]:
    """Read the secret from the mail to an address."""

    def read(address: str) -> str:
        with federation.as_("anna"):
            body = db.session.query(Message.body).filter_by(recipient=address).scalar()
        return re.search(r"/bevestigen/(\S+)", body)[1]

    return read


@pytest.fixture
def waiting(federation, form, submit, token_of) -> int:
    """One confirmed enrollment of Roos, waiting at province A."""
    submit(department_id=federation.organisations["A1"])
    token = token_of("roos@voorbeeld.nl")
    with working_as(queries.door(form).actor):
        usecases.confirm(token)
    with federation.as_("anna"):
        return db.session.query(Enrollment.id).scalar()
