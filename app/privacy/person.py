"""What is kept of one person, table by table: the one place that says so. A new table with a way to a card is named here, or a test fails.

Each `Kept` says how its rows are found (`by`: a column, and the table or `table.column` whose values it holds), what each column is called
in the export, and what becomes of the rows when the person is erased:

- `delete`: they go.
- `wipe`: the row stays, these columns are emptied.
- `law`: they stay as long as tax law asks, then `wipe` holds for them, or they go when nothing is named there. Rows of such a table that
  the law does not ask for (`app.privacy.queries.person.bound_by_law`) go at once.
- `keep`: they stay; `why` says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

WIPED: Final = "gewist"
LAW_YEARS: Final = 7
# Source: art. 52 lid 4 Algemene wet inzake rijksbelastingen and art. 2:10 lid 3 Burgerlijk Wetboek: seven years.
LAW: Final = "Fiscale bewaarplicht: zeven jaar na het boekjaar (art. 52 AWR, art. 2:10 BW)"
NO_PERSON: Final = "Er staat niets in dat zegt wie het is zodra de kaart gewist is."
ALWAYS_HIDDEN: Final = frozenset({"id", "version", "relation_id"})


@dataclass(frozen=True, slots=True)
class Kept:
    """One table as far as it is about a person."""

    table: str
    title: str
    by: tuple[tuple[str, str], ...]
    shown: Mapping[str, str]
    erase: str
    wipe: Mapping[str, Any] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    why: str = ""


def _of(*columns: str) -> tuple[tuple[str, str], ...]:
    return tuple((column, "relation") for column in columns)


PERSON: Final[tuple[Kept, ...]] = (
    Kept(
        "relation", "Kaart", (("id", "relation"),),
        {"number": "Relatienummer", "kind": "Soort", "initials": "Voorletters", "first_name": "Voornaam", "prefix": "Tussenvoegsel",
         "surname": "Achternaam", "gender": "Geslacht", "birth_date": "Geboortedatum", "deceased_on": "Overleden op", "language": "Taal",
         "correspondence": "Post", "member_since": "Lid sinds", "end_date": "Einde lidmaatschap", "end_reason": "Reden van einde",
         "payment_method": "Betaalwijze", "payment_term_id": "Betalingstermijn", "payer_id": "Betaler", "gift_cents": "Gift",
         "household_role": "Rol in huishouden", "kvk": "KvK-nummer", "vat_number": "Btw-nummer", "einvoice_id": "E-factuuradres",
         "remarks": "Opmerkingen", "custom_values": "Vrije velden", "made_at": "Aangemaakt", "organisation_id": "Ingevoerd bij"},
        "wipe",
        {"initials": None, "first_name": None, "prefix": None, "surname": "Gewiste relatie", "gender": None, "birth_date": None,
         "deceased_on": None, "end_reason": None, "payer_id": None, "gift_cents": None, "household_id": None, "household_role": None,
         "kvk": None, "vat_number": None, "einvoice_id": None, "remarks": None, "custom_values": {}, "correspondence": "none",
         "payment_method": "transfer"},
        ("display_name", "sort_key", "search_name", "sound_key", "household_id", "follows_household_address"),
    ),
    Kept("household", "Huishouden", (("id", "relation.household_id"),), {"organisation_id": "Bij"}, "keep",
         why="De anderen in het huishouden houden het; het heet niet meer naar wie gewist is.",
         hidden=("name",)),  # it is called after its head, who may be somebody else
    Kept("address", "Adressen", _of("relation_id"),
         {"kind": "Soort", "street": "Straat", "house_number": "Huisnummer", "suffix": "Toevoeging", "postcode": "Postcode",
          "town": "Woonplaats", "country": "Land", "first_day": "Vanaf", "last_day": "Tot en met"}, "delete", hidden=("organisation_id",)),
    Kept("contact_point", "E-mail, telefoon en website", _of("relation_id"),
         {"kind": "Soort", "value": "Waarde", "is_primary": "Eerste keus", "for_invoices": "Voor facturen", "is_refused": "Geweigerd"},
         "delete", hidden=("organisation_id",)),
    Kept("relation_account", "Bankrekeningen", _of("relation_id"),
         {"iban": "IBAN", "bic": "BIC", "holder": "Rekeninghouder", "is_primary": "Eerste keus"}, "delete", hidden=("organisation_id",)),
    Kept("function_term", "Functies en lidmaatschappen", _of("relation_id"),
         {"function_type_id": "Functie", "organisation_id": "Organisatie", "first_day": "Eerste dag", "last_day": "Laatste dag",
          "agreed_first_day": "Afgesproken eerste dag", "end_reason_id": "Reden van einde", "price_category_id": "Prijscategorie", "payer_id": "Betaler", "quantity": "Aantal",
          "factor": "Factor", "value_units": "Waarde-eenheden", "origin": "Herkomst", "payer_reference": "Kenmerk van de betaler",
          "recruited_by_id": "Geworven door", "remarks": "Opmerkingen", "custom_values": "Vrije velden", "made_at": "Aangemaakt"},
         "wipe", {"remarks": None, "payer_reference": None, "payer_id": None, "recruited_by_id": None, "custom_values": {}},
         ("previous_id",)),
    Kept("function_event", "Historie van functies", (("function_term_id", "function_term"),),
         {"kind": "Wat", "on_date": "Per", "details": "Bijzonderheden", "actor": "Door", "made_at": "Vastgelegd"}, "keep", why=NO_PERSON,
         hidden=("function_term_id", "organisation_id")),
    Kept("target_group_member", "Doelgroepen", _of("relation_id"),
         {"target_group_id": "Doelgroep", "added_by": "Erin gezet door", "made_at": "Sinds"}, "delete", hidden=("organisation_id",)),
    Kept("consent", "Toestemmingen", _of("relation_id"),
         {"purpose_id": "Doel", "is_given": "Gegeven", "on_date": "Datum", "source": "Hoe", "remarks": "Opmerking", "noted_by": "Door",
          "made_at": "Vastgelegd"}, "delete", hidden=("organisation_id",)),
    Kept("enrollment", "Inschrijvingen", _of("relation_id"),
         {"form_id": "Formulier", "source": "Herkomst", "state": "Stand", "department_id": "Afdeling", "function_type_id": "Functie",
          "price_category_id": "Prijscategorie", "wanted_from": "Vanaf", "initials": "Voorletters", "first_name": "Voornaam",
          "prefix": "Tussenvoegsel", "surname": "Achternaam", "gender": "Geslacht", "birth_date": "Geboortedatum", "street": "Straat",
          "house_number": "Huisnummer", "suffix": "Toevoeging", "postcode": "Postcode", "town": "Woonplaats", "country": "Land",
          "email": "E-mail", "phone": "Telefoon", "wants_direct_debit": "Wil incasso", "iban": "IBAN", "account_holder": "Rekeninghouder",
          "remarks": "Opmerkingen", "consents": "Akkoord met de voorwaarden", "purposes": "Toestemmingen", "submitted": "Zoals ingestuurd",
          "confirmed_at": "Bevestigd", "decided_at": "Beslist", "decided_by": "Door", "reason": "Reden", "made_at": "Ingestuurd"},
         "delete", hidden=("organisation_id", "token_hash")),
    Kept("mandate", "Machtigingen", _of("relation_id"),
         {"reference": "Kenmerk", "sort": "Soort", "state": "Stand", "signed_on": "Getekend op", "iban": "IBAN", "bic": "BIC",
          "holder": "Rekeninghouder", "last_used_on": "Laatst gebruikt", "original_iban": "Eerdere IBAN",
          "original_reference": "Eerder kenmerk", "amended_on": "Gewijzigd op", "amendment_sent_on": "Wijziging gemeld op",
          "evidence": "Bewijs", "organisation_id": "Gegeven aan", "made_at": "Vastgelegd"},
         "law", {"iban": "", "bic": None, "holder": WIPED, "original_iban": None, "original_reference": None, "evidence": None}),
    Kept("charge", "Te factureren regels", _of("relation_id"),
         {"contribution_id": "Contributie", "season_id": "Seizoen", "payer_id": "Betaler", "first_day": "Van", "last_day": "Tot en met",
          "description": "Omschrijving", "amount_cents": "Bedrag", "state": "Stand", "waived_reason": "Reden van kwijtschelding",
          "explanation": "Onderbouwing", "made_at": "Gemaakt"},
         "law", {"description": WIPED, "waived_reason": None, "explanation": {}},
         ("key", "rule_id", "function_term_id", "organisation_id")),
    Kept("invoice", "Facturen en creditnota's", _of("debtor_id"),
         {"kind": "Soort", "state": "Stand", "number": "Nummer", "invoice_date": "Datum", "due_date": "Vervaldatum",
          "payment_method": "Betaalwijze", "heading": "Kop", "total_cents": "Totaal", "vat_cents": "Btw", "reference": "Betalingskenmerk",
          "posted_at": "Geboekt", "send_state": "Verzending", "sent_at": "Verstuurd", "organisation_id": "Van"},
         "law", {"document_id": None},
         ("run_id", "run_key", "credits_id", "debtor_id", "payment_term_id", "source_id", "journal_entry_id", "open_item_id",
          "document_id", "made_at")),
    Kept("invoice_line", "Factuurregels", (("invoice_id", "invoice"), ("member_id", "relation")),
         {"invoice_id": "Factuur", "position": "Regel", "contribution_id": "Contributie", "description": "Omschrijving", "quantity": "Aantal",
          "price_cents": "Prijs", "amount_cents": "Bedrag", "first_day": "Van", "last_day": "Tot en met"},
         "keep", why="Een geboekte factuur verandert nooit; er staat geen naam in de regel. " + LAW,
         hidden=("charge_id", "member_id", "ledger_account_id", "vat_code_id", "cost_centre_id", "explanation", "organisation_id")),
    Kept("invoice_run_issue", "Meldingen bij het factureren", _of("relation_id"),
         {"run_id": "Facturatie", "contribution_id": "Contributie", "kind": "Soort", "reason": "Reden"}, "delete",
         hidden=("organisation_id",)),
    Kept("collection", "Incasso's", _of("relation_id"),
         {"batch_id": "Batch", "invoice_id": "Factuur", "amount_cents": "Bedrag", "end_to_end_id": "Kenmerk", "sequence": "Volgorde",
          "mandate_reference": "Machtiging", "signed_on": "Getekend op", "iban": "IBAN", "bic": "BIC", "holder": "Rekeninghouder",
          "original_iban": "Eerdere IBAN", "original_reference": "Eerder kenmerk", "remittance": "Omschrijving", "state": "Stand",
          "return_code": "Reden van storno", "returned_on": "Gestorneerd op"},
         "law", {"iban": "", "bic": None, "holder": WIPED, "original_iban": None, "original_reference": None, "remittance": WIPED},
         ("mandate_id", "journal_line_id", "organisation_id")),
    Kept("journal_line", "Boekingsregels", _of("relation_id"),
         {"entry_id": "Boeking", "account_id": "Grootboekrekening", "amount_cents": "Bedrag (debet positief)",
          "description": "Omschrijving", "item_number": "Post", "due_date": "Vervaldatum"},
         "keep", why="Boekingen veranderen nooit: ze hangen met zegels aan elkaar. " + LAW,
         hidden=("position", "cost_centre_id", "organisation_id")),
    Kept("settlement_part", "Vereffeningen", (("line_id", "journal_line"),),
         {"settlement_id": "Vereffening", "amount_cents": "Bedrag"}, "keep", why="Boekingen veranderen nooit. " + LAW,
         hidden=("line_id", "organisation_id")),
    Kept("statement_target", "Verwerking van bankregels", (("relation_id", "relation"), ("invoice_id", "invoice")),
         {"line_id": "Bankregel", "kind": "Soort", "amount_cents": "Bedrag", "invoice_id": "Factuur"}, "keep", why=LAW,
         hidden=("position", "ledger_account_id", "batch_id", "collection_id", "organisation_id")),
    Kept("statement_line", "Bankregels", (("id", "statement_target.line_id"),),
         {"booked_on": "Geboekt op", "value_on": "Rentedatum", "amount_cents": "Bedrag", "counter_iban": "IBAN tegenrekening",
          "counter_name": "Naam tegenrekening", "description": "Omschrijving", "structured_reference": "Betalingskenmerk",
          "end_to_end_id": "Kenmerk", "mandate_reference": "Machtiging", "return_code": "Reden van storno"},
         "law", {"counter_iban": None, "counter_name": None, "description": "", "raw": "", "reasons": [], "candidates": []},
         ("statement_id", "bank_account_id", "position", "entry_key", "bank_reference", "batch_reference", "transaction_code", "raw", "kind",
          "certainty", "reasons", "candidates", "is_confirmed", "journal_entry_id", "organisation_id")),
    Kept("match_rule", "Herkenningsregels", _of("relation_id"),
         {"name": "Naam", "iban": "IBAN", "text_contains": "Tekst", "is_incoming": "Inkomend", "is_learned": "Geleerd",
          "is_active": "Actief", "use_count": "Keer gebruikt", "made_at": "Gemaakt"},
         "delete", hidden=("ledger_account_id", "organisation_id")),
    Kept("message", "Post", _of("relation_id"),
         {"kind": "Soort", "sender_name": "Afzender", "recipient": "Aan", "subject": "Onderwerp", "body": "Tekst", "state": "Stand",
          "made_at": "Gemaakt", "sent_at": "Verstuurd", "response": "Antwoord van de mailserver"},
         "wipe", {"recipient": WIPED, "subject": WIPED, "body": "", "html": None, "response": None, "document_id": None},
         ("key", "sender_email", "html", "document_id", "message_id", "attempts", "not_before", "lease_until", "organisation_id")),
    Kept("stored_document", "Bewaarde documenten", (("id", "invoice.document_id"), ("id", "message.document_id")),
         {"name": "Naam", "content_type": "Soort", "made_at": "Gemaakt"}, "law",
         hidden=("content", "sha256", "subject_table", "subject_id", "print_form_id", "print_form_version", "organisation_id")),
    Kept("data_issue", "Foutmeldingen", _of("relation_id"),
         {"rule": "Regel", "text": "Melding", "state": "Stand", "first_seen": "Eerst gezien", "last_seen": "Laatst gezien",
          "accepted_reason": "Reden van acceptatie", "accepted_by": "Geaccepteerd door"},
         "delete", hidden=("mailed_at", "organisation_id")),
    Kept("ab_user", "Account", (("email", "contact_point.value"),),
         {"username": "Gebruikersnaam", "first_name": "Voornaam", "last_name": "Achternaam", "email": "E-mail", "active": "Actief",
          "last_login": "Laatst ingelogd", "login_count": "Aantal keren ingelogd", "created_on": "Aangemaakt"},
         "wipe", {"first_name": WIPED, "last_name": WIPED, "password": None, "active": False},
         ("password", "fail_login_count", "changed_on", "created_by_fk", "changed_by_fk")),
    Kept("assignment", "Rollen", (("user_id", "ab_user"),),
         {"role_id": "Rol", "organisation_id": "Bij", "first_day": "Van", "last_day": "Tot en met", "made_at": "Gegeven"}, "keep",
         why="Wie welke rechten had blijft na te gaan; het account zelf is gewist.", hidden=("user_id",)),
    Kept("function_account", "Inloggen door een functie", _of("relation_id"), {"made_here": "Gemaakt voor deze kaart"}, "delete",
         hidden=("user_id",)),
    Kept("looking_along", "Meekijken", (("user_id", "ab_user"),),
         {"environment_id": "Omgeving", "began_at": "Begonnen", "ended_at": "Geëindigd"}, "delete", hidden=("user_id", "session_id")),
    Kept("user_session", "Sessies", (("user_id", "ab_user"),),
         {"address": "Netwerkadres", "device": "Apparaat", "began_at": "Begonnen", "ended_at": "Geëindigd"}, "delete",
         hidden=("user_id", "token_hash", "waits_for")),
    Kept("api_token", "Tokens voor de API", (("user_id", "ab_user"),),
         {"name": "Naam", "areas": "Onderdelen", "last_day": "Tot en met", "made_at": "Gemaakt", "used_on": "Laatst gebruikt",
          "revoked_at": "Ingetrokken"}, "delete", hidden=("user_id", "environment_id", "token_hash", "begins_with")),
    Kept("erasure", "Vergeten", _of("relation_id"),
         {"reason": "Reden", "erased_by": "Door", "kept_until": "Bewaarplicht tot en met", "completed_at": "Helemaal gewist",
          "made_at": "Op"}, "keep", why="Zo blijft te zien dat er gewist is, en wordt het na een teruggezette kopie opnieuw gedaan.",
         hidden=("organisation_id",)),
)  # fmt: skip

# Tables with a way to a card that hold nothing of the person, each with the reason.
NOT_OF_A_PERSON: Final[Mapping[str, str]] = {
    "organisation_card": "kaarten die een organisatie zelf is, als crediteur van de afdracht; zo'n kaart wordt niet gewist",
    "passed_on": "verrekening tussen organisaties; hangt aan de te factureren regel, die er wel in staat",
    "debit_batch": "een bestand voor de bank als geheel; de incasso van de persoon staat er als incasso in",
    "bank_statement": "een afschrift als geheel; de bankregel van de persoon staat er als bankregel in",
    "bank_file": "een bestand van de bank als geheel",
    "settlement": "de kop boven vereffeningen",
    "journal_entry": "de kop boven boekingsregels",
    "sign_in_setting": "geheimen van het inloggen",
    "recovery_code": "geheimen van het inloggen",
    "password_reset": "geheimen van het inloggen",
}
BY_TABLE: Final[Mapping[str, Kept]] = {kept.table: kept for kept in PERSON}
