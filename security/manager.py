"""Flask-AppBuilder's security manager, with permissions that follow the environment."""

from __future__ import annotations

from flask_appbuilder.security.sqla.manager import SecurityManager


class Manager(SecurityManager):
    """Users, roles and permissions."""
