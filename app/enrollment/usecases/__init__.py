"""What is done with enrollments: handing in, and deciding."""

from app.enrollment.usecases.accepting import accept, take_over_and_decline
from app.enrollment.usecases.handing_in import change, check_public, confirm, enter, submit_public
from app.enrollment.usecases.handling import ask, decline, forget_old

__all__ = ["accept", "ask", "change", "check_public", "confirm", "decline", "enter", "forget_old", "submit_public", "take_over_and_decline"]
