"""The frame of the demo: organisations, function types, price categories, forms, books and rules. Small, so by the models."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contributions.models import Adjustment, BillingPlan, Contribution, ContributionRule, Season
from app.enrollment.models import EnrollmentForm
from app.functions.models import EndReason, FunctionType, PriceCategory
from app.invoicing.models import InvoiceSource, PaymentTerm
from app.kernel.identifiers import creditor_id_for
from app.ledger.models import LedgerAccount, VatCode
from app.organisations import tree
from app.organisations.models import Administration, Organisation, PostcodeRange
from app.relations.models import Relation
from app.sepa.models import BankAccount
from jobs.demo import names
from jobs.demo.people import iban

# Born-from ages at the season's start, and cents per price category: the latest band that fits wins.
BANDS = ((200, 6000, 4500, 5000), (30, 6000, 4500, 5000), (17, 4800, 3600, 4800), (12, 3000, 3000, 3000), (0, 1800, 1800, 1800))
CATEGORIES = (("NORMAAL", "Normaal"), ("STUDENT", "Student"), ("PENSIOEN", "Pensioen"))
# Code, name, category, whether it is a membership, the levels it is held at, and its place in the order.
FUNCTION_TYPES = (
    ("LID", "Lid", "membership", True, ["department"], 10),
    ("BESTUUR", "Bestuurslid", "board", False, ["national", "province", "department"], 20),
    ("DONATEUR", "Donateur", "donor", False, ["national", "province"], 40),
    ("SPONSOR", "Sponsor", "sponsor", False, ["national", "province", "department"], 50),
    ("BLAD", "Abonnement ledenblad", "interest", False, ["national"], 60),
    ("LEDENADM", "Ledenadministratie afdeling", "authorisation", False, ["department"], 30),
    ("PENNING", "Penningmeester provincie", "authorisation", False, ["province"], 30),
)
# Which role the holders of a function type get.
GRANTS = {"LEDENADM": "Ledenadministrateur afdeling", "PENNING": "Penningmeester"}
END_REASONS = (
    ("OPGEZEGD", "Zelf opgezegd", False),
    ("VERHUISD", "Verhuisd", True),
    ("OVERLEDEN", "Overleden", True),
    ("ACHTERSTAND", "Niet betaald", False),
)


@dataclass
class Frame:
    """What the members hang on: ids by code."""

    root: int = 0
    organisations: list[dict[str, object]] = field(default_factory=list)  # as the command line reports them
    ids: dict[str, int] = field(default_factory=dict)
    departments: list[tuple[int, int]] = field(default_factory=list)  # (organisation, its province)
    towns: list[tuple[int, str]] = field(default_factory=list)
    function_types: dict[str, int] = field(default_factory=dict)
    categories: dict[str, int] = field(default_factory=dict)
    seasons: list[str] = field(default_factory=list)
    season_ids: list[int] = field(default_factory=list)
    books: list[int] = field(default_factory=list)


def plant_tree(session: Session, seed: int) -> Frame:
    """Make the national level, twelve provinces and about ten departments in each."""
    random = Random(f"{seed}/tree")  # noqa: S311 - invented data
    frame = Frame()
    frame.root = _organisation(session, frame, "NL", "Bond van Dorpsverenigingen", "national", None, "/")
    starts, ends = list(names.PLACE_STARTS), list(names.PLACE_ENDS)
    for code, province, postcode in names.PROVINCES:
        province_id = _organisation(session, frame, code, f"Provincie {province}", "province", "NL", f"/{frame.root}/")
        villages = random.sample([a + b for a in starts for b in ends], random.randrange(9, 12))
        for place, village in enumerate(villages, start=1):
            own = f"{code}{place:02d}"
            department = _organisation(
                session, frame, own, f"Afdeling {village}", "department", code, f"/{frame.root}/{province_id}/", village
            )
            first = postcode + 8 * (place - 1)
            session.add(PostcodeRange(organisation_id=department, first_postcode=first, last_postcode=first + 7))
            frame.departments.append((department, province_id))
            frame.towns.append((first, village))
    return frame


def _organisation(
    session: Session, frame: Frame, code: str, name: str, kind: str, parent: str | None, path: str, town: str | None = None
) -> int:
    row = Organisation(
        code=code,
        name=name,
        kind=kind,
        parent_id=frame.ids[parent] if parent else None,
        path=path,
        town=town,
        email=f"{code.lower()}@bond.example",
        notification_email=f"ledenadministratie-{code.lower()}@bond.example",
    )
    session.add(row)
    session.flush()
    row.path = tree.path_of(path, row.id)
    frame.ids[code] = row.id
    frame.organisations.append({"code": code, "name": name, "kind": kind, "parent": parent, "keeps_books": kind != "department"})
    if kind != "department":
        frame.books.append(row.id)
    return row.id


def furnish(session: Session, frame: Frame, year: int) -> None:
    """Add what is used everywhere: function types, price categories, reasons, seasons, terms and VAT codes."""
    root = frame.root
    for code, name in CATEGORIES:
        session.add(PriceCategory(organisation_id=root, code=code, name=name))
    for code, name, credits_rest in END_REASONS:
        session.add(EndReason(organisation_id=root, code=code, name=name, credits_rest=credits_rest))
    session.flush()
    frame.categories = dict(session.execute(select(PriceCategory.code, PriceCategory.id)).all())
    for code, name, category, membership, levels, importance in FUNCTION_TYPES:
        session.add(
            FunctionType(
                organisation_id=root,
                code=code,
                name=name,
                category=category,
                is_membership=membership,
                levels=levels,
                importance=importance,
                grants_role=GRANTS.get(code),
                is_default_for_new=membership,
                required_fields=["birth_date"] if membership else [],
                price_category_id=frame.categories["NORMAAL"] if membership else None,
            )
        )
    for number in (year, year + 1):
        season = Season(organisation_id=root, name=str(number), first_day=date(number, 1, 1), last_day=date(number, 12, 31))
        session.add(season)
        session.flush()
        frame.seasons.append(season.name)
        frame.season_ids.append(season.id)
    session.add_all(
        [
            PaymentTerm(organisation_id=root, name="30 dagen", days=30),
            PaymentTerm(organisation_id=root, name="14 dagen", days=14),
            InvoiceSource(organisation_id=root, name="Contributie", family_maximum_cents=60000, heading="Contributie"),
            VatCode(organisation_id=root, code="GEEN", name="Buiten de btw", ubl_category="O"),
            VatCode(organisation_id=root, code="VRIJ", name="Vrijgesteld", ubl_category="E", exemption_reason="Artikel 11 Wet OB"),
            VatCode(organisation_id=root, code="HOOG", name="21 %", rate_basis_points=2100, ubl_category="S"),
            BillingPlan(organisation_id=root, name="Per seizoen", anchor="season"),
        ]
    )
    session.flush()
    frame.function_types = dict(session.execute(select(FunctionType.code, FunctionType.id)).all())


def keep_books(session: Session, frame: Frame, organisation_id: int, code: str, name: str, seed: int) -> None:
    """Add the administration of one organisation: its bank account, contributions and two seasons of rules."""
    random = Random(f"{seed}/books/{code}")  # noqa: S311 - invented data
    accounts = dict(
        session.execute(select(LedgerAccount.number, LedgerAccount.id).where(LedgerAccount.organisation_id == organisation_id)).all()
    )
    session.add(
        BankAccount(
            organisation_id=organisation_id,
            name="Betaalrekening",
            iban=iban(random),
            holder=name[:70],
            ledger_account_id=accounts["1100"],
            max_batch_count=100_000,
            announcement_days=0,
        )
    )
    plan = session.scalar(select(BillingPlan.id).where(BillingPlan.organisation_id == frame.root))
    vat = session.scalar(select(VatCode.id).where(VatCode.code == "GEEN"))
    share = 4 if code == "NL" else 1  # the national fee is a quarter of the province's

    def contribution(title: str, function_code: str, account: str, posting_type: str) -> Contribution:
        row = Contribution(
            organisation_id=organisation_id,
            name=title,
            function_type_id=frame.function_types[function_code],
            ledger_account_id=accounts[account],
            vat_code_id=vat,
            posting_type=posting_type,
            price_category_id=frame.categories["NORMAAL"] if function_code == "LID" else None,
            billing_plan_id=plan,
        )
        session.add(row)
        session.flush()
        return row

    member = contribution(
        "Landelijke bijdrage" if code == "NL" else f"Contributie {name.removeprefix('Provincie ')}", "LID", "8000", "contribution"
    )
    donor = contribution("Donatie", "DONATEUR", "8100", "gift")
    sponsor = contribution("Sponsoring", "SPONSOR", "8200", "other")
    for season_id, label in zip(frame.season_ids, frame.seasons, strict=True):
        first_day = date(int(label), 1, 1)
        raised = 1 if label != frame.seasons[0] else 0
        for age, *amounts in BANDS:
            for (category, _), cents in zip(CATEGORIES, amounts, strict=True):
                if category != "NORMAAL" and cents == amounts[0]:
                    continue  # the regular price holds
                _rule(
                    session,
                    member,
                    season_id,
                    cents // share + 100 * raised,
                    "Contributie",
                    frame.categories[category],
                    _born_from(first_day, age),
                )
        _rule(session, donor, season_id, 2500, "Donatie", None, None)
        _rule(session, sponsor, season_id, 25000, "Sponsorbijdrage", None, None)
    session.flush()


def _born_from(first_day: date, age: int) -> date:
    return date(1900, 1, 1) if age > 120 else date(first_day.year - age, 1, 1)


def _rule(
    session: Session, contribution: Contribution, season_id: int, cents: int, text: str, category: int | None, born_from: date | None
) -> None:
    rule = ContributionRule(
        organisation_id=contribution.organisation_id,
        contribution_id=contribution.id,
        season_id=season_id,
        price_category_id=category,
        born_from=born_from,
        amount_cents=cents,
        description=text,
    )
    session.add(rule)
    session.flush()
    if category is None:
        return
    steps = (
        ("short_period", {"variant": "half_month"}),
        ("payment_method", {"rows": [{"method": "direct_debit", "discount_cents": 150}]}),
    )
    for position, (kind, settings) in enumerate(steps, start=1):
        session.add(Adjustment(organisation_id=rule.organisation_id, rule_id=rule.id, position=position, kind=kind, settings=settings))


def administration(organisation_id: int, code: str, name: str, place: int, year: int) -> Administration:
    """Return the books of an organisation, with an invented KvK number."""
    kvk = f"{90_000_000 + place:08d}"
    return Administration(
        organisation_id=organisation_id,
        name=name,
        starts_on=date(year - 1, 1, 1),
        kvk=kvk,
        creditor_id=creditor_id_for(kvk),
        sender_name=name[:70],
        sender_email=f"penningmeester-{code.lower()}@bond.example",
    )


def open_form(session: Session, frame: Frame) -> EnrollmentForm:
    """Add the public enrollment form of one province."""
    province = frame.ids["GE"]
    form = EnrollmentForm(
        organisation_id=province,
        slug="gelderland",
        title="Word lid in Gelderland",
        introduction="Fijn dat je lid wilt worden. Je hoort van ons zodra je inschrijving is bekeken.",
        is_open=True,
        function_type_id=frame.function_types["LID"],
        price_category_id=frame.categories["NORMAAL"],
        contribution_id=session.scalar(select(Contribution.id).where(Contribution.organisation_id == province).order_by(Contribution.id)),
        fields={"first_name": "required", "birth_date": "required", "address": "required", "phone": "asked", "remarks": "asked"},
        consent_text="Ik vind het goed dat de vereniging mijn gegevens gebruikt voor de ledenadministratie.",
    )
    session.add(form)
    session.flush()
    return form


def sponsor_cards(frame: Frame, random: Random, count: int) -> list[Relation]:
    """Return invented companies; the writer numbers them and gives them their function."""
    made = []
    for place in range(count):
        _, surname = random.choice(frame.towns), random.choice(names.SURNAMES)
        organisation, _ = frame.departments[place % len(frame.departments)]
        made.append(Relation(organisation_id=organisation, kind="company", surname=f"{random.choice(names.COMPANY_KINDS)} {surname}"))
    return made
