"""New contributions from a preset: one question which way of charging, then only what that way needs."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from app.contributions import usecases
from app.contributions.models import Season
from app.contributions.plans import FIRST_LENGTHS
from app.contributions.preset_parts import Answers, Band, PriceCode, rows_of, tiers_of
from app.contributions.presets import DISCOUNTS, FIRST_BORN, PRESETS
from app.contributions.proration import VARIANTS
from app.functions.models import FunctionType, PriceCategory
from app.kernel import clock
from app.kernel.actor import the_actor
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.money import parse_cents
from app.ledger.models import LedgerAccount
from views.addresses import back_to
from views.questions import Question, ask

MONTHS = {"1": _("a month"), "3": _("a quarter"), "6": _("half a year"), "12": _("a year")}
_SIMPLE = ("team_amount", "factor", "federation_number", "several_activities", "family", "payment_method", "short_period")
_COMPUTED = {code: variant.name for code, variant in VARIANTS.items() if variant.way == "computed"}
_MAKE = _("Make the contribution")
_NAME = Question("name", _("Name"), help=_("As it stands on the invoice."))
_FOR = Question("function_type", _("Who pays"), "related", model=FunctionType, help=_("Everyone who holds this function here or below."))
_ACCOUNT = Question(
    "account",
    _("Ledger account"),
    "related",
    model=LedgerAccount,
    required=False,
    narrow=lambda asked: asked.where(LedgerAccount.organisation_id == the_actor().organisation_id),
)
_START = Question("start", _("Price holds from"), "date", start=clock.today)


class FromPreset:
    """The actions of the contributions list that begin with a preset."""

    endpoint: Any

    def list_buttons(self) -> list[tuple[str, str, str]]:
        """Show one button; the presets themselves are reached through it."""
        found: list[tuple[str, str, str]] = super().list_buttons()  # type: ignore[misc]
        return [button for button in found if "/do/preset_" not in button[2]]

    @ask(
        "from_preset",
        _("New from an example"),
        Question("preset", _("Way of charging"), "choice", words={code: f"{one.name}: {one.help}" for code, one in PRESETS.items()}),
        button=_("Continue"),
        icon="fa-wand-magic-sparkles",
        needs_rows=False,
    )
    def from_preset(self, answers: dict[str, Any]) -> Any:
        """Go to the questions of the chosen way."""
        return redirect(url_for(f"{self.endpoint}.do", name=f"preset_{answers['preset']}", terug=back_to(url_for(f"{self.endpoint}.list"))))

    @ask(
        "preset_season",
        _("Contribution per season"),
        _NAME,
        _FOR,
        Question("season", _("Season"), "related", model=Season),
        Question("amount_cents", _("Amount"), "cents"),
        Question(
            "youth_from",
            _("Youth: born from"),
            "date",
            required=False,
            help=_("Who was born on or after this day pays the amount for youth."),
        ),
        Question("youth_cents", _("Amount for youth"), "cents", required=False),
        Question("discounts", _("Discounts and surcharges"), "ticks", words={code: DISCOUNTS[code] for code in _SIMPLE}, required=False),
        Question(
            "variant",
            _("How pro rata counts"),
            "choice",
            words=_COMPUTED,
            start="month",
            help=_("For the discount “Kortere periode”: how who joins later pays for the rest."),
        ),
        Question(
            "union_fee_cents",
            _("National fee"),
            "cents",
            required=False,
            help=_("Once a year; who is new from 1 October pays a quarter of it."),
        ),
        Question("discount_type", _("Half the price for who is also"), "related", model=FunctionType, required=False),
        Question(
            "tick_field",
            _("Free when this field is set"),
            required=False,
            help=_("The name of a yes/no field, for example person.honorary."),
        ),
        _ACCOUNT,
        button=_MAKE,
        note=_("Everything can be changed afterwards: amounts, discounts and their order."),
        needs_rows=False,
    )
    def preset_season(self, answers: dict[str, Any]) -> Any:
        """Make a contribution per season."""
        chosen = [*(answers.get("discounts") or ())]
        settings: dict[str, dict[str, Any]] = {"short_period": {"variant": answers["variant"] or "month"}}
        for name, kind, setting in (
            ("union_fee_cents", "union_fee", "fee_cents"),
            ("discount_type", "condition", "function_type_id"),
            ("tick_field", "tick_box", "field"),
        ):
            if answers.get(name):
                chosen.append(kind)
                settings[kind] = {setting: answers[name]}
        bands: tuple[Band, ...] = ()
        if answers.get("youth_from") or answers.get("youth_cents") is not None:
            if not answers.get("youth_from") or answers.get("youth_cents") is None:
                lacks = "youth_cents" if answers.get("youth_from") else "youth_from"
                raise DomainError(
                    "preset_incomplete", "Vul voor de jeugd een geboortedatum en een bedrag in, of geen van beide.", field=lacks
                )
            bands = (
                Band(FIRST_BORN, answers["amount_cents"]),
                Band(answers["youth_from"], answers["youth_cents"], f"{answers['name']} jeugd"),
            )
        return self._made(
            "season",
            answers,
            amount_cents=answers["amount_cents"],
            season_id=answers["season"],
            bands=bands,
            discounts=tuple(chosen),
            discount_settings=settings,
        )

    @ask(
        "preset_subscription",
        _("Subscription"),
        _NAME,
        _FOR,
        Question("amount_cents", _("Amount per period"), "cents"),
        _START,
        Question("months", _("Period"), "choice", words=MONTHS, start="12"),
        Question(
            "anchor", _("Periods count from"), "choice", words={"calendar": _("the calendar"), "function": _("the own start")}, start="calendar"
        ),
        Question("first_month", _("First month"), "number", start=1, help=_("1 is January; with 9 a year runs from September.")),
        Question("pro_rata", _("First period pro rata"), "yes_no"),
        Question(
            "turning_point", _("Turning point"), "number", required=False,
            help=_("Who begins in or after this month of the period (or this day of the month) pays from the next period on."),
        ),
        Question("issue_days", _("Days until the invoice"), "number", start=0, help=_("Below zero is before.")),
        Question("issue_from_end", _("Counted from the end"), "yes_no"),
        Question("sends_at_once", _("Send at once when the period begins later"), "yes_no"),
        _ACCOUNT,
        button=_MAKE,
        needs_rows=False,
    )  # fmt: skip
    def preset_subscription(self, answers: dict[str, Any]) -> Any:
        """Make a subscription."""
        taken = (
            "amount_cents",
            "start",
            "anchor",
            "first_month",
            "pro_rata",
            "turning_point",
            "issue_days",
            "issue_from_end",
            "sends_at_once",
        )
        return self._made("subscription", answers, months=_months(answers), **{name: answers[name] for name in taken})

    @ask(
        "preset_formula",
        _("Collection with a formula"),
        _NAME,
        _FOR,
        Question("start", _("First date"), "date", start=clock.today),
        Question("months", _("Again every"), "choice", words=MONTHS, start="12"),
        Question("until", _("Not any more after"), "date", required=False, help=_("Empty: until further notice.")),
        Question("charges_late_joiners", _("Also for who begins after the date"), "yes_no", start=True),
        Question(
            "lines", _("Lines"), "long_text",
            help=_("On each line a description, a colon and a formula: Junior: {member_of.juniors} * 10. A line that comes to zero is left out."),
        ),
        _ACCOUNT,
        button=_MAKE,
        needs_rows=False,
    )  # fmt: skip
    def preset_formula(self, answers: dict[str, Any]) -> Any:
        """Make a collection."""
        return self._made(
            "formula",
            answers,
            start=answers["start"],
            months=_months(answers),
            until=answers["until"],
            charges_late_joiners=answers["charges_late_joiners"],
            lines=tuple(rows_of(answers["lines"] or "", "lines")),
        )

    @ask(
        "preset_service",
        _("Service with price codes"),
        _NAME,
        _FOR,
        _START,
        Question("amount_cents", _("Amount"), "cents", required=False, help=_("For everybody, when there are no price categories.")),
        Question(
            "price_codes", _("Amount per price category"), "long_text", required=False, help=_("On each line a code, a colon and an amount: STU: 30,00.")
        ),
        Question(
            "tiers", _("Or tiers"), "long_text", required=False,
            help=_("On each line up to how many units, a colon and the price of a unit; the last line begins with “meer”."),
        ),
        Question("minimum_cents", _("With a minimum of"), "cents", required=False),
        Question("months", _("Period"), "choice", words=MONTHS, start="12"),
        Question("first_length", _("Length of the first period"), "choice", words=FIRST_LENGTHS, start="same"),
        Question("first_period_months", _("First period in months"), "number", required=False),
        Question("pro_rata", _("First period pro rata"), "yes_no"),
        Question("first_discount", _("Discount on the first period (%)"), "number", required=False),
        Question("postage_cents", _("Postage within the Netherlands"), "cents", required=False),
        Question("charges_gift", _("Also the relation's gift"), "yes_no"),
        _ACCOUNT,
        button=_MAKE,
        needs_rows=False,
    )  # fmt: skip
    def preset_service(self, answers: dict[str, Any]) -> Any:
        """Make a service with its price codes."""
        codes = tuple(_price_codes(answers["price_codes"] or ""))
        terms = tiers_of(answers["tiers"] or "", answers["minimum_cents"] or 0, "tiers")
        if terms is not None:
            codes = (PriceCode(None, tiers=terms), *codes)
        postage = ({"country": "NL", "valid_from": answers["start"].isoformat(), "cents": answers["postage_cents"]},)
        return self._made(
            "service",
            answers,
            amount_cents=answers["amount_cents"],
            start=answers["start"],
            price_codes=codes,
            months=_months(answers),
            first_length=answers["first_length"] or "same",
            first_period_months=answers["first_period_months"],
            pro_rata=answers["pro_rata"],
            first_discount_basis_points=(answers["first_discount"] or 0) * 100 or None,
            postage=postage if answers["postage_cents"] else (),
            charges_gift=answers["charges_gift"],
        )

    def _made(self, preset: str, answers: dict[str, Any], **filled: Any) -> Any:
        """Make it and go to the first one; several give a message."""
        made = usecases.add_from_preset(
            the_actor().organisation_id or 0,
            preset,
            answers["function_type"],
            Answers(name=answers["name"].strip(), **filled),
            ledger_account_id=answers.get("account"),
        )
        if len(made) == 1:
            return redirect(url_for(f"{self.endpoint}.show", pk=made[0]))
        return ngettext("%(num)s contribution made.", "%(num)s contributions made.", len(made))


def _months(answers: dict[str, Any]) -> int:
    return int(answers["months"] or 12)


def _price_codes(text: str) -> list[PriceCode]:
    """Read “code: amount” per line; a code that is not known is refused with those that are."""
    known = {row.code.upper(): row for row in db.session.scalars(select(PriceCategory))}
    found = []
    for code, amount in rows_of(text, "price_codes"):
        row = known.get(code.upper())
        if row is None:
            names = ", ".join(sorted(known)) or "nog geen"
            raise DomainError("price_code_unknown", f"Prijscategorie “{code}” bestaat niet. Er zijn: {names}.", field="price_codes")
        try:
            found.append(PriceCode(row.id, parse_cents(amount)))
        except DomainError as refusal:
            refusal.parameters["field"] = "price_codes"
            raise
    return found
