"""Mass invoicing, a custom view: from parameters to sent invoices in steps, each with its own address."""

from __future__ import annotations

from flask_appbuilder import BaseView


class MassInvoicingView(BaseView):
    """Lead a run from its parameters to sent invoices."""

    route_base = "/massaal-factureren"
    default_view = "index"
