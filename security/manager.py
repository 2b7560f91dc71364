"""Flask-AppBuilder's security manager, with permissions that follow the environment.

What somebody may do comes from the assignments that hold today and reach the environment (`security/queries.py`), worked
out once per request. Roles put on a user in Flask-AppBuilder's own way give nothing.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, g
from flask_appbuilder.menu import MenuItem
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_login import LoginManager

from security import account_views, views
from security.access import Access, SignedIn


def present_access() -> Access | None:
    """Return who is signed in with this request, or None."""
    return g.get("access")


class Manager(SecurityManager):
    """Users, roles and permissions."""

    authdbview = views.SignInView
    resetmypasswordview = account_views.ChangePasswordView

    def create_db(self) -> None:
        """Make nothing: tables come from the migrations, roles and permissions from `flask setup`."""

    def register_views(self) -> None:
        """Add signing in and one's own password. Flask-AppBuilder's other security screens leak or bypass, and stay out."""
        self.auth_view = self.authdbview()
        guessable = (self.auth_view, views.SignInStepView(), account_views.ForgottenPasswordView(), self.resetmypasswordview())
        for view in guessable:
            self.appbuilder.add_view_no_menu(view)
            if self.is_auth_limited:
                self.limiter.limit(self.auth_rate_limit, methods=["POST"])(view.blueprint)
        self.appbuilder.add_view_no_menu(account_views.AccountView())
        self.appbuilder.add_view_no_menu(views.EnvironmentView())

    def load_user(self, pk: str) -> SignedIn | None:
        """Return the person of this request's session."""
        access = present_access()
        return access.user if access and access.user.get_id() == str(pk) else None

    def create_login_manager(self, app: Flask) -> LoginManager:
        """Also know who asks over the API, by the token."""
        made = super().create_login_manager(app)
        made.request_loader(lambda _request: access.user if (access := present_access()) else None)
        return made

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Whether the person of this request may do this in the environment of this request."""
        access = present_access()
        if access is None:
            return False
        if permission_name == "menu_access":
            item = self.appbuilder.menu.find(view_name)
            return item is not None and _shows(access, item)
        return access.may(permission_name, view_name)

    def is_item_public(self, permission_name: str, view_name: str) -> bool:  # noqa: ARG002 - the face is Flask-AppBuilder's
        """Say that no permission is public: public pages ask for none."""
        return False

    def get_user_roles(self, user: Any) -> list[Any]:  # noqa: ARG002 - the face is Flask-AppBuilder's
        """Return no roles: rights come from assignments."""
        return []

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:  # noqa: ARG002 - the face is Flask-AppBuilder's
        """Return the menu items that lead somewhere for the person of this request."""
        access = present_access()
        return set() if access is None else set(_shown(access, self.appbuilder.menu.get_list()))


def _shown(access: Access, items: list[MenuItem]) -> list[str]:
    names = []
    for item in items:
        names += [item.name] if _shows(access, item) else []
        names += _shown(access, item.childs)
    return names


def _shows(access: Access, item: MenuItem) -> bool:
    if item.childs:
        return any(_shows(access, child) for child in item.childs)
    view = item.baseview
    if view is None:
        return bool(item.href)
    method = getattr(view, "method_permission_name", {}).get(view.default_view) or getattr(
        getattr(view, view.default_view), "_permission_name", view.default_view
    )
    return access.may(f"can_{method}", view.class_permission_name)
