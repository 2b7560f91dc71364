"""One's own password, asked where something gives somebody access to the program.

The rule itself stands in `security/giving.py`; here is the field to fill in, on forms and actions where it will be asked for.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import g
from flask_babel import lazy_gettext as _

from security.own_account import check_own_password
from views.forms import AdminForm
from views.questions import Question, SecretField

OWN_PASSWORD = Question("own_password", _("Your own password"), "password", help=_("To be sure that it is you."))
WHERE_NEEDED = Question(
    "own_password",
    _("Your own password"),
    "password",
    required=False,
    help=_("Only needed when it gives somebody access that he did not have."),
)


def show_own_password(answers: dict[str, Any]) -> None:
    """Check one's own password where it was filled in. Raises DomainError at its field."""
    given = answers.get("own_password")
    if given:
        check_own_password(g.access.user.id, given, "own_password")


@lru_cache(maxsize=64)
def _asking(form: type[AdminForm]) -> type[AdminForm]:
    field = SecretField(label=WHERE_NEEDED.label, description=WHERE_NEEDED.help)
    return type(form.__name__, (form,), {"own_password": field})


class AsksOwnPassword:
    """A screen whose form asks for one's own password where `gives_access` says that saving may give somebody access."""

    def gives_access(self, item: Any) -> bool:
        """Whether saving this row, or the new one that is being filled in, may give somebody access."""
        raise NotImplementedError

    def form_of(self, item: Any) -> type[AdminForm]:
        """Return the form, with the field where it is needed."""
        form: type[AdminForm] = super().form_of(item)  # type: ignore[misc]
        return _asking(form) if self.gives_access(item) else form

    def more_fieldsets(self, item: Any) -> list[tuple[Any, dict[str, Any]]]:
        """Return the fieldset of the field too."""
        found: list[tuple[Any, dict[str, Any]]] = super().more_fieldsets(item)  # type: ignore[misc]
        return [*found, (_("Gives access"), {"fields": ["own_password"]})] if self.gives_access(item) else found

    def more_answers(self, form: Any, item: Any) -> dict[str, Any]:
        """Check the password where it was filled in."""
        if "own_password" in form:
            show_own_password({"own_password": form["own_password"].data})
        found: dict[str, Any] = super().more_answers(form, item)  # type: ignore[misc]
        return found
