"""What is done with runs and invoices, from parameters to sent invoices."""

from app.invoicing.usecases.making import Made, make_run
from app.invoicing.usecases.posting import Posted, post_invoices, post_run
from app.invoicing.usecases.setting_up import set_up_run, withdraw_run

__all__ = ["Made", "Posted", "make_run", "post_invoices", "post_run", "set_up_run", "withdraw_run"]
