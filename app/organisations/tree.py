"""Who lies under whom, from the path of ids that each organisation keeps (`/1/4/19/`)."""

from __future__ import annotations

from app.kernel.errors import DomainError


def path_of(parent_path: str, organisation_id: int) -> str:
    """Return the path of an organisation under a parent's path (empty for a root)."""
    return f"{parent_path or '/'}{organisation_id}/"


def ids_in(path: str) -> tuple[int, ...]:
    """Return the ids from the root to the organisation itself."""
    return tuple(int(part) for part in path.split("/") if part)


def lies_under(path: str, other_path: str) -> bool:
    """Whether `path` is `other_path` or lies below it."""
    return path.startswith(other_path)


def check_move(path: str, new_parent_path: str) -> None:
    """Refuse to hang an organisation under itself. Raises DomainError `organisation_under_itself`."""
    if lies_under(new_parent_path, path):
        raise DomainError(
            "organisation_under_itself", "Een organisatie kan niet onder zichzelf of onder een eigen onderdeel hangen. Kies een andere."
        )
