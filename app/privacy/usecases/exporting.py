"""Gives all that is kept of one person, as JSON or as a PDF to read; the trail says who took it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.documents.pdf import Document, RenderLimits, render_pdf
from app.kernel import audit, clock
from app.kernel.actor import the_actor
from app.kernel.errors import DomainError
from app.kernel.periods import dutch_date
from app.kernel.unit_of_work import transaction
from app.organisations.queries import name_of
from app.privacy.document import EXPLAINED, HTML, TITLE
from app.privacy.queries import person
from app.privacy.queries.export import Section, sections_of

FORMS = {"pdf": "application/pdf", "json": "application/json"}
_MOST_ROWS = 500  # of one kind in the PDF, the newest; a machine gets all of them
_LIMITS = RenderLimits(seconds=60, memory_bytes=400_000_000)


@dataclass(frozen=True, slots=True)
class Taken:
    """A file with all that is kept of a person."""

    name: str
    content_type: str
    content: bytes


def export_person(relation_id: int, form: str) -> Taken:
    """Return all that the actor may see of a person, as `json` or `pdf`. Raises NotFound, DomainError `kind_unknown` or as `render_pdf`."""
    if form not in FORMS:
        raise DomainError("kind_unknown", f"“{form}” kan niet. Kies uit: {', '.join(FORMS)}.", field="form")
    card = person.card(relation_id)
    number, name, organisation_id = card.number, card.display_name, card.organisation_id
    sections = sections_of(relation_id)
    content = _json(number, sections) if form == "json" else _pdf(f"{name} ({number})", sections)
    with transaction():
        rows = {section.table: len(section.rows) for section in sections}
        audit.record("export_person", "relation", relation_id, organisation_id, form=form, rows=rows)
    return Taken(f"persoonsgegevens-{number}.{form}", FORMS[form], content)


def _json(number: int, sections: Sequence[Section]) -> bytes:
    made: dict[str, Any] = {
        "soort": TITLE,
        "relatienummer": number,
        "gemaakt": clock.now().isoformat(),
        "organisatie": name_of(the_actor().organisation_id),
        "delen": [
            {"tabel": section.table, "titel": section.title, "velden": dict(section.columns), "rijen": list(section.rows)}
            for section in sections
        ],
    }
    return json.dumps(made, ensure_ascii=False, indent=1, default=str).encode()


def _pdf(who: str, sections: Sequence[Section]) -> bytes:
    parts = []
    for section in sections:
        texts = section.texts[-_MOST_ROWS:]
        left_out = len(section.texts) - len(texts)
        rows = [{"velden": [{"naam": label, "waarde": text[column]} for column, label in section.columns.items() if text[column]]}
                for text in texts]  # fmt: skip
        parts.append({
            "titel": section.title, "aantal": len(section.texts), "rijen": rows,
            "weggelaten": f"De nieuwste {len(texts)}; alle {len(section.texts)} staan in het JSON-bestand." if left_out else "",
        })  # fmt: skip
    actor = the_actor()
    values = {
        "titel": TITLE, "wie": who, "gemaakt": dutch_date(clock.today()), "door": actor.name, "delen": parts,
        "uitleg": EXPLAINED.format(organisatie=name_of(actor.organisation_id)),
    }  # fmt: skip
    return render_pdf(Document(TITLE, HTML, values), _LIMITS)
