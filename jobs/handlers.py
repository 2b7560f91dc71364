"""Which function does which kind of work; the names are those of `app.background.kinds`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from jobs.work import Work

# By name, so that a job whose module cannot be loaded fails on its own run and the others go on.
HANDLERS = {
    "outbox": "jobs.outbox:send_due",
    "seal_trail": "jobs.trail:seal",
    "reset_links": "jobs.passwords:send_links",
    "due_functions": "jobs.functions:take_effect",
    "deferred_revenue": "jobs.deferrals:move",
    "lapse_mandates": "jobs.mandates:lapse",
    "forget_enrollments": "jobs.enrollments:forget",
    "tidy_runs": "jobs.tidying:tidy",
    "retention": "jobs.retention:let_go_of_old",
    "data_quality": "jobs.data_quality:find_and_mail",
    "invoice_run_make": "jobs.invoicing:make",
    "invoice_run_post": "jobs.invoicing:post",
    "invoice_run_send": "jobs.invoicing:send",
    "invoice_run_preview": "jobs.invoicing:preview",
    "what_if": "jobs.reporting:answer",
}


def handler_of(job_name: str) -> Callable[[Work], str]:
    """Return what does this kind of work: it takes its Work and returns in Dutch how it went."""
    module, _, name = HANDLERS[job_name].partition(":")
    handler: Callable[[Work], str] = getattr(import_module(module), name)
    return handler
