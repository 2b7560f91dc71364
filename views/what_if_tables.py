"""The tables of "what if", for the page and for the spreadsheet: the same rows with the same totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import select

from app.contributions.comparing import MAIN_REASONS
from app.documents.spreadsheet import Column, Sheet
from app.kernel.db import db
from app.relations.models import Relation
from app.reporting.figures import Pair, total_of
from app.reporting.what_if import GROUPS, Findings, GroupRow, Row
from views.formats import money, nothing, number, scaled
from views.links import screen_of
from views.reports import ReportTable

SHOWN = 200
CHUNK = 5_000
_NUM = "bn-c-num"
HEADS: Mapping[str, Any] = {
    "contribution": _("Contribution"),
    "rule": _("Contribution rule"),
    "province": _("Province"),
    "department": _("Department"),
    "band": _("Age band of the rule"),
    "age_class": _("Age"),
    "category": _("Price category"),
}
TITLES: Mapping[str, Any] = {
    "contribution": _("Per contribution"),
    "rule": _("Per rule"),
    "province": _("Per province"),
    "department": _("Per department"),
    "band": _("Per age band of the rules"),
    "age_class": _("Per age, on the first day of each season"),
    "category": _("Per price category"),
}
CHARTS: Sequence[tuple[str, Any]] = (("province", _("Income per province")), ("age_class", _("Income per age")))


def shown_money(cents: int) -> Any:
    """Show an amount."""
    return money(cents)


def shown_percent(basis_points: int | None) -> Any:
    """Show a difference as +3,5 %."""
    if basis_points is None:
        return nothing()
    return f"{'+' if basis_points > 0 else ''}{scaled(basis_points, 2)} %"


def signed(cents: int) -> Any:
    """Show a difference in euros with its sign."""
    return Markup("{}{}").format("+" if cents > 0 else "", money(cents))


def tables(found: Findings) -> list[ReportTable]:
    """Return all tables of the page."""
    made = [_group_table(found)] if found.against else []
    made.append(_to_pay(found))
    made += [_figures(found, name, rows) for name, rows in found.tables().items()]
    names = _Cards()
    if found.against:
        title = gettext("Pays more than %(percent)s more", percent=shown_percent(found.limit_basis_points).lstrip("+"))
        made.append(_people(found, title, found.over, names))
        made.append(_people(found, gettext("New or gone"), found.moved, names))
    made.append(_people(found, gettext("Cannot be computed"), found.errors, names, is_paid=False))
    made.append(_people(found, gettext("Pays nothing"), found.left_out, names))
    return [table for table in made if table.rows]


def _heads(found: Findings, first: Any) -> list[tuple[Any, str]]:
    heads = [(first, ""), (_("How many"), _NUM), (found.season, _NUM)]
    if found.against:
        heads += [(gettext("How many %(season)s", season=found.against), _NUM), (found.against, _NUM), (_("Difference"), _NUM), ("%", _NUM)]
    return heads


def _cells(found: Findings, label: Any, pair: Pair) -> list[Any]:
    cells = [label, number(pair.count), money(pair.cents)]
    if found.against:
        cells += [
            number(pair.before_count),
            money(pair.before_cents),
            signed(pair.difference_cents),
            shown_percent(pair.difference_basis_points),
        ]
    return cells


def _figures(found: Findings, name: str, rows: Sequence[GroupRow]) -> ReportTable:
    total = total_of(row.pair for row in rows)
    return ReportTable(
        _heads(found, HEADS[name]),
        [_cells(found, row.label, row.pair) for row in rows],
        _cells(found, gettext("Total"), total) if rows else (),
        TITLES[name],
    )


def _pays(found: Findings) -> str:
    """Say what the table of what members pay is about."""
    if found.source:
        return str(gettext("What members pay, with the family maximum of %(source)s", source=found.source))
    return str(gettext("What members pay"))


def _to_pay(found: Findings) -> ReportTable:
    rows = found.to_pay()
    shown = [_cells(found, row.label, row.pair) for row in rows]
    total = _cells(found, gettext("To pay"), total_of(row.pair for row in rows)) if rows else ()
    return ReportTable(_heads(found, _("Part")), shown, total, _pays(found))


def _group_table(found: Findings) -> ReportTable:
    rows = [GroupRow(GROUPS[name], pair) for name, pair in found.groups.items()]
    shown = [_cells(found, row.label, row.pair) for row in rows]
    return ReportTable(
        _heads(found, _("Relation and contribution")), shown, _cells(found, gettext("Total"), total_of(row.pair for row in rows)), _("Who pays what")
    )  # fmt: skip


class _Cards:
    """Names and numbers of cards, as far as the user may see them, a statement per portion."""

    def __init__(self) -> None:
        self.links = screen_of(Relation) is not None

    def of(self, ids: Iterable[int]) -> dict[int, Any]:
        """Return the cards with these ids."""
        wanted = sorted(set(ids))
        found: dict[int, Any] = {}
        for start in range(0, len(wanted), CHUNK):
            asked = select(Relation.id, Relation.number, Relation.display_name).where(Relation.id.in_(wanted[start : start + CHUNK]))
            found |= {row.id: row for row in db.session.execute(asked)}
        return found

    def shown(self, card: Any) -> Any:
        """Return the name as a link for who may open the card."""
        if card is None:
            return gettext("card not in this environment")
        if not self.links:
            return card.display_name
        return Markup('<a href="{}">{}</a>').format(url_for("RelationView.show", pk=card.id), card.display_name)


def _people(found: Findings, title: Any, rows: Sequence[Row], names: _Cards, *, is_paid: bool = True) -> ReportTable:
    """Return the first rows of a list of people."""
    first = rows[:SHOWN]
    cards = names.of(row.relation_id for row in first)
    heads: list[tuple[Any, str]] = [(_("Relation"), ""), (_("Number"), "bn-c-code"), (_("Contribution"), "")]
    has_amounts = any(row.before_cents is not None or row.now_cents is not None for row in rows) and is_paid
    if has_amounts:
        heads += [(found.against, _NUM), (found.season, _NUM), (_("Difference"), _NUM)]
    heads.append((_("Why"), ""))
    shown = []
    for row in first:
        card = cards.get(row.relation_id)
        cells = [names.shown(card), card.number if card is not None else "", found.label("contribution", row.contribution_id)]
        if has_amounts:
            cells += [money(row.before_cents), money(row.now_cents), signed((row.now_cents or 0) - (row.before_cents or 0))]
        shown.append([*cells, found.reasons[row.reason]])
    count = ngettext("%(count)s time", "%(count)s times", len(rows), count=number(len(rows)))
    more = gettext(", the first %(shown)s; all of them are in the Excel file", shown=number(SHOWN)) if len(rows) > SHOWN else ""
    return ReportTable(heads, shown, (), f"{title}: {count}{more}")


# ---------------------------------------------------------------- the spreadsheet


def sheets(found: Findings) -> Iterator[Sheet]:
    """Return everything as sheets: the figures, then all people of each list."""
    above = [str(gettext("What if: season %(season)s", season=found.season))]
    above += [gettext("Next to season %(season)s", season=found.against)] if found.against else []
    above += found.notes
    if found.against:
        yield _figures_sheet(
            found, gettext("Summary"), gettext("Group"), [GroupRow(GROUPS[name], pair) for name, pair in found.groups.items()], above
        )
        reasons = [(MAIN_REASONS[code], count) for code, count in sorted(found.over_by_reason.items(), key=lambda pair: -pair[1])]
        columns = (Column(gettext("Why"), width=40), Column(gettext("How many"), "number"))
        total = (gettext("Total"), sum(count for _, count in reasons))
        percent = str(shown_percent(found.limit_basis_points)).lstrip("+")
        yield Sheet(gettext("Reasons"), columns, reasons, total, (gettext("Pays more than %(percent)s more", percent=percent),))
    if found.to_pay():
        yield _figures_sheet(found, gettext("To pay"), gettext("Part"), found.to_pay(), (_pays(found),))
    for name, rows in found.tables().items():
        yield _figures_sheet(found, str(TITLES[name]).partition(",")[0], str(HEADS[name]), rows, ())
    names = _Cards()
    lists = ((gettext("Pays much more"), found.over), (gettext("New or gone"), found.moved)) if found.against else ()
    for title, rows_of in (*lists, (gettext("Cannot be computed"), found.errors), (gettext("Pays nothing"), found.left_out)):
        yield _people_sheet(found, title, rows_of, names)


def _figures_sheet(found: Findings, name: str, first: str, rows: Sequence[GroupRow], above: Sequence[str]) -> Sheet:
    columns = [Column(first, width=44), Column(gettext("How many"), "number"), Column(found.season, "cents", 16)]
    if found.against:
        columns += [
            Column(gettext("How many %(season)s", season=found.against), "number", 16), Column(found.against, "cents", 16),
            Column(gettext("Difference"), "cents", 16), Column(gettext("Difference in percent"), "percent"),
        ]  # fmt: skip

    def cells(label: str, pair: Pair) -> list[Any]:
        before = [pair.before_count, pair.before_cents, pair.difference_cents, pair.difference_basis_points] if found.against else []
        return [label, pair.count, pair.cents, *before]

    return Sheet(
        name, columns, (cells(row.label, row.pair) for row in rows), cells(gettext("Total"), total_of(row.pair for row in rows)), above
    )


def _people_sheet(found: Findings, title: str, rows: Sequence[Row], names: _Cards) -> Sheet:
    columns = (
        Column(gettext("Number"), "number", 10), Column(gettext("Relation"), width=30), Column(gettext("Contribution"), width=26),
        Column(found.against or gettext("Before"), "cents"), Column(found.season, "cents"), Column(gettext("Difference"), "cents"),
        Column(gettext("Why"), width=80),
    )  # fmt: skip
    total = (None, gettext("Total"), None, *_sums(rows), None)
    return Sheet(title, columns, _people_rows(found, rows, names), total if rows else ())


def _sums(rows: Sequence[Row]) -> tuple[int, int, int]:
    before, now = sum(row.before_cents or 0 for row in rows), sum(row.now_cents or 0 for row in rows)
    return before, now, now - before


def _people_rows(found: Findings, rows: Sequence[Row], names: _Cards) -> Iterator[list[Any]]:
    """Give the rows, looking names up in portions."""
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        cards = names.of(row.relation_id for row in part)
        for row in part:
            card = cards.get(row.relation_id)
            difference = (row.now_cents or 0) - (row.before_cents or 0) if (row.now_cents, row.before_cents) != (None, None) else None
            yield [
                card.number if card is not None else None, card.display_name if card is not None else None,
                found.label("contribution", row.contribution_id), row.before_cents, row.now_cents, difference, found.reasons[row.reason],
            ]  # fmt: skip
