"""Give, amend and end mandates."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select, update

from app.kernel import audit
from app.kernel.errors import DomainError, NotFound
from app.kernel.identifiers import bic_of, parse_bic, parse_iban
from app.kernel.numbering import take_numbers
from app.kernel.periods import add_months, dutch_date
from app.kernel.unit_of_work import transaction
from app.relations.models import Relation
from app.sepa import queries
from app.sepa.characters import check_reference
from app.sepa.mandates import ONE_OFF, RECURRING, UNUSED_MONTHS
from app.sepa.models import MANDATE, Collection, Mandate


def give_mandate(
    organisation_id: int,
    relation_id: int,
    *,
    iban: str,
    holder: str,
    signed_on: date,
    today: date,
    sort: str = RECURRING,
    reference: str = "",
    bic: str = "",
    evidence: str = "",
) -> int:
    """Write a mandate down and return its id; without `reference` one is made.

    Raises NotFound for a foreign relation, and DomainError `iban_invalid`, `bic_invalid`, `mandate_future`, `mandate_holder`,
    `sepa_reference_invalid` or `mandate_exists`, each with the field.
    """
    with transaction() as session:
        if session.get(Relation, relation_id) is None:
            raise NotFound("Deze relatie bestaat niet (meer), of hoort niet bij jouw omgeving.")
        if signed_on > today:
            raise DomainError(
                "mandate_future",
                f"De machtiging kan niet op {dutch_date(signed_on)} zijn getekend: die dag moet nog komen.",
                field="signed_on",
            )
        if not holder.strip():
            raise DomainError("mandate_holder", "Vul de naam van de rekeninghouder in, zoals die bij de bank bekend is.", field="holder")
        reference = reference.strip() or f"M{organisation_id}-{take_numbers(organisation_id, 'mandate', 0):06d}"
        check_reference(reference, "Machtigingskenmerk")
        taken = session.scalar(select(Mandate.id).where(Mandate.organisation_id == organisation_id, Mandate.reference == reference))
        if taken is not None:
            raise DomainError(
                "mandate_exists",
                f"Machtigingskenmerk {reference} is al gebruikt. Kies een ander kenmerk, of laat het leeg.",
                field="reference",
            )
        bare = parse_iban(iban)
        row = Mandate(
            organisation_id=organisation_id,
            relation_id=relation_id,
            reference=reference,
            sort=sort if sort in (RECURRING, ONE_OFF) else RECURRING,
            signed_on=signed_on,
            iban=bare,
            bic=parse_bic(bic) if bic.strip() else bic_of(bare),
            holder=holder.strip()[:70],
            evidence=evidence or None,
        )
        session.add(row)
        session.flush()
        return row.id


def amend_mandate(mandate_id: int, *, iban: str, holder: str, today: date) -> None:
    """Change the account of a mandate and keep the old one for the next file, which tells the bank.

    Source: EPC SDD Core, amendment of a mandate. Raises NotFound, `iban_invalid`, `wrong_state`, or `mandate_under_way` while a
    collection is on its way.
    """
    with transaction() as session:
        mandate = session.get(Mandate, mandate_id)
        if mandate is None:
            raise NotFound("Deze machtiging bestaat niet (meer), of hoort niet bij jouw omgeving.")
        if mandate.state not in ("active", "suspended"):
            raise MANDATE.refusal("suspend", mandate.state)
        if session.scalar(select(Collection.id).where(Collection.mandate_id == mandate_id, Collection.state == "open").limit(1)):
            raise DomainError(
                "mandate_under_way",
                f"Machtiging {mandate.reference} zit in een incassobatch die loopt. Wijzig de rekening als de bank klaar is.",
            )
        bare = parse_iban(iban)
        if bare != mandate.iban:
            told = mandate.amended_on is not None and mandate.amendment_sent_on is None  # the bank still knows the first account
            if mandate.last_used_on is not None and not told:
                mandate.original_iban, mandate.amended_on, mandate.amendment_sent_on = mandate.iban, today, None
            mandate.iban, mandate.bic = bare, bic_of(bare)
        mandate.holder = holder.strip()[:70] or mandate.holder
        if mandate.state == "suspended":
            mandate.state = MANDATE.target("resume", mandate.state)


def change_state(mandate_id: int, verb: str) -> None:
    """Suspend, resume or revoke a mandate. Raises NotFound and `wrong_state`."""
    with transaction() as session:
        mandate = session.get(Mandate, mandate_id)
        if mandate is None:
            raise NotFound("Deze machtiging bestaat niet (meer), of hoort niet bij jouw omgeving.")
        mandate.state = MANDATE.target(verb, mandate.state)


def lapse_mandates(today: date) -> int:
    """End the mandates that were not used for 36 months, and return how many. Source: EPC SDD Core rulebook."""
    with transaction() as session:
        ids = queries.lapsing_mandates(add_months(today, -UNUSED_MONTHS))
        if ids:
            session.execute(update(Mandate).where(Mandate.id.in_(ids)).values(state="expired"))
            audit.record("expire", Mandate.__tablename__, None, None, count=len(ids), ids=ids[:200])
        return len(ids)
