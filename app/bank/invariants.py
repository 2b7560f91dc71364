"""What must hold before a bank statement may be stored: it adds up, it is ours, it follows on, and it is not there yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from app.bank.statement import Entry, Statement
from app.kernel.errors import FileRefused, Refusal
from app.kernel.money import euros
from app.kernel.periods import Period, dutch_date


@dataclass(frozen=True, slots=True)
class KnownStatement:
    """A statement that was imported before."""

    statement_id: str
    number: int | None
    first_day: date
    last_day: date
    closing_cents: int
    imported_on: date


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """One bank account of the administration and what is in already.

    `statements` in the order in which they follow on. `opening_cents` is the balance in the books at `starts_on`, or None when
    nothing was booked yet. `entry_keys` are those of earlier entries around the days of the file.
    """

    iban: str
    starts_on: date
    opening_cents: int | None = None
    statements: tuple[KnownStatement, ...] = ()
    entry_keys: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Gap:
    """A statement does not begin where the one before ended: one is missing. Importing asks for confirmation."""

    iban: str
    statement_id: str
    first_day: date
    expected_cents: int
    found_cents: int

    @property
    def message(self) -> str:
        """Return the question to the user."""
        difference = euros(abs(self.found_cents - self.expected_cents))
        return (
            f"Afschrift {self.statement_id} van {dutch_date(self.first_day)} begint met {euros(self.found_cents)}, maar het vorige eindigde met "
            f"{euros(self.expected_cents)}: een verschil van {difference}. Er ontbreekt een afschrift. Lees dat eerst in, of bevestig dat je doorgaat."
        )


@dataclass(frozen=True, slots=True)
class CheckedStatement:
    """A statement that may be stored, with the key of each entry."""

    statement: Statement
    first_day: date
    last_day: date
    entry_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """All statements of a file in the order in which they follow on, and the gaps to confirm."""

    statements: tuple[CheckedStatement, ...]
    gaps: tuple[Gap, ...]


def check_file(statements: Sequence[Statement], file: str, accounts: Mapping[str, KnownAccount], today: date) -> CheckedFile:
    """Return the statements of a file when all of them may be stored; `accounts` are those of the administration, by IBAN.

    Raises FileRefused with every refusal; its code is that of the first: `statement_other_account`, `statement_not_adding_up`,
    `statement_before_start`, `statement_in_future`, `statement_imported_before` or `statement_overlaps`.
    """
    found: list[tuple[str, Refusal]] = []
    checked: list[CheckedStatement] = []
    gaps: list[Gap] = []
    counts: Counter[str] = Counter()
    by_account: dict[str, list[tuple[Statement, date, date]]] = {}
    for statement in statements:
        found += _wrong_by_itself(statement, accounts, today)
        first, last = statement.first_day, statement.last_day
        if first is None or last is None:
            found.append(("statement_not_adding_up", Refusal(_where(statement), "", "heeft geen enkele datum")))
        elif statement.head.iban in accounts:
            by_account.setdefault(statement.head.iban, []).append((statement, first, last))
    for iban, ours in by_account.items():
        account = accounts[iban]
        ours.sort(key=lambda s: (s[2], s[1], s[0].head.number or 0, s[0].head.ordinal))
        earlier = list(account.statements)
        for statement, first, last in ours:
            keys = _keys(iban, statement.entries, counts)
            before = _follows(statement, first, account, earlier)
            found += _in_already(statement, Period(first, last), account, earlier, keys, before)
            if before is not None and before != statement.head.opening_cents:
                gaps.append(Gap(iban, statement.head.statement_id, first, before, statement.head.opening_cents))
            checked.append(CheckedStatement(statement, first, last, keys))
            head = statement.head
            earlier.append(KnownStatement(head.statement_id, head.number, first, last, head.closing_cents, today))
    if found:
        raise FileRefused(found[0][0], file, [refusal for _, refusal in found])
    return CheckedFile(tuple(checked), tuple(gaps))


def entry_keys(iban: str, entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return a key per entry that is the same whenever the bank gives that entry again.

    With a bank reference over that, else over everything that tells entries apart; equal ones are numbered, so that
    two real payments of the same amount on one day both stay.
    """
    return _keys(iban, entries, Counter())


def payment_key(entry_key: str, position: int) -> str:
    """Return the key of one payment of a split entry; `position` counts from 1."""
    return f"{entry_key}-{position}"


