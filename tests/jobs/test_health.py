"""What a load balancer asks."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import text

from app.background import usecases
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import transaction, working_as
from views.health import health


def test_ready_is_database_and_migrations_and_tells_about_the_scheduler(app: Flask) -> None:
    app.register_blueprint(health)
    client = app.test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (
        200,
        {"status": "ok", "database": "ok", "migrations": "ok", "scheduler": "absent"},
    )
    with working_as(system_actor("test")):
        usecases.hold_lease("scheduler", "test", timedelta(minutes=1))
    assert client.get("/readyz").json["scheduler"] == "ok"
    with working_as(system_actor("test")), transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["migrations"]) == (503, "behind")
    db.session.rollback()
    with db.engine.begin() as connection:  # not by the program: it does not own its tables
        connection.execute(text("DROP TABLE alembic_version"))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "not ready")
    db.session.rollback()
