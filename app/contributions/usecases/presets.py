"""Makes a contribution whole from a preset: contribution, plan, rules and adjustments, or nothing."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contributions import presets
from app.contributions.models import Adjustment, BillingPlan, Contribution, ContributionRule
from app.contributions.preset_parts import Answers, Design
from app.functions.models import FunctionType
from app.kernel import audit
from app.kernel.actor import the_actor
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction


def add_from_preset(
    organisation_id: int, preset: str, function_type_id: int, answers: Answers, *, ledger_account_id: int | None = None
) -> list[int]:
    """Make the contributions that a preset gives and return their ids; every part was computed before anything is kept.

    A collection of several lines gives a contribution for each, all with the same plan. Raises DomainError of `presets.checked`,
    `contribution_exists` where a name is taken, and NotFound for a function type that is not the actor's.
    """
    designs = presets.checked(preset, answers)
    with transaction() as session:
        if not the_actor().may_write(organisation_id):
            raise NotFound("Deze boekhouding bestaat niet (meer), of hoort niet bij jouw omgeving. Kies een andere omgeving.")
        if session.scalar(select(FunctionType.id).where(FunctionType.id == function_type_id)) is None:
            raise NotFound("Deze functiesoort bestaat niet (meer), of hoort niet bij jouw omgeving. Kies een andere.")
        for design in designs:
            taken = select(Contribution.id).where(Contribution.organisation_id == organisation_id, Contribution.name == design.name)
            if session.scalar(taken) is not None:
                raise DomainError("contribution_exists", f"Er is al een contributie “{design.name}”. Kies een andere naam.", field="name")
        plan_id = _plan(session, organisation_id, answers.name, designs[0])
        made = [_contribution(session, organisation_id, design, function_type_id, ledger_account_id, plan_id) for design in designs]
        for contribution_id in made:
            audit.record("add_from_preset", Contribution.__tablename__, contribution_id, organisation_id, preset=preset, name=answers.name)
        return made


def _plan(session: Session, organisation_id: int, name: str, design: Design) -> int | None:
    if design.plan is None:
        return None
    row = BillingPlan(organisation_id=organisation_id, name=name[:80], **presets.plan_columns(design.plan))
    session.add(row)
    session.flush()
    return row.id


def _contribution(
    session: Session,
    organisation_id: int,
    design: Design,
    function_type_id: int,
    ledger_account_id: int | None,
    plan_id: int | None,
) -> int:
    contribution = Contribution(
        organisation_id=organisation_id,
        name=design.name[:80],
        function_type_id=function_type_id,
        ledger_account_id=ledger_account_id,
        posting_type=design.posting_type,
        billing_plan_id=plan_id,
    )
    session.add(contribution)
    session.flush()
    first_id: int | None = None
    for rule in design.rules:
        row = ContributionRule(
            organisation_id=organisation_id,
            contribution_id=contribution.id,
            tiers=presets.kept_tiers(rule.tiers),
            adjustments_of_id=first_id if rule.like_first else None,
            **rule.columns,
        )
        session.add(row)
        session.flush()
        first_id = first_id or row.id
        session.add_all(
            Adjustment(
                organisation_id=organisation_id, rule_id=row.id, position=place, kind=kind, settings=dict(settings), text=text or None
            )
            for place, (kind, settings, text) in enumerate(rule.steps, 1)
        )
    session.flush()
    return contribution.id
