"""What a signed-in person may see and do, as plain values; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.organisations import tree


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation as access needs to know it."""

    id: int
    path: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that holds today at an organisation and all below it."""

    role_id: int
    role_name: str
    path: str


@dataclass(frozen=True, slots=True)
class Environment:
    """An organisation that somebody may work in, with where it hangs and the roles held there."""

    organisation_id: int
    name: str
    kind: str
    path: str
    path_names: tuple[str, ...]
    role_names: tuple[str, ...]

    @property
    def depth(self) -> int:
        """Return how many organisations lie above it."""
        return len(self.path_names) - 1


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person behind a session, as Flask-Login and Flask-AppBuilder ask for it; without a database row behind it."""

    id: int
    username: str
    first_name: str
    last_name: str
    email: str
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    @property
    def full_name(self) -> str:
        """Return the name to greet with."""
        return f"{self.first_name} {self.last_name}".strip()

    def get_id(self) -> str:
        """Return the id as Flask-Login keeps it."""
        return str(self.id)

    def get_full_name(self) -> str:
        """Return the name to greet with, as Flask-AppBuilder asks for it."""
        return self.full_name


@dataclass(frozen=True, slots=True)
class Looked:
    """Whom somebody looks along with."""

    number: int
    user_id: int
    name: str
    username: str


@dataclass(frozen=True, slots=True)
class Access:
    """A session, as it stands for one request."""

    user: SignedIn
    environments: tuple[Environment, ...]
    environment: Environment | None
    organisation_ids: frozenset[int]
    permissions: frozenset[tuple[str, str]]
    session_id: int
    looking: Looked | None = None

    def may(self, permission: str, view: str) -> bool:
        """Whether this permission on this view holds in the environment of the session."""
        return (permission, view) in self.permissions


def environments_of(grants: Iterable[Grant], places: Mapping[int, Place]) -> tuple[Environment, ...]:
    """Return every organisation at or under a grant, highest first, then by name along the tree."""
    held = list(grants)
    found = []
    for place in places.values():
        roles = tuple(sorted({grant.role_name for grant in held if tree.lies_under(place.path, grant.path)}))
        if roles:
            names = tuple(places[i].name for i in tree.ids_in(place.path) if i in places)
            found.append(Environment(place.id, place.name, place.kind, place.path, names, roles))
    return tuple(sorted(found, key=lambda environment: environment.path_names))


def chosen(environments: Iterable[Environment], *organisation_ids: int | None) -> Environment | None:
    """Return the first of these environments that is still within reach, else the highest one."""
    listed = list(environments)
    for organisation_id in organisation_ids:
        for environment in listed:
            if environment.organisation_id == organisation_id:
                return environment
    return min(listed, key=lambda environment: (environment.depth, environment.path_names), default=None)


def roles_at(grants: Iterable[Grant], path: str) -> frozenset[int]:
    """Return the roles that hold at the organisation with this path: granted there or above it."""
    return frozenset(grant.role_id for grant in grants if tree.lies_under(path, grant.path))
