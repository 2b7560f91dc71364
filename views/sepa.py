"""Screens of direct debit: bank accounts, mandates, batches and their collections."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_appbuilder.actions import action
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from app.kernel import clock
from app.kernel.actor import the_actor
from app.kernel.errors import DomainError
from app.kernel.identifiers import bic_of, parse_bic, parse_iban
from app.sepa import usecases
from app.sepa.calendar import LEAD_DAYS, earliest_collection_date
from app.sepa.models import MANDATE_SORTS, PAIN_VERSIONS, BankAccount, Collection, DebitBatch, Mandate
from app.sepa.queries import bank_account_of
from app.sepa.return_reasons import reason_of
from views.base import AdminView, FactView, ScopedInterface
from views.questions import File, Question, ask, download


class CollectionView(FactView):
    """Each attempt to collect an invoice."""

    datamodel = ScopedInterface(Collection, load=("invoice", "relation", "batch"))
    one, many = _("Collection"), _("Collections")
    list_columns = ["relation", "invoice", "amount_cents", "batch", "state", "return_code", "returned_on"]
    search_columns = ["relation", "invoice", "batch", "state", "return_code", "amount_cents", "returned_on"]
    base_order = ("id", "desc")
    parent_columns = {"debit_batch": "batch"}
    show_fieldsets = [
        (_("Collection"), {"fields": ["relation", "invoice", "amount_cents", "batch", "state", "remittance", "end_to_end_id"]}),
        (_("Mandate"), {"fields": ["mandate", "mandate_reference", "sequence", "signed_on", "iban", "holder", "original_iban"]}),
        (_("Return"), {"fields": ["return_code", "returned_on", "reason"]}),
    ]
    label_columns = {"reason": _("What it means and what to do"), "sequence": _("Kind of mandate")}
    choices = {"sequence": MANDATE_SORTS}
    computed = {"reason": lambda item: _advice(item.return_code)}


def _advice(code: str | None) -> str:
    if not code:
        return ""
    reason = reason_of(code)
    return f"{reason.meaning}. {reason.advice}"


class MandateView(AdminView):
    """SEPA mandates: amended, never rewritten."""

    datamodel = ScopedInterface(Mandate, load=("relation",))
    one, many = _("Mandate"), _("Mandates")
    list_columns = ["relation", "reference", "iban", "holder", "signed_on", "state"]
    search_columns = ["relation", "reference", "iban", "holder", "state", "sort", "signed_on"]
    base_order = ("id", "desc")
    choices = {"sort": MANDATE_SORTS}
    show_fieldsets = [
        (_("Mandate"), {"fields": ["relation", "reference", "sort", "state", "signed_on", "evidence"]}),
        (_("Account"), {"fields": ["iban", "holder", "bic"]}),
        (_("History"), {"fields": ["last_used_on", "amended_on", "original_iban", "original_reference", "amendment_sent_on"]}),
    ]
    add_fieldsets = [
        (_("Mandate"), {"fields": ["relation", "reference", "sort", "signed_on", "evidence"]}),
        (_("Account"), {"fields": ["iban", "holder"]}),
    ]
    edit_fieldsets = [(_("Mandate"), {"fields": ["evidence"]})]
    description_columns = {
        "reference": _("Leave empty to have one made."),
        "signed_on": _("The day on the signed form; not in the future."),
        "holder": _("As the bank knows the account holder."),
        "evidence": _("Where the signed form is kept."),
    }
    tabs = ((_("Collections"), ("CollectionView",)),)
    base_permissions = ["can_list", "can_show", "can_add", "can_edit", "can_export", "can_amend", "can_suspend", "can_resume", "can_revoke"]
    optional_columns = ("reference",)

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Give the mandate by the rules."""
        if not is_new:
            return super().save(item, is_new, changes)
        return usecases.give_mandate(
            changes.get("organisation_id") or the_actor().organisation_id,
            changes["relation_id"],
            iban=changes["iban"],
            holder=changes["holder"],
            signed_on=changes["signed_on"],
            today=clock.today(),
            sort=changes.get("sort") or "RCUR",
            reference=changes.get("reference") or "",
            evidence=changes.get("evidence") or "",
        )

    @ask(
        "amend",
        _("Change account"),
        Question("iban", _("New IBAN")),
        Question("holder", _("Name of the holder"), required=False),
        multiple=False,
    )
    def amend(self, items: list[Any], answers: dict[str, Any]) -> str:
        """Change the account; the next file tells the bank."""
        usecases.amend_mandate(items[0].id, iban=answers["iban"], holder=answers.get("holder") or "", today=clock.today())
        return gettext("The account is changed. The next direct debit tells the bank.")

    def _change(self, items: list[Any], verb: str) -> str:
        for item in items:
            usecases.change_state(item.id, verb)
        return ngettext("%(num)s mandate changed.", "%(num)s mandates changed.", len(items))

    @action("suspend", _("Suspend"), _("Suspend the chosen mandates? Nothing is collected with them until you resume them."), "fa-pause")
    def suspend(self, items: list[Any]) -> str:
        """Suspend for the time being."""
        return self._change(items, "suspend")

    @action("resume", _("Resume"), "", "fa-play")
    def resume(self, items: list[Any]) -> str:
        """Use again."""
        return self._change(items, "resume")

    @action("revoke", _("Revoke"), _("Revoke the chosen mandates for good?"), "fa-ban")
    def revoke(self, items: list[Any]) -> str:
        """End for good."""
        return self._change(items, "revoke")

    def action_shown(self, name: str, item: Any) -> bool:
        """Show what fits the state."""
        fits = {"suspend": ("active",), "resume": ("suspended",), "revoke": ("active", "suspended"), "amend": ("active", "suspended")}
        return item.state in fits.get(name, (item.state,))


