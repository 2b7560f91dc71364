"""Prove a direct-debit file: against the ISO 20022 schema, and by counting it again from what stands in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from lxml import etree

from app.kernel.errors import DomainError

VERSIONS = ("08", "02")


@dataclass(frozen=True, slots=True)
class FileFigures:
    """What was counted in a file that is valid."""

    message_id: str
    count: int
    total_cents: int
    bytes_count: int


@lru_cache(maxsize=4)
def schema_of(version: str) -> etree.XMLSchema:
    """Return the compiled schema of pain.008.001.`version`, from the `sepaxml` package."""
    file = resources.files("sepaxml") / "schemas" / f"pain.008.001.{version}.xsd"
    with file.open("rb") as stream:
        return etree.XMLSchema(etree.parse(stream))


def validate(chunks: Iterable[bytes], version: str = "08") -> FileFigures:
    """Read a file once, in constant memory, and return what it holds.

    Raises DomainError `debit_file_invalid` when it breaks the schema, when a number or sum in a header is not what is counted,
    or when an end-to-end id occurs twice. `chunks` may come straight from `pain008.write`.
    """
    count = _Count(version)
    stream = _Stream(chunks)
    try:
        events = etree.iterparse(
            stream,
            events=("end",),
            tag=[count.ns + t for t in ("DrctDbtTxInf", "PmtInf", "GrpHdr", "Document")],
            schema=schema_of(version),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        )
        for _, element in events:
            count.take(element)
    except etree.XMLSyntaxError as fault:
        raise _invalid(f"regel {fault.lineno}: {fault.msg}") from fault
    return count.finish(stream.length)


class _Stream:
    """Pieces of bytes as the file that the parser reads."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.chunks, self.length = iter(chunks), 0

    def read(self, _size: int = -1) -> bytes:
        chunk = next(self.chunks, b"")
        self.length += len(chunk)
        return chunk


class _Count:
    """Counts transactions as they go by and forgets them."""

    def __init__(self, version: str) -> None:
        self.ns = f"{{urn:iso:std:iso:20022:tech:xsd:pain.008.001.{version}}}"
        self.transaction_tag, self.amount_tag, self.name_tag = (self.ns + t for t in ("DrctDbtTxInf", "InstdAmt", "EndToEndId"))
        self.seen: set[str] = set()
        self.group_cents = self.group_count = self.cents = self.count = 0
        self.header: tuple[str, int, int] | None = None
        self.is_whole = False

    def take(self, element: Any) -> None:
        if element.tag == self.transaction_tag:
            self._transaction(element)
        elif element.tag.endswith("PmtInf"):
            self._group(element)
        elif element.tag.endswith("Document"):
            self.is_whole = True
        else:
            text = element.findtext
            self.header = (text(self.ns + "MsgId"), int(text(self.ns + "NbOfTxs")), _cents(text(self.ns + "CtrlSum")))

    def _transaction(self, element: Any) -> None:
        for name in element[0]:
            if name.tag == self.name_tag:
                if name.text in self.seen:
                    raise _invalid(f"incassokenmerk {name.text} staat er twee keer in")
                self.seen.add(name.text)
        for child in element:
            if child.tag == self.amount_tag:
                self.group_cents += _cents(child.text)
                break
        self.group_count += 1
        element.clear()
        before = element.getprevious()
        if before is not None and before.tag == self.transaction_tag:
            element.getparent().remove(before)

    def _group(self, element: Any) -> None:
        name = element.findtext(self.ns + "PmtInfId")
        _same(f"groep {name}: aantal", int(element.findtext(self.ns + "NbOfTxs")), self.group_count)
        _same(f"groep {name}: totaal in centen", _cents(element.findtext(self.ns + "CtrlSum")), self.group_cents)
        self.cents += self.group_cents
        self.count += self.group_count
        self.group_cents = self.group_count = 0
        element.clear()

    def finish(self, length: int) -> FileFigures:
        if self.header is None or not self.is_whole:
            raise _invalid("het is niet compleet")
        name, count, cents = self.header
        _same("aantal", count, self.count)
        _same("totaal in centen", cents, self.cents)
        return FileFigures(name, count, cents, length)


def _cents(text: str) -> int:
    whole, _, part = text.partition(".")
    if len(part) == 2 and whole.isdecimal() and part.isdecimal():
        return int(whole) * 100 + int(part)
    if len(part) > 2 or not (whole + part).isdecimal():
        raise _invalid(f"“{text}” is geen bedrag met twee decimalen")
    return int(whole) * 100 + int((part + "00")[:2])


def _same(what: str, stated: int, counted: int) -> None:
    if stated != counted:
        raise _invalid(f"{what} staat op {stated}, maar geteld is {counted}")


def _invalid(why: str) -> DomainError:
    return DomainError(
        "debit_file_invalid", f"Het incassobestand klopt niet: {why}. Het is niet bewaard; meld dit aan je beheerder.", why=why
    )
