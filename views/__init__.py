"""The screens: every screen stands in one table, which is also the menu."""

from __future__ import annotations

from importlib import import_module

from flask import current_app
from flask_appbuilder import AppBuilder
from flask_babel import lazy_gettext as _

from security.field_rights import FIELDS
from views import apis, menu, pages
from views.waiting import WAITING

# (module.class, group of the menu or None, label in the menu). The order is the order of the menu.
# A screen without a group is reached from another one: a tab, a link or a button.
SCREENS = [
    ("relations.RelationView", "relations", _("Manage relations")),
    ("relations.HouseholdView", "relations", _("Households")),
    ("relations.AddressView", None, None),
    ("relations.ContactPointView", None, None),
    ("relations.RelationAccountView", None, None),
    ("functions.FunctionTermView", "relations", _("Functions")),
    ("functions.FunctionEventView", None, None),
    ("groups.TargetGroupView", "relations", _("Target groups")),
    ("groups.TargetGroupMemberView", None, None),
    ("enrollment.EnrollmentView", "relations", _("Enrollments")),
    ("enrollment_acceptance.EnrollmentAcceptanceView", None, None),
    ("enrollment_public.PublicEnrollmentView", None, None),
    ("system.DataIssueView", "relations", _("Data issues")),
    # --- invoicing: the work and what came of it
    ("mass_invoicing.MassInvoicingView", "invoicing", _("Mass invoicing")),
    ("invoices.InvoiceView", "invoicing", _("Invoices")),
    ("invoices.InvoiceLineView", None, None),
    ("invoicing.InvoiceRunView", "invoicing", _("Invoice runs")),
    ("invoicing.InvoiceRunIssueView", None, None),
    ("what_if.WhatIfView", "invoicing", _("What if: budget")),
    # --- invoicing: what is charged
    ("contributions.ContributionView", "invoicing", _("Contributions")),
    ("contribution_rules.ContributionRuleView", "invoicing", _("Contribution rules")),
    ("contribution_rules.AdjustmentView", None, None),
    ("custom_fields.FormulaFieldsView", "invoicing", _("Fields for formulas")),
    ("contributions.SeasonView", "invoicing", _("Seasons")),
    ("billing_plans.BillingPlanView", "invoicing", _("Billing plans")),
    ("contributions.ChargeView", "invoicing", _("Charges")),
    ("passing_on.PassingOnView", None, None),
    ("passing_on.PassedOnView", None, None),
    ("invoicing.PaymentTermView", "invoicing", _("Payment terms")),
    ("invoicing.InvoiceSourceView", "invoicing", _("Invoice sources")),
    ("print_forms.PrintFormView", "invoicing", _("Print forms")),
    # --- bookkeeping: what is owed and what was posted
    ("ledger_reports.DebtorsView", "ledger", _("Debtors")),
    ("ledger_reports.DebtorCardView", None, None),
    ("entries.JournalEntryView", "ledger", _("Journal entries")),
    ("entries.JournalLineView", "ledger", _("Journal lines")),
    ("entries.SettlementView", "ledger", _("Settlements")),
    ("passing_on.DueToOrganisationsView", "ledger", _("Due to organisations")),
    ("passing_on.OrganisationCardView", "ledger", _("Cards of organisations")),
    ("ledger_reports.TrialBalanceView", "ledger", _("Trial balance")),
    ("ledger_reports.LedgerCardView", "ledger", _("Ledger card")),
    ("ledger_reports.BalanceSheetView", "ledger", _("Balance sheet")),
    ("ledger_reports.ProfitLossView", "ledger", _("Profit and loss")),
    ("ledger.LedgerAccountView", "ledger", _("Ledger accounts")),
    ("ledger.BookYearView", "ledger", _("Book years")),
    ("ledger.BookPeriodView", "ledger", _("Book periods")),
    ("ledger.VatCodeView", "ledger", _("VAT codes")),
    ("ledger.CostCentreView", "ledger", _("Cost centres")),
    # --- the bank
    ("bank_reconciliation.BankReconciliationView", "bank", _("Process bank lines")),
    ("bank.BankStatementView", "bank", _("Bank statements")),
    ("bank.StatementLineView", "bank", _("Bank lines")),
    ("bank.MatchRuleView", "bank", _("Match rules")),
    ("sepa.DebitBatchView", "bank", _("Debit batches")),
    ("sepa.CollectionView", "bank", _("Collections")),
    ("sepa.MandateView", "bank", _("Mandates")),
    ("sepa.BankAccountView", "bank", _("Bank accounts")),
    # --- communication
    ("system.MessageView", "mail", _("Outgoing mail")),
    # --- system administration
    ("organisations.OrganisationView", "system", _("Organisations")),
    ("organisations.AdministrationView", "system", _("Administrations")),
    ("organisations.PostcodeRangeView", None, None),
    ("custom_fields.CustomFieldView", "system", _("Custom fields")),
    ("enrollment.EnrollmentFormView", "system", _("Enrollment forms")),
    ("functions.FunctionTypeView", "system", _("Function types")),
    ("functions.PriceCategoryView", "system", _("Price categories")),
    ("functions.EndReasonView", "system", _("Reasons for ending")),
    ("system.JobView", "system", _("Timetable")),
    ("system.JobRunView", "system", _("Background work")),
    ("system.AuditRecordView", "system", _("Audit trail")),
    ("access.UserView", "system", _("Users")),
    ("roles.RoleView", "system", _("Roles")),
    ("access.AssignmentView", "system", _("Assignments")),
    ("tokens.ApiTokenView", None, None),
]


def register(appbuilder: AppBuilder) -> None:
    """Add every screen, and the menu over them."""
    menu.clear()
    area = ""
    for path, group, label in SCREENS:
        module, name = path.rsplit(".", 1)
        view = appbuilder.add_view_no_menu(getattr(import_module(f"views.{module}"), name))
        area = group or area  # what stands in no menu belongs to the screen before it, which leads to it
        menu.place(area, name)
        if group:
            menu.put(group, view, label)
    for name, _columns in FIELDS.values():
        menu.place("relations", name)
    current_app.extensions["area_of"] = menu.area_of
    for resource in apis.made_from([*appbuilder.baseviews]):
        appbuilder.add_api(resource)
    for name, waiting in WAITING.items():
        menu.wait_at(name, waiting)
    current_app.after_request(menu.forget_after)
    pages.prepare()
