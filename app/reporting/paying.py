"""What members pay beside the charges of a scenario: the family maximum and VAT, added up per invoice as a run would make them."""

from __future__ import annotations

from collections.abc import Mapping

from app.contributions.facts import Charged, ContributionTerms, MemberFacts
from app.invoicing import run
from app.invoicing.document import Earlier, Line, document

Group = tuple[int, int, int]


class Paying:
    """Takes every price, and adds the invoices up once all are known. Keeps nothing where there is no VAT and no maximum."""

    def __init__(self, rates: Mapping[int, int], maximum_cents: int | None, grouping: str) -> None:
        self._rates = {code: rate for code, rate in rates.items() if rate}
        self._maximum_cents, self._grouping = maximum_cents, grouping
        self._groups: dict[Group, dict[Line, int]] = {}

    def add(self, facts: MemberFacts, payer_id: int, contribution: ContributionTerms, vat_code_id: int | None, charged: Charged) -> None:
        """Put a price on the invoice that it belongs on."""
        vat_code_id = vat_code_id if vat_code_id in self._rates else None
        if self._maximum_cents is None and vat_code_id is None:
            return
        lines = self._groups.setdefault(run.group_key(self._grouping, payer_id, facts.relation_id, facts.function_id), {})
        for _text, cents, account, _adjustment in charged.lines:
            like = Line(
                "", 0, account or contribution.ledger_account_id or 0, vat_code_id, None, contribution.contribution_id,
                first_day=charged.period.first_day, last_day=charged.period.last_day,
            )  # fmt: skip
            lines[like] = lines.get(like, 0) + cents

    def beside(self) -> tuple[int, int]:
        """Return what the family maximum changes, and the VAT, over all invoices: those of one payer one after the other."""
        maximum, vat, earlier = 0, 0, Earlier()
        payer_id = None
        for group in sorted(self._groups):
            if group[0] != payer_id:
                payer_id, earlier = group[0], Earlier()
            lines = [like._replace(amount_cents=cents) for like, cents in self._groups[group].items()]
            made = document(lines, self._rates, None, self._maximum_cents, earlier)
            charged = sum(line.amount_cents for line in lines)
            earlier = Earlier(earlier.charged_cents + charged, earlier.net_cents + made.net_cents)
            maximum += made.net_cents - charged
            vat += made.vat_cents
        return maximum, vat