def _keys(iban: str, entries: Iterable[Entry], counts: Counter[str]) -> tuple[str, ...]:
    keys = []
    for entry in entries:
        first = entry.payments[0]
        parts = [iban, entry.booked_on.isoformat(), str(entry.cents), entry.bank_reference]
        if not entry.bank_reference:
            parts += [str(entry.valued_on), entry.entry_reference, first.end_to_end_id, first.counter_iban, first.reference, first.text]
        base = "\x1f".join(parts)
        counts[base] += 1
        keys.append(sha256(f"{base}\x1f{counts[base]}".encode()).hexdigest())
    return tuple(keys)


def _where(statement: Statement) -> str:
    head = statement.head
    return f"afschrift {head.statement_id or head.ordinal} (regel {head.line})"


def _wrong_by_itself(statement: Statement, accounts: Mapping[str, KnownAccount], today: date) -> list[tuple[str, Refusal]]:
    head, where = statement.head, _where(statement)
    found: list[tuple[str, Refusal]] = []
    account = accounts.get(head.iban)
    if account is None:
        ours = ", ".join(sorted(accounts)) or "nog geen enkele"
        expected = (
            f"en dat is geen rekening van deze administratie ({ours}). Kies het afschrift van de juiste rekening of voeg de rekening toe"
        )
        found.append(("statement_other_account", Refusal(f"{where}, Acct/Id/IBAN", head.iban, expected)))
    counted = head.opening_cents + statement.moved_cents
    if counted != head.closing_cents:
        difference = euros(head.closing_cents - counted)
        expected = f"als eindsaldo, maar beginsaldo {euros(head.opening_cents)} en boekingen maken {euros(counted)}: verschil {difference}. Download het opnieuw"
        found.append(("statement_not_adding_up", Refusal(f"{where}, Bal CLBD", euros(head.closing_cents), expected)))
    first = statement.first_day
    if account and first and first < account.starts_on:
        expected = f"als eerste dag, maar de administratie begint op {dutch_date(account.starts_on)}. Kies een afschrift vanaf die dag"
        found.append(("statement_before_start", Refusal(where, dutch_date(first), expected)))
    late = next((e for e in statement.entries if e.booked_on > today), None)
    if late:
        expected = "als boekdatum, maar die dag moet nog komen. Download het afschrift opnieuw"
        found.append(("statement_in_future", Refusal(f"{where}, Ntry {late.ordinal}, BookgDt", dutch_date(late.booked_on), expected)))
    return found


def _follows(statement: Statement, first: date, account: KnownAccount, earlier: Sequence[KnownStatement]) -> int | None:
    """Return the balance that the statement must begin with, or None when nothing is known before it."""
    before = [s for s in earlier if s.last_day < first]
    same_day = [s for s in earlier if s.last_day >= first and s.closing_cents == statement.head.opening_cents]
    if same_day:
        return same_day[-1].closing_cents
    if before:
        return before[-1].closing_cents
    return account.opening_cents


def _in_already(
    statement: Statement,
    days: Period,
    account: KnownAccount,
    earlier: Sequence[KnownStatement],
    keys: Sequence[str],
    before: int | None,
) -> list[tuple[str, Refusal]]:
    head, where = statement.head, _where(statement)
    for known in earlier:
        if (
            head.statement_id
            and known.statement_id == head.statement_id
            and known.first_day.year == (days.first_day or known.first_day).year
        ):
            expected = f"is al ingelezen op {dutch_date(known.imported_on)}. Er is niets opnieuw ingelezen"
            return [("statement_imported_before", Refusal(f"{where}, Id", head.statement_id, expected))]
    double = [entry for entry, key in zip(statement.entries, keys, strict=True) if key in account.entry_keys]
    if double:
        expected = (
            f"is al ingelezen met een ander afschrift ({len(double)} van de {len(keys)} regels). Download een periode die daarna begint"
        )
        return [
            (
                "statement_overlaps",
                Refusal(f"{where}, Ntry {double[0].ordinal}", f"{dutch_date(double[0].booked_on)} {euros(double[0].cents)}", expected),
            )
        ]
    lapping = [s for s in earlier if Period(s.first_day, s.last_day).overlaps(days)]
    follows_on = before is not None and before == head.opening_cents and all(s.last_day == days.first_day for s in lapping)
    if lapping and not follows_on:
        known = lapping[-1]
        expected = f"overlapt met {Period(known.first_day, known.last_day)}, ingelezen op {dutch_date(known.imported_on)}. Download een periode die daarna begint"
        return [("statement_overlaps", Refusal(where, str(days), expected))]
    return []
