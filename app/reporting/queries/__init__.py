"""Questions over several capabilities."""

from app.reporting.queries.what_if import functions_asked, season_before_of, what_if

__all__ = ["functions_asked", "season_before_of", "what_if"]
