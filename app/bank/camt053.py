"""Read CAMT.053 bank statements in constant memory, refusing what is hostile, broken or not understood.

Source: ISO 20022 camt.053.001.02-.14 (Dutch banks use .02 and .08); security: no DTD, no entities, no network.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from lxml import etree

from app.bank.camt_entry import EntryUnreadable, build_entry
from app.bank.camt_fields import Fields, Tables, collect, tables_for
from app.bank.camt_head import read_head
from app.bank.statement import Entry, Statement
from app.kernel.errors import FileRefused, Refusal

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.(\d{3})\.001\.(\d{2})")
VERSIONS = tuple(f"{number:02d}" for number in range(2, 15))
_MOST_REFUSALS = 100
_KEPT_WHOLE = 20  # details of an entry that stay in the tree; of the rest only the text is kept until the entry ends
_MARK = re.compile(r"<[^<>/]*TxDtls[^<>]*>\x1a?§(\d+)§</[^<>]*TxDtls>")


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much one file may hold."""

    file_bytes: int = 300_000_000
    entries: int = 250_000
    details: int = 500_000


def read_statements(source: bytes | BinaryIO, file: str, limits: ReadLimits | None = None) -> tuple[Statement, ...]:
    """Return the statements of one file; nothing is returned when anything in it cannot be read.

    Raises FileRefused with every refusal found: `statement_file_empty`, `statement_file_unreadable`, `statement_file_hostile`,
    `statement_version_unknown`, `statement_file_too_large` or `statement_invalid`.
    """
    return tuple(_Reader(source, file, limits or ReadLimits()).statements())


class _Counted(io.RawIOBase):
    """A stream that stops at the size limit, so that a file cannot be larger than it said."""

    def __init__(self, source: BinaryIO, most: int, first: bytes) -> None:
        super().__init__()
        self.source, self.left, self.first = source, most, first

    def read(self, size: int = -1) -> bytes:
        if self.first:
            chunk, self.first = self.first, b""
        else:
            chunk = self.source.read(65536 if size < 0 else size)
        self.left -= len(chunk)
        if self.left < 0:
            raise _TooLarge
        return chunk


class _TooLarge(Exception):
    pass


