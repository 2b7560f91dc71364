"""What was ticked on the public form comes to the card, with its day; what was not asked or not ticked does not."""

from __future__ import annotations

from sqlalchemy import select

from app.consents.models import Consent, ConsentPurpose
from app.enrollment import queries, usecases
from app.enrollment.models import Enrollment, EnrollmentForm
from app.kernel.db import db
from app.kernel.unit_of_work import transaction, working_as
from tests.enrollment.conftest import TODAY
from tests.enrollment.test_deciding import how


def test_ticks_become_consents(federation, form, submit, token_of):
    with federation.as_("anna"), transaction() as session:
        purposes = [
            ConsentPurpose(organisation_id=federation.organisations["A"], code=code, name=code, question=f"Mag {code}?")
            for code in ("krant", "foto", "sponsor")
        ]
        session.add_all(purposes)
        session.flush()
        krant, foto, sponsor = (purpose.id for purpose in purposes)
        session.scalars(select(EnrollmentForm)).one().consent_purposes = [krant, foto]
    submit(department_id=federation.organisations["A1"], purposes=[str(krant), str(sponsor), "999999"])
    token = token_of("roos@voorbeeld.nl")
    with working_as(queries.door(form).actor):
        usecases.confirm(token)
    with federation.as_("anna"):
        row = db.session.scalars(select(Enrollment)).one()
        assert row.purposes == [krant], "only what the form asks about"
        relation_id = usecases.accept(row.id, how(federation)).relation_id
        kept = db.session.scalars(select(Consent)).all()
        assert [(one.relation_id, one.purpose_id, one.is_given, one.on_date, one.source) for one in kept] == [
            (relation_id, krant, True, TODAY, "form")
        ]
