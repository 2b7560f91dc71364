"""What is done with bank statements."""

from app.bank.usecases.booking import book_statement
from app.bank.usecases.importing import Imported, import_file, propose_again
from app.bank.usecases.lines import TargetDraft, change_line, confirm_certain, confirm_line, remember_rule
from app.bank.usecases.taking_back import take_back

__all__ = [
    "Imported",
    "TargetDraft",
    "book_statement",
    "change_line",
    "confirm_certain",
    "confirm_line",
    "import_file",
    "propose_again",
    "remember_rule",
    "take_back",
]
