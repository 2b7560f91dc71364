"""What every page carries: texts and shapes for the templates; and the start page."""

from __future__ import annotations

from flask import current_app, url_for
from flask_appbuilder import IndexView, expose
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from app.background.models import JobRun
from app.kernel import clock
from app.kernel.actor import current_actor
from app.kernel.db import db
from views import formats, menu
from views.addresses import here


class StartView(IndexView):
    """The start page: the work that lies waiting, and what runs in the background."""

    index_template = "bondgenoot/start.html"

    @expose("/")
    def index(self) -> str:
        """Show it."""
        queues = menu.queues()
        return self.render_template(  # type: ignore[no-any-return]
            self.index_template,
            title=_("Start"),
            greeting=_greeting(clock.local(clock.now()).hour),
            queues=[queue for queue in queues if queue["n"]],
            done=[queue["label"] for queue in queues if not queue["n"]],
            runs=_running(),
        )


def _greeting(hour: int) -> str:
    name = getattr(current_user, "first_name", "") or ""
    if hour < 12:
        return _("Good morning %(name)s", name=name)
    return _("Good afternoon %(name)s", name=name) if hour < 18 else _("Good evening %(name)s", name=name)


def _running() -> list[JobRun]:
    if current_actor() is None:
        return []
    return list(db.session.scalars(select(JobRun).where(JobRun.state.in_(("queued", "running"))).order_by(JobRun.id.desc()).limit(5)))


def search_address() -> str | None:
    """Return where the search box on top looks for relations, or None for who may not see them."""
    view = next((view for view in current_app.appbuilder.baseviews if view.endpoint == "RelationView"), None)
    return url_for("RelationView.list") if view is not None and menu.may_open(view) else None


def script_texts() -> dict[str, str]:
    """Return the words that the script says."""
    return {
        "sure": _("Are you sure?"),
        "go_on": _("Yes, go on"),
        "chosen": _("rows chosen"),
        "unsaved": _("Not saved yet"),
        "choose": _("Choose…"),
        "nothing": _("Nothing found"),
        "searching": _("Searching…"),
        "more": _("Type at least 2 characters"),
        "failed": _("The choices could not be fetched"),
        "balance": _("Debit %(debit)s, credit %(credit)s: difference %(difference)s", debit="{0}", credit="{1}", difference="{2}"),
    }


def prepare() -> None:
    """Give the templates what they use."""
    flask = current_app
    flask.jinja_env.filters.update(
        money=formats.money, day=formats.day, moment=formats.moment, number=formats.number, yes_no=formats.yes_no, anything=formats.anything
    )
    flask.jinja_env.globals.update(badge=formats.badge, tone_of=formats.tone_of, here=here, script_texts=script_texts, is_red_flash=_is_red)
    flask.jinja_env.globals.update(shown_menu=menu.shown_menu, search_address=search_address)


def _is_red(messages: list[tuple[str, str]]) -> bool:
    return any(category in ("danger", "warning") for category, _text in messages)
