"""A province with books, a season, rules and members, for the stories of invoicing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from app.contributions.models import Adjustment, Contribution, ContributionRule, Season
from app.contributions.queries import season_terms
from app.kernel.actor import system_actor
from app.kernel.unit_of_work import transaction, working_as
from app.ledger.models import LedgerAccount
from app.ledger.usecases import open_book_year, set_up_chart
from tests.federation import Federation

DAY = date(2026, 1, 15)


@dataclass
class Province:
    """Province A, ready to charge 2026; ids by name."""

    federation: Federation
    organisation_id: int
    season_id: int = 0
    contribution_id: int = 0
    rules: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)

    def add(self, row: Any) -> int:
        """Keep a row as the system and return its id."""
        with working_as(system_actor("test")), transaction() as session:
            session.add(row)
            session.flush()
            return int(row.id)

    def rule(self, name: str, cents: int | None, **values: Any) -> int:
        """Add a rule for the season."""
        values.setdefault("season_id", self.season_id)
        values.setdefault("contribution_id", self.contribution_id)
        self.rules[name] = self.add(ContributionRule(organisation_id=self.organisation_id, description=name, amount_cents=cents, **values))
        return self.rules[name]

    def adjust(self, rule: str, kind: str, settings: dict[str, Any], **values: Any) -> int:
        """Add an adjustment to a rule."""
        values.setdefault("position", 1)
        return self.add(Adjustment(organisation_id=self.organisation_id, rule_id=self.rules[rule], kind=kind, settings=settings, **values))

    def member(
        self, surname: str, born: date | None = date(1990, 5, 1), first_day: date = date(2020, 1, 1), at: str = "A1", **values: Any
    ) -> int:
        """Add a member of a department and return the card's id."""
        term = {name: values.pop(name) for name in ("last_day", "price_category_id", "quantity") if name in values}
        relation_id = self.federation.relation(at, surname, birth_date=born, **values)
        self.federation.holds(relation_id, at, first_day, **term)
        return relation_id

    def run(self, **values: Any) -> int:
        """Set a run up as the treasurer who acts now."""
        from app.invoicing.usecases import set_up_run

        values.setdefault("season_id", self.season_id)
        values.setdefault("contribution_ids", [self.contribution_id])
        values.setdefault("invoice_date", DAY)
        return set_up_run(self.organisation_id, **values)


def season_year(federation: Federation, year: int) -> int:
    """Add a season at national level and return its id."""
    with working_as(system_actor("test")), transaction() as session:
        row = Season(
            organisation_id=federation.organisations["NL"], name=str(year), first_day=date(year, 1, 1), last_day=date(year, 12, 31)
        )
        session.add(row)
        session.flush()
        return row.id


def province(federation: Federation) -> Province:
    """Give province A its chart, its book years and a contribution with bands for young and old and short-period pricing."""
    made = Province(federation, federation.organisations["A"])
    with working_as(system_actor("test")):
        set_up_chart(made.organisation_id)
        for year in (2025, 2026):
            open_book_year(made.organisation_id, year)
        with transaction() as session:
            rows = session.execute(
                select(LedgerAccount.number, LedgerAccount.id).where(LedgerAccount.organisation_id == made.organisation_id)
            )
            made.accounts = {row.number: row.id for row in rows}
    made.season_id = season_year(federation, 2026)
    made.contribution_id = made.add(
        Contribution(
            organisation_id=made.organisation_id,
            name="Contributie",
            function_type_id=federation.member,
            ledger_account_id=made.accounts["8000"],
        )
    )
    made.rule("Contributie lid", 6000, born_from=date(1900, 1, 1))
    made.rule("Contributie jeugdlid", 3000, born_from=date(2008, 1, 1))
    for name in ("Contributie lid", "Contributie jeugdlid"):
        made.adjust(name, "short_period", {"variant": "half_month"})
        made.adjust(
            name, "payment_method", {"rows": [{"method": "direct_debit", "discount_cents": 500}]}, position=2, text="incassokorting"
        )
    return made


__all__ = ["DAY", "Province", "province", "season_terms", "season_year"]