class _Reader:
    def __init__(self, source: bytes | BinaryIO, file: str, limits: ReadLimits) -> None:
        self.file, self.limits = file, limits
        self.source: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source
        self.refusals: list[Refusal] = []
        self.entries: list[Entry] = []
        self.details: list[Fields] = []
        self.far_details: list[str] = []
        self.ordinal = self.ignored = self.entry_count = self.detail_count = self.seen_entries = 0
        self.own_iban: str | None = None
        self._namespace = ""
        self.tables: Tables

    def statements(self) -> Iterator[Statement]:
        """Yield statements; the tree of an entry is forgotten as soon as it is read."""
        stream = self._opened()
        found: list[Statement] = []
        try:
            events = etree.iterparse(
                stream, events=("start", "end"), tag=("{*}Document", "{*}Stmt", "{*}Ntry", "{*}TxDtls"),
                resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
                remove_comments=True,
                remove_pis=True,
            )  # fmt: skip
            for event, element in events:
                self._take(event, element, found)
        except etree.XMLSyntaxError as fault:
            where = f"op regel {fault.lineno}" if fault.lineno else "aan het begin"
            raise self._refused(
                "statement_file_unreadable",
                where,
                "",
                "is het bestand afgebroken, of geen goede XML. Download het opnieuw bij je bank",
            ) from fault
        except _TooLarge:
            most = f"{self.limits.file_bytes // 1_000_000} MB"
            raise self._refused(
                "statement_file_too_large", "het bestand", "", f"is groter dan {most}. Download een kortere periode"
            ) from None
        if not self._namespace:
            raise self._not_xml()
        if not found and not self.refusals:
            self._add("Document", "", "heeft geen afschrift (Stmt). Kies bij je bank CAMT.053")
        if self.refusals:
            raise FileRefused("statement_invalid", self.file, self.refusals)
        yield from found

    def _opened(self) -> Any:
        first = self.source.read(65536)
        if not first:
            raise self._refused("statement_file_empty", "het bestand", "", "is leeg (0 bytes). Download het opnieuw bij je bank")
        head = first.lstrip(b"\xef\xbb\xbf \t\r\n")[:2048]
        if b"<!DOCTYPE" in first.upper():
            is_page = b"<HTML" in head.upper() or b"<!DOCTYPE HTML" in head.upper()
            raise self._not_xml() if is_page else self._hostile()
        if not head.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
            raise self._not_xml()
        return _Counted(self.source, self.limits.file_bytes, first)

    def _take(self, event: str, element: Any, found: list[Statement]) -> None:
        namespace, _, name = element.tag[1:].rpartition("}")
        if event == "start":
            if name == "Document":
                self._document(element)
            elif name == "Stmt" and namespace == self._namespace:
                self._begin(element, len(found) + 1)
            return
        if not self._namespace or namespace != self._namespace:
            raise self._not_xml()
        if name == "TxDtls":
            self._detail(element)
        elif name == "Ntry":
            self._entry(element)
        elif name == "Stmt":
            self._end(element, found)

    def _document(self, element: Any) -> None:
        if element.getroottree().docinfo.internalDTD is not None:
            raise self._hostile()
        namespace = element.tag[1:].rpartition("}")[0]
        known = _NAMESPACE.fullmatch(namespace)
        if element.getparent() is not None or not known:
            raise self._refused(
                "statement_version_unknown", "Document", namespace, "is geen bankafschrift dat hier bekend is. Kies bij je bank CAMT.053"
            )
        if known[1] != "053":
            kind = {"052": "een tussentijds overzicht", "054": "een overzicht van bij- en afschrijvingen"}.get(
                known[1], "een ander bericht"
            )
            raise self._refused(
                "statement_version_unknown", "Document", f"camt.{known[1]}", f"is {kind} en geen afschrift. Kies bij je bank CAMT.053"
            )
        if known[2] not in VERSIONS:
            expected = "is een onbekende versie. Kies bij je bank CAMT.053 versie 02 of 08"
            raise self._refused("statement_version_unknown", "Document", f"camt.053.001.{known[2]}", expected)
        self._namespace = namespace
        self.tables = tables_for(namespace)

    def _begin(self, element: Any, ordinal: int) -> None:
        self.ordinal, self.line, self.own_iban = ordinal, element.sourceline or 0, None
        self.entries, self.ignored, self.seen_entries = [], 0, 0

    def _detail(self, element: Any) -> None:
        self.detail_count += 1
        if self.detail_count > self.limits.details:
            raise self._refused(
                "statement_file_too_large", "TxDtls", str(self.detail_count), "is meer dan in één bestand kan. Download een kortere periode"
            )
        self.details.append(collect(element, self.tables.detail, []))
        if len(self.details) > _KEPT_WHOLE:
            self.far_details.append(etree.tostring(element, encoding="unicode", with_tail=False))
            tail = element.tail
            element.clear()
            element.text, element.tail = f"§{len(self.far_details) - 1}§", tail

    def _entry(self, element: Any) -> None:
        details, far = self.details, self.far_details
        self.details, self.far_details = [], []
        statement = element.getparent()
        self.seen_entries += 1
        self.entry_count += 1
        if self.entry_count > self.limits.entries:
            raise self._refused(
                "statement_file_too_large", "Ntry", str(self.entry_count), "is meer dan in één bestand kan. Download een kortere periode"
            )
        if self.own_iban is None:
            self.own_iban = dict(collect(statement, self.tables.statement, [])).get("iban", "")
        fields = collect(element, self.tables.entry, [])
        where = f"afschrift {self.ordinal}, regel {element.sourceline}, Ntry {self.seen_entries}"
        status = dict(fields).get("status", "")
        try:
            if status == "BOOK":
                raw = etree.tostring(element, encoding="unicode", with_tail=False)
                if far:
                    raw = _MARK.sub(lambda mark: far[int(mark[1])], raw)
                entry = build_entry(
                    fields=fields, details=details, own_iban=self.own_iban, ordinal=self.seen_entries, line=element.sourceline or 0,
                    raw_xml=raw, refuse=lambda place, value, expected: self._add(f"{where}, {place}", value, expected),
                )  # fmt: skip
                if entry.cents:
                    self.entries.append(entry)
                else:
                    self.ignored += 1
            elif status in ("PDNG", "INFO", "FUTR"):
                self.ignored += 1
            else:
                self._add(f"{where}, Sts", status, "maar er moet BOOK, PDNG of INFO staan")
        except EntryUnreadable:
            pass
        element.clear()
        while (before := element.getprevious()) is not None and before.tag == self.tables.entry_tag:
            statement.remove(before)

    def _end(self, element: Any, found: list[Statement]) -> None:
        head = read_head(element, self.tables, self.ordinal, self.line, self.seen_entries, self._add)
        if head:
            found.append(Statement(head, tuple(self.entries), self.ignored))
        element.clear()

    def _add(self, where: str, value: str, expected: str) -> None:
        self.refusals.append(Refusal(where, value[:80], expected))
        if len(self.refusals) >= _MOST_REFUSALS:
            raise FileRefused("statement_invalid", self.file, self.refusals)

    def _refused(self, code: str, where: str, value: str, expected: str) -> FileRefused:
        return FileRefused(code, self.file, [Refusal(where, value[:80], expected)])

    def _not_xml(self) -> FileRefused:
        return self._refused("statement_file_unreadable", "het bestand", "", "is geen CAMT.053-bestand. Kies bij je bank CAMT.053 (XML)")

    def _hostile(self) -> FileRefused:
        return self._refused(
            "statement_file_hostile", "het begin", "<!DOCTYPE", "hoort niet in een bankafschrift. Download het bestand opnieuw bij je bank"
        )
