"""The check before a run: worked out at once, or read from what the background found; and the same as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext

from app.background.models import JobRun
from app.background.queries import found_by, is_busy, latest_asked
from app.documents.spreadsheet import Column, Sheet
from app.invoicing import usecases
from app.invoicing.models import InvoiceRun
from app.invoicing.preview import GROUPS, Preview, Sum
from app.invoicing.queries.previewing import PREVIEW, functions_in, preview_key
from app.sepa.queries import payers_with_mandate
from views.preview_names import PreviewNames

CHUNK = 5_000


@dataclass(frozen=True)
class Checked:
    """What a run would make, when that is known; `found_at` when the background found it, `work` what the background does."""

    found: Preview | None
    work: JobRun | None = None
    found_at: datetime | None = None


def checking_work(run: InvoiceRun) -> JobRun | None:
    """Return the work that finds out what a run would make, or None."""
    return latest_asked(PREVIEW, run.organisation_id, preview_key(run.id))


def checked(run: InvoiceRun) -> Checked:
    """Return what a run would make. Raises DomainError for settings that cannot be computed."""
    if functions_in(run.id) <= current_app.config["PRICED_AT_ONCE"]:
        return Checked(usecases.preview_run(run.id, lambda _payers: payers_with_mandate(run.organisation_id)))
    work = checking_work(run)
    kept = found_by(work.id) if work is not None and not is_busy(work) else None
    return Checked(Preview.of(kept[0]), work, kept[1]) if kept is not None else Checked(None, work)


def preview_sheets(found: Preview, run: InvoiceRun) -> Iterator[Sheet]:
    """Return all of a preview as sheets."""
    names = PreviewNames(found, ())
    now, before = run.season.name, found.previous_season or gettext("Before")
    words = (
        gettext("Same amount as last season"),
        gettext("Other amount"),
        gettext("New: not charged last season"),
        gettext("Charged last season, not now"),
    )
    groups: list[Sequence[Any]] = [
        (word, found.groups[name].count, found.groups[name].cents) for name, word in zip(GROUPS, words, strict=True)
    ]
    beside = (
        (gettext("Family maximum"), found.maximum_cents, found.previous_maximum_cents),
        (gettext("VAT"), found.vat_cents, found.previous_vat_cents),
    )
    groups += [(label, None, cents) for label, cents, earlier in beside if cents or earlier]
    groups += [(gettext("Skipped"), len(found.left_out), None), (gettext("Not possible: solve first"), len(found.errors), None)]
    yield Sheet(gettext("What changes"), _columns(gettext("Group")), groups, above=(run.name, f"{gettext('Season')} {now}"))
    for title, sums, name in (
        (gettext("Per contribution"), found.per_contribution, names.contribution),
        (gettext("Per rule"), found.per_rule, names.rule),
    ):
        yield Sheet(title, _columns(title), [(name(key), one.count, one.cents) for key, one in sums.items()], _total(sums))
    outliers = Column(gettext("Amount"), "cents")
    yield Sheet(
        gettext("What stands out"), (*_who(), outliers, Column(gettext("Why"), width=80)),
        _people(found.outliers, names, lambda one: (one.cents, one.reason)),
    )  # fmt: skip
    amounts = (Column(before, "cents"), Column(now, "cents"), Column(gettext("Difference"), "cents"))
    yield Sheet(
        gettext("Other, new or gone"), (*_who(), *amounts, Column(gettext("Why"), width=80)),
        _people(found.changes, names, lambda one: (one.before_cents, one.now_cents, (one.now_cents or 0) - (one.before_cents or 0), one.why)),
    )  # fmt: skip
    for title, rows in ((gettext("Not possible"), found.errors), (gettext("Skipped"), found.left_out)):
        yield Sheet(title, (*_who(), Column(gettext("Why"), width=80)), _people(rows, names, lambda one: (one.reason,)))


def _who() -> tuple[Column, ...]:
    return (
        Column(gettext("Number"), "number", 10), Column(gettext("Relation"), width=30), Column(gettext("Contribution"), width=26)
    )  # fmt: skip


def _columns(first: str) -> tuple[Column, ...]:
    return Column(first, width=44), Column(gettext("How many"), "number"), Column(gettext("Amount"), "cents", 16)


def _total(sums: Mapping[int, Sum]) -> tuple[str, int, int]:
    return gettext("Total"), sum(one.count for one in sums.values()), sum(one.cents for one in sums.values())


def _people(rows: Sequence[Any], names: PreviewNames, cells: Any) -> Iterator[tuple[Any, ...]]:
    """Give the rows of a list of people, looking their names up in portions."""
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        cards: Mapping[int, Any] = names.cards_of(_ids(part))
        for row in part:
            card = cards.get(row.relation_id)
            who = (
                card.number if card else None,
                card.display_name if card else None,
                names.contribution(getattr(row, "contribution_id", None)),
            )
            yield *who, *cells(row)


def _ids(rows: Iterable[Any]) -> set[int]:
    return {row.relation_id for row in rows}
