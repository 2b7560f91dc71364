"""Keeps the Dutch catalogue: add texts, compile it, and say which texts still have no Dutch.

python translations/catalogue.py add < lines       each line `English = Nederlands`, plurals `one | many = een | veel`
python translations/catalogue.py compile
python translations/catalogue.py missing           exit 1 when a text has no Dutch
"""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent
SOURCE = ROOT / "nl" / "LC_MESSAGES" / "messages.po"
COMPILED = SOURCE.with_suffix(".mo")
ROOMS = ("app", "views", "security", "jobs")


def load() -> Catalog:
    """Read the catalogue, or begin one."""
    if not SOURCE.exists():
        return Catalog(locale="nl", project="Bondgenoot", charset="utf-8")
    with SOURCE.open("rb") as file:
        return read_po(file, locale="nl")


def compile_catalogue() -> Path:
    """Write the compiled catalogue next to its source and return its path."""
    part = COMPILED.with_suffix(f".{os.getpid()}.part")  # several processes may find it stale at once
    with part.open("wb") as file:
        write_mo(file, load())
    part.replace(COMPILED)
    return COMPILED


def compile_if_stale() -> None:
    """Compile when the source is newer than what was compiled."""
    if not COMPILED.exists() or COMPILED.stat().st_mtime < SOURCE.stat().st_mtime:
        compile_catalogue()


def add(lines: list[str]) -> int:
    """Add `English = Nederlands` lines; a text that is there gets the new Dutch. Returns how many were taken."""
    SOURCE.parent.mkdir(parents=True, exist_ok=True)
    with (ROOT / "nl" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        catalogue, taken = load(), 0
        for line in lines:
            if not line.strip():
                continue
            english, separator, dutch = line.partition(" = ")
            if not separator or not dutch.strip():
                raise SystemExit(f"niet begrepen: {line!r}; schrijf `English = Nederlands`")
            catalogue.delete(_parts(english))  # Babel keeps the old Dutch otherwise
            catalogue.add(_parts(english), _parts(dutch))
            taken += 1
        part = SOURCE.with_suffix(".part")
        with part.open("wb") as file:
            write_po(file, catalogue, sort_output=True, omit_header=False, width=0)
        part.replace(SOURCE)
    return taken


def _parts(text: str) -> str | tuple[str, ...]:
    """Return a text, or one and many of it when it is written `one row | %(num)s rows`."""
    parts = tuple(part.strip().replace("\\n", "\n") for part in text.split(" | "))
    return parts[0] if len(parts) == 1 else parts


def missing() -> list[str]:
    """Return the texts of the program that have no Dutch, or a Dutch that is marked as unsure."""
    catalogue = load()
    wanted = set()
    for room in ROOMS:
        method = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
        for _, _, message, _, _ in extract_from_dir(
            str(ROOT.parent / room),
            method_map=method,
            keywords={"_": None, "gettext": None, "lazy_gettext": None, "__": None, "ngettext": (1, 2)},
        ):
            wanted.add(message[0] if isinstance(message, tuple) else message)
    return sorted(text for text in wanted if not (found := catalogue.get(text)) or not _said(found.string) or found.fuzzy)


def _said(dutch: str | tuple[str, ...] | list[str]) -> bool:
    return all(dutch) if isinstance(dutch, tuple | list) and dutch else bool(dutch)


def main() -> int:
    """Carry out the command on the command line."""
    verb = sys.argv[1] if len(sys.argv) > 1 else ""
    if verb == "add":
        taken = add(sys.stdin.read().splitlines())
        print(f"{taken} teksten bewaard")
        return 0
    if verb == "compile":
        print(compile_catalogue())
        return 0
    if verb == "missing":
        texts = missing()
        print("\n".join(texts))
        return 1 if texts else 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main())
