"""Write a direct-debit file (pain.008) piece by piece: the same collections always give the same bytes.

Source: ISO 20022 pain.008.001.08 and .02; EPC130-08, SDD Core customer-to-bank implementation guidelines.
No postal addresses: they are only asked for outside the EEA, and unstructured ones are refused since 15 November 2026.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Literal, NamedTuple

from app.kernel.errors import DomainError
from app.kernel.identifiers import is_kenmerk, is_rf_reference
from app.kernel.money import MAXIMUM_CENTS, euros, plain
from app.sepa.characters import check_reference, sepa_text
from app.sepa.mandates import ONE_OFF, RECURRING, Amendment

Version = Literal["08", "02"]
NAME_LENGTH = 70
REMITTANCE_LENGTH = 140
MESSAGE_ID_LENGTH = 30  # leaves room for the ending that makes the id of each group
SEQUENCES = (RECURRING, ONE_OFF)  # the order of the groups
_CHUNK = 500  # collections per piece


@dataclass(frozen=True, slots=True)
class Creditor:
    """Who collects, and on which account."""

    name: str
    iban: str
    creditor_id: str
    bic: str | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """One amount to collect.

    `end_to_end_id` is unique per attempt. `reference` is a betalingskenmerk or an RF reference; with one, `remittance`
    is not sent, because the scheme takes only one of the two.
    """

    end_to_end_id: str
    amount_cents: int
    mandate_reference: str
    signed_on: date
    debtor_name: str
    debtor_iban: str
    debtor_bic: str | None = None
    remittance: str = ""
    reference: str | None = None
    sequence: str = RECURRING
    amendment: Amendment | None = None


class Group(NamedTuple):
    """The collections of one sequence type, which may come by only once: what their header says is known beforehand."""

    sequence: str
    size: int
    cents: int
    collections: Iterable[Collection]


@dataclass(frozen=True, slots=True)
class DebitFile:
    """All that one pain.008 file says; frozen when the batch is made, so that it can be written again.

    Where the collections come by in groups (see `write_groups`) it holds what is said besides them.
    """

    message_id: str
    created_at: datetime
    collection_day: date
    creditor: Creditor
    collections: Sequence[Collection] = ()
    version: Version = "08"
    is_batch_booked: bool = True


def write(file: DebitFile) -> Iterator[bytes]:
    """Yield the file in pieces of UTF-8; everything is checked before the first piece.

    Raises DomainError `batch_empty`, `batch_double_reference`, `collection_amount` or `sepa_reference_invalid`.
    """
    if not file.collections:
        raise DomainError("batch_empty", "De batch heeft geen incasso's. Er is geen bestand te maken.")
    parted = [(s, [c for c in file.collections if c.sequence == s]) for s in SEQUENCES]
    if sum(len(collections) for _, collections in parted) != len(file.collections):
        raise ValueError("a collection is neither RCUR nor OOFF")
    for _ in _checked(file.collections):
        pass
    groups = [Group(s, len(found), sum(c.amount_cents for c in found), found) for s, found in parted if found]
    yield from _written(file, groups)


def write_groups(head: DebitFile, groups: Sequence[Group]) -> Iterator[bytes]:
    """Yield the same file as `write` from groups whose collections come by once: each is checked as it is written.

    A refusal may come after the first pieces, so nothing is kept before the last one. Raises as `write`.
    """
    yield from _written(head, [group._replace(collections=_checked(group.collections)) for group in groups])


def _written(head: DebitFile, groups: Sequence[Group]) -> Iterator[bytes]:
    check_reference(head.message_id, "Kenmerk van de batch", MESSAGE_ID_LENGTH)
    check_reference(head.creditor.creditor_id, "Incassant-ID")
    bic = "BICFI" if head.version == "08" else "BIC"
    name = _name(head.creditor.name)
    moment = head.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") + "Z"
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.008.001.{head.version}"><CstmrDrctDbtInitn>\n'
        f"<GrpHdr><MsgId>{head.message_id}</MsgId><CreDtTm>{moment}</CreDtTm><NbOfTxs>{sum(g.size for g in groups)}</NbOfTxs>"
        f"<CtrlSum>{plain(sum(g.cents for g in groups))}</CtrlSum><InitgPty><Nm>{name}</Nm></InitgPty></GrpHdr>\n"
    ).encode()
    for group in groups:
        yield _group_header(head, group, name, bic).encode()
        source = iter(group.collections)
        while part := "".join([_transaction(c, bic) for c in islice(source, _CHUNK)]):
            yield part.encode()
        yield b"</PmtInf>\n"
    yield b"</CstmrDrctDbtInitn></Document>\n"


def _checked(collections: Iterable[Collection]) -> Iterator[Collection]:
    """Give the collections back while they may be sent."""
    seen: set[str] = set()
    for c in collections:
        check_reference(c.end_to_end_id, "Incassokenmerk")
        check_reference(c.mandate_reference, "Machtigingskenmerk")
        if not 0 < c.amount_cents <= MAXIMUM_CENTS:
            raise DomainError(
                "collection_amount",
                f"Incasso {c.end_to_end_id} is {euros(c.amount_cents)}; het bedrag moet tussen {euros(1)} en {euros(MAXIMUM_CENTS)} liggen.",
            )
        if not c.debtor_iban.isalnum() or not (c.debtor_bic or "X").isalnum():
            raise DomainError(
                "iban_invalid",
                f"IBAN “{c.debtor_iban}” of BIC “{c.debtor_bic or ''}” van incasso {c.end_to_end_id} klopt niet.",
                value=c.debtor_iban,
            )
        if c.end_to_end_id in seen:
            raise DomainError(
                "batch_double_reference", f"Incassokenmerk {c.end_to_end_id} staat twee keer in de batch. Verwijder een van de twee."
            )
        seen.add(c.end_to_end_id)
        yield c


def _group_header(file: DebitFile, group: Group, name: str, bic: str) -> str:
    creditor, sequence = file.creditor, group.sequence
    return (
        f"<PmtInf><PmtInfId>{file.message_id}-{sequence}</PmtInfId><PmtMtd>DD</PmtMtd><BtchBookg>{'true' if file.is_batch_booked else 'false'}</BtchBookg>"
        f"<NbOfTxs>{group.size}</NbOfTxs><CtrlSum>{plain(group.cents)}</CtrlSum>"
        f"<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl><LclInstrm><Cd>CORE</Cd></LclInstrm><SeqTp>{sequence}</SeqTp></PmtTpInf>"
        f"<ReqdColltnDt>{file.collection_day.isoformat()}</ReqdColltnDt><Cdtr><Nm>{name}</Nm></Cdtr>"
        f"<CdtrAcct><Id><IBAN>{creditor.iban}</IBAN></Id></CdtrAcct><CdtrAgt>{_agent(creditor.bic, bic)}</CdtrAgt><ChrgBr>SLEV</ChrgBr>"
        f"<CdtrSchmeId>{_scheme_id(creditor.creditor_id)}</CdtrSchmeId>\n"
    )


def _transaction(c: Collection, bic: str) -> str:
    amended = "<AmdmntInd>false</AmdmntInd>" if c.amendment is None else _amendment(c.amendment)
    return (
        f"<DrctDbtTxInf><PmtId><EndToEndId>{c.end_to_end_id}</EndToEndId></PmtId>"
        f'<InstdAmt Ccy="EUR">{c.amount_cents // 100}.{c.amount_cents % 100:02d}</InstdAmt>'
        f"<DrctDbtTx><MndtRltdInf><MndtId>{c.mandate_reference}</MndtId><DtOfSgntr>{c.signed_on.isoformat()}</DtOfSgntr>{amended}</MndtRltdInf></DrctDbtTx>"
        f"<DbtrAgt>{_agent(c.debtor_bic, bic)}</DbtrAgt><Dbtr><Nm>{_name(c.debtor_name)}</Nm></Dbtr>"
        f"<DbtrAcct><Id><IBAN>{c.debtor_iban}</IBAN></Id></DbtrAcct>{_remittance(c)}</DrctDbtTxInf>\n"
    )


def _agent(bic: str | None, element: str) -> str:
    inner = f"<{element}>{bic}</{element}>" if bic else "<Othr><Id>NOTPROVIDED</Id></Othr>"
    return f"<FinInstnId>{inner}</FinInstnId>"


def _scheme_id(creditor_id: str) -> str:
    return f"<Id><PrvtId><Othr><Id>{creditor_id}</Id><SchmeNm><Prtry>SEPA</Prtry></SchmeNm></Othr></PrvtId></Id>"


def _amendment(amendment: Amendment) -> str:
    parts = []
    if amendment.original_reference:
        parts.append(f"<OrgnlMndtId>{check_reference(amendment.original_reference, 'Vorig machtigingskenmerk')}</OrgnlMndtId>")
    if amendment.original_creditor_name or amendment.original_creditor_id:
        name = f"<Nm>{_name(amendment.original_creditor_name)}</Nm>" if amendment.original_creditor_name else ""
        identifier = (
            _scheme_id(check_reference(amendment.original_creditor_id, "Vorig incassant-ID")) if amendment.original_creditor_id else ""
        )
        parts.append(f"<OrgnlCdtrSchmeId>{name}{identifier}</OrgnlCdtrSchmeId>")
    if amendment.is_other_account:
        parts.append("<OrgnlDbtrAcct><Id><Othr><Id>SMNDA</Id></Othr></Id></OrgnlDbtrAcct>")
    return f"<AmdmntInd>true</AmdmntInd><AmdmntInfDtls>{''.join(parts)}</AmdmntInfDtls>"


def _name(text: str) -> str:
    name = sepa_text(text, NAME_LENGTH)
    if not name:
        raise DomainError(
            "sepa_name_unwritable",
            f"De naam “{text}” kan niet in Latijnse letters. Vul de naam van de rekeninghouder in Latijnse letters in.",
        )
    return name


def _remittance(c: Collection) -> str:
    if c.reference:
        bare = c.reference.replace(" ", "")
        issuer = "ISO" if is_rf_reference(bare) else "CUR" if is_kenmerk(bare) else None
        if issuer is None:
            raise DomainError("payment_reference_invalid", f"Betalingskenmerk “{c.reference}” van incasso {c.end_to_end_id} klopt niet.")
        return f"<RmtInf><Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>{issuer}</Issr></Tp><Ref>{bare}</Ref></CdtrRefInf></Strd></RmtInf>"
    text = sepa_text(c.remittance, REMITTANCE_LENGTH)
    return f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf>" if text else ""
