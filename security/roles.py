"""Who may do what: the roles that come ready, as one table of sentences.

`flask setup` writes them to the database as Flask-AppBuilder roles, over what stood there; copies that a permission
administrator made are left alone. A permission that no sentence names belongs to nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# --- What the screens are about: class names of views, as whole-name patterns.
ORGANISATIONS = ("OrganisationView", "PostcodeRangeView")
CARDS = ("RelationView", "AddressView", "ContactPointView", "RelationAccountView", "HouseholdView")
FUNCTIONS = ("FunctionTermView", "FunctionEventView")
TARGET_GROUPS = ("TargetGroupView", "TargetGroupMemberView")
CUSTOM_FIELDS = ("CustomFieldView",)
FUNCTION_SETTINGS = ("FunctionTypeView", "EndReasonView", "PriceCategoryView")
ENROLLMENTS = ("EnrollmentView", "EnrollmentAcceptanceView")
ENROLLMENT_FORMS = ("EnrollmentFormView",)
PRICES = (
    "SeasonView",
    "BillingPlanView",
    "ContributionView",
    "ContributionRuleView",
    "AdjustmentView",
    "PassingOnView",
    "OrganisationCardView",
    "PaymentTermView",
    "InvoiceSourceView",
    "FormulaFieldsView",
)
INVOICES = ("ChargeView", "PassedOnView", "InvoiceRunView", "InvoiceRunIssueView", "InvoiceView", "InvoiceLineView", "MassInvoicingView")
PAPER = ("PrintFormView", "StoredDocumentView")
BOOKS = (
    *("AdministrationView", "LedgerAccountView", "VatCodeView", "CostCentreView", "BookYearView", "BookPeriodView"),
    *("JournalEntryView", "JournalLineView", "SettlementView"),
)
BANK = (
    *("BankAccountView", "MandateView", "DebitBatchView", "CollectionView"),
    *("BankStatementView", "StatementLineView", "MatchRuleView", "BankReconciliationView"),
)
REPORTS = (
    "DueToOrganisationsView",
    *("DebtorsView", "DebtorCardView", "TrialBalanceView", "BalanceSheetView", "ProfitLossView", "LedgerCardView"),
    "WhatIfView",
)
QUALITY = ("DataIssueView",)
MAIL = ("MessageView",)
JOBS = ("JobView", "JobRunView")
AUDIT = ("AuditRecordView",)
SENSITIVE = ("IbanField", "BirthDateField", "NotesField")  # security/field_rights.py
RIGHTS = ("AssignmentView", "UserView", "RoleView")

MEMBERS = (*CARDS, *FUNCTIONS, *TARGET_GROUPS, *ENROLLMENTS)
MONEY = (*PRICES, *INVOICES, *PAPER, *BOOKS, *BANK)
SETTINGS = (*FUNCTION_SETTINGS, *CUSTOM_FIELDS, *ENROLLMENT_FORMS, *PAPER)

# --- What may be done with them: names of permissions, as whole-name patterns. An action `post_run` of a view is `can_post_run`.
SEE = r"can_(list|show|lookup|index|report|history|download\w*|export\w*|print\w*|show_\w+)"
ADD = r"can_add"
CHANGE = r"can_(?!delete$|muldelete$)\w+"
DELETE = r"can_(delete|muldelete)"
ALL = r"can_\w+"
READ = "can_see"


@dataclass(frozen=True, slots=True)
class May:
    """One sentence: these things, on these screens."""

    doing: tuple[str, ...]
    views: tuple[str, ...]

    def covers(self, permission: str, view: str) -> bool:
        """Whether the sentence gives this permission on this view. Patterns hold for whole names."""
        return any(re.fullmatch(name, view) for name in self.views) and any(re.fullmatch(doing, permission) for doing in self.doing)


def may(doing: str, *views: tuple[str, ...]) -> May:
    """Write one sentence of the table."""
    return May((doing,), tuple(name for group in views for name in group))


NATIONAL_ADMINISTRATOR = "Systeembeheerder landelijk"
PERMISSION_ADMINISTRATOR = "Bevoegdhedenbeheerder"

ROLES: dict[str, tuple[May, ...]] = {
    NATIONAL_ADMINISTRATOR: (
        may(ALL, ORGANISATIONS, MEMBERS, SETTINGS, QUALITY, MAIL, JOBS, RIGHTS),
        may(SEE, MONEY, REPORTS, AUDIT),
        may(READ, SENSITIVE),
    ),
    "Systeembeheerder provincie": (
        may(ALL, CARDS, TARGET_GROUPS, CUSTOM_FIELDS, ENROLLMENTS, ENROLLMENT_FORMS, QUALITY, RIGHTS),
        may(CHANGE, FUNCTIONS, ORGANISATIONS),
        may(SEE, FUNCTION_SETTINGS, PAPER, MAIL, JOBS, AUDIT),
        may(READ, SENSITIVE),
    ),
    "Ledenadministrateur provincie": (
        may(ALL, CARDS, TARGET_GROUPS, ENROLLMENTS, QUALITY),
        may(CHANGE, FUNCTIONS),
        may(SEE, ORGANISATIONS, CUSTOM_FIELDS, FUNCTION_SETTINGS, ENROLLMENT_FORMS, MAIL),
        may(READ, SENSITIVE),
    ),
    "Ledenadministrateur afdeling": (
        may(CHANGE, CARDS, FUNCTIONS, ("EnrollmentView",), QUALITY),  # the province accepts: its books hold the mandate
        may(ALL, TARGET_GROUPS),
        may(SEE, ORGANISATIONS, CUSTOM_FIELDS, FUNCTION_SETTINGS, ("EnrollmentAcceptanceView",)),
        may(READ, SENSITIVE),
    ),
    "Penningmeester": (
        may(ALL, MONEY, REPORTS),
        may(CHANGE, ("RelationAccountView",), QUALITY, MAIL),
        may(SEE, ORGANISATIONS, MEMBERS, CUSTOM_FIELDS, FUNCTION_SETTINGS, JOBS),
        may(r"can_(retry|stop)", ("JobRunView",)),  # most of it is theirs: invoices being made, posted and sent
        may(READ, SENSITIVE),
    ),
    "Communicatie": (
        may(SEE, ORGANISATIONS, CARDS, FUNCTIONS, TARGET_GROUPS, FUNCTION_SETTINGS),
        may(ALL, MAIL),
    ),
    "Raadpleger": (
        may(SEE, ORGANISATIONS, MEMBERS, SETTINGS, MONEY, REPORTS, QUALITY),
        may(READ, ("BirthDateField",)),  # who only looks needs no account numbers and no remarks
    ),
    PERMISSION_ADMINISTRATOR: (
        may(SEE, ORGANISATIONS),
        may(ALL, RIGHTS),
    ),
}


# What every role may: one's own, and what says nothing of an organisation.
EVERYONE = may(ALL, ("DescriptionApi", "ApiTokenView"))


def permissions_in(sentences: Iterable[May], known: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return which of the known (permission, view) pairs these sentences give."""
    said = [*sentences, EVERYONE]
    return {pair for pair in known if any(sentence.covers(*pair) for sentence in said)}
