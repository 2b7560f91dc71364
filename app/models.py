"""All tables in one import, for the database, its migrations and the walls."""

from app.background import models as background
from app.bank import models as bank
from app.consents import models as consents
from app.contributions import models as contributions
from app.custom_fields import models as custom_fields
from app.data_quality import models as data_quality
from app.documents import models as documents
from app.enrollment import models as enrollment
from app.functions import models as functions
from app.groups import models as groups
from app.invoicing import models as invoicing
from app.kernel import models as kernel
from app.ledger import models as ledger
from app.mail import models as mail
from app.organisations import models as organisations
from app.privacy import models as privacy
from app.relations import models as relations
from app.sepa import models as sepa

__all__ = [
    "background",
    "bank",
    "consents",
    "contributions",
    "custom_fields",
    "data_quality",
    "documents",
    "enrollment",
    "functions",
    "groups",
    "invoicing",
    "kernel",
    "ledger",
    "mail",
    "organisations",
    "privacy",
    "relations",
    "sepa",
]