def _first_day() -> date:
    """Return the first day on which the bank can collect what is handed in today."""
    try:
        lead_days = bank_account_of(the_actor().organisation_id or 0).lead_days
    except DomainError:  # none yet, or more than one: which it will be is asked in the same form
        lead_days = LEAD_DAYS
    return earliest_collection_date(clock.today(), lead_days)


class DebitBatchView(FactView):
    """Direct-debit batches: made once, the same file each time."""

    datamodel = ScopedInterface(DebitBatch, load=("bank_account",))
    one, many = _("Debit batch"), _("Debit batches")
    list_columns = ["message_id", "collect_on", "count", "total_cents", "state", "made_by", "made_at"]
    search_columns = ["message_id", "collect_on", "state", "total_cents"]
    base_order = ("id", "desc")
    show_fieldsets = [
        (_("Debit batch"), {"fields": ["message_id", "bank_account", "collect_on", "count", "total_cents", "state"]}),
        (_("File"), {"fields": ["pain_version", "sha256", "made_by", "made_at", "submitted_at", "journal_entry"]}),
    ]
    choices = {"pain_version": PAIN_VERSIONS}
    tabs = ((_("Collections"), ("CollectionView",)),)
    parent_columns = {"debit_batch": "batch"}

    @ask(
        "make",
        _("Make a batch"),
        Question(
            "collect_on",
            _("Collection date"),
            "date",
            start=_first_day,
            help=_("A day on which banks collect, at least two working days ahead."),
        ),
        Question("bank_account", _("Bank account"), "related", required=False, model=BankAccount, help=_("Empty: the only one.")),
        Question("nets_credit", _("Take off what debtors have in credit"), "yes_no", required=False),
        needs_rows=False,
    )
    def make(self, answers: dict[str, Any]) -> str:
        """Put open invoices with a mandate in a batch."""
        made = usecases.make_batches(
            the_actor().organisation_id or 0,
            answers["collect_on"],
            clock.today(),
            bank_account_id=answers.get("bank_account"),
            nets_credit=bool(answers.get("nets_credit")),
        )
        told = [ngettext("%(num)s batch made.", "%(num)s batches made.", len(made.batch_ids))]
        if made.left_out:
            told.append(ngettext("%(num)s invoice is left out:", "%(num)s invoices are left out:", len(made.left_out)))
            told += [reason for _number, reason in made.left_out[:10]]
        return " ".join(told)

    @download("file", _("File for the bank"))
    def bank_file(self, item: Any) -> File:
        """Hand the file over: the same bytes each time."""
        return File(f"{item.message_id}.xml", "application/xml", item.document or b"")

    @action(
        "submit",
        _("Handed in at the bank"),
        _("Book this batch as handed in? The amounts move from debtors to direct debit under way."),
        "fa-paper-plane",
    )
    def submit(self, items: list[Any]) -> str:
        """Book it as under way."""
        for item in items:
            usecases.submit_batch(item.id, clock.today())
        return gettext("Booked as under way.")

    @action("withdraw", _("Withdraw"), _("Withdraw this batch? Do this only when the bank does not have the file."), "fa-rotate-left")
    def withdraw(self, items: list[Any]) -> str:
        """Let the invoices go again."""
        for item in items:
            usecases.withdraw_batch(item.id)
        return gettext("The batch is withdrawn; its invoices are open again.")

    def action_shown(self, name: str, item: Any) -> bool:
        """Submit and withdraw only what was made and not handed in."""
        return item.state == "made" if name in ("submit", "withdraw") else True


class BankAccountView(AdminView):
    """Bank accounts of the administration and the limits of their direct-debit contract."""

    datamodel = ScopedInterface(BankAccount, load=("ledger_account",))
    one, many = _("Bank account"), _("Bank accounts")
    list_columns = ["name", "iban", "holder", "ledger_account", "pain_version"]
    search_columns = ["name", "iban"]
    base_order = ("name", "asc")
    choices = {"pain_version": PAIN_VERSIONS}
    show_fieldsets = add_fieldsets = [
        (_("Bank account"), {"fields": ["name", "iban", "bic", "holder", "ledger_account"]}),
        (
            _("Direct debit"),
            {
                "fields": [
                    "pain_version",
                    "lead_days",
                    "announcement_days",
                    "max_item_cents",
                    "max_batch_cents",
                    "max_batch_count",
                    "accepts_foreign",
                ]
            },
        ),
    ]
    description_columns = {
        "lead_days": _("Working days that the bank needs before the collection date."),
        "announcement_days": _("Days between sending the invoice and collecting; 14 unless your members agreed to fewer. 0: not checked."),
        "max_item_cents": _("As in the contract with the bank; empty is no limit."),
        "max_batch_cents": _("As in the contract with the bank; empty is no limit."),
        "accepts_foreign": _("Whether the bank collects from accounts outside the Netherlands."),
    }
    optional_columns = ("bic",)

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep the account number in one form."""
        if changes.get("iban"):
            changes["iban"] = parse_iban(changes["iban"])
        if changes.get("bic"):
            changes["bic"] = parse_bic(changes["bic"])
        elif is_new:
            changes["bic"] = bic_of(changes["iban"])
        return super().save(item, is_new, changes)
