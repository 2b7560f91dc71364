"""Open a ZIP of bank statements: bounded in number and size, without folders that climb, links, or archives in archives."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from app.kernel.errors import FileRefused, Refusal

_SIGNS_OF_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ARCHIVES = (*_SIGNS_OF_ZIP, b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
_RATIO = 200  # bank statements pack 10 to 40 times; a bomb thousands


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much an archive may hold."""

    files: int = 400
    unpacked_bytes: int = 300_000_000


def is_archive(content: bytes) -> bool:
    """Whether the content is a ZIP."""
    return content.startswith(_SIGNS_OF_ZIP)


def unpack(content: bytes, file: str, limits: ArchiveLimits | None = None) -> list[tuple[str, bytes]]:
    """Return the name and content of each file in a ZIP, by name; or the file itself when it is no ZIP.

    Raises FileRefused `archive_refused` with every reason; nothing is written to disk.
    """
    limits = limits or ArchiveLimits()
    if not is_archive(content):
        return [(file, content)]
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            refusals = _refusals(members, len(content), limits)
            if refusals:
                raise FileRefused("archive_refused", file, refusals)
            return _read(archive, sorted(members, key=lambda m: m.filename), file, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, OSError) as fault:
        raise _refused(
            file, "het bestand", "", "is beschadigd, versleuteld of geen gewone ZIP. Download het opnieuw of pak het zelf uit"
        ) from fault


def _refusals(members: list[zipfile.ZipInfo], packed: int, limits: ArchiveLimits) -> list[Refusal]:
    if not members:
        return [Refusal("het bestand", "", "bevat geen bestanden. Kies een ZIP met afschriften")]
    if len(members) > limits.files:
        return [Refusal("het bestand", f"{len(members)} bestanden", f"en dat is meer dan {limits.files}. Kies een kortere periode")]
    found = []
    total = sum(m.file_size for m in members)
    if total > limits.unpacked_bytes or total > max(packed, 1) * _RATIO:
        found.append(
            Refusal("het bestand", f"{total // 1_000_000} MB uitgepakt", "en dat is te veel voor bankafschriften. Kies een kortere periode")
        )
    names = set()
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        is_link = stat.S_ISLNK(member.external_attr >> 16)
        if path.is_absolute() or ".." in path.parts or ":" in member.filename or not member.filename.isprintable() or is_link:
            found.append(
                Refusal(
                    "bestand in de ZIP",
                    member.filename[:80],
                    "heeft een naam of verwijzing die niet mag. Maak een ZIP met alleen afschriften",
                )
            )
        if member.filename in names:
            found.append(Refusal("bestand in de ZIP", member.filename[:80], "staat er twee keer in. Maak de ZIP opnieuw"))
        names.add(member.filename)
    return found


def _read(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], file: str, limits: ArchiveLimits) -> list[tuple[str, bytes]]:
    found = []
    left = limits.unpacked_bytes
    for member in members:
        with archive.open(member) as stream:
            content = stream.read(left + 1)
        left -= len(content)
        if left < 0:
            raise _refused(file, "het bestand", "", "is uitgepakt te groot voor bankafschriften. Kies een kortere periode")
        if content.startswith(_ARCHIVES):
            raise _refused(file, "bestand in de ZIP", member.filename[:80], "is zelf een archief. Pak het eerst uit")
        found.append((f"{file}/{member.filename}", content))
    return found


def _refused(file: str, where: str, value: str, expected: str) -> FileRefused:
    return FileRefused("archive_refused", file, [Refusal(where, value, expected)])
