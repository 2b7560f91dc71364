"""The print form that comes ready: an A4 invoice with payment part and QR code, and the names that a form may use."""

from __future__ import annotations

from typing import Final

from app.documents.templates import TEXT, Names

NAMES: Final[Names] = {
    "afzender": {
        "naam": TEXT, "adres": TEXT, "plaats": TEXT, "email": TEXT, "telefoon": TEXT, "website": TEXT, "kvk": TEXT, "btw_nummer": TEXT,
        "iban": TEXT, "rekeninghouder": TEXT, "incassant_id": TEXT, "voettekst": TEXT,
    },
    "debiteur": {"naam": TEXT, "nummer": TEXT, "adres": TEXT, "plaats": TEXT, "land": TEXT},
    "factuur": {
        "soort": TEXT, "nummer": TEXT, "datum": TEXT, "vervaldatum": TEXT, "kop": TEXT, "kenmerk": TEXT, "exclusief": TEXT, "totaal": TEXT,
        "betaalwijze": TEXT, "is_incasso": TEXT, "is_creditnota": TEXT, "is_te_betalen": TEXT, "is_concept": TEXT, "qr": TEXT, "crediteert": TEXT,
    },
    "regels": [{"omschrijving": TEXT, "lid": TEXT, "periode": TEXT, "uitleg": TEXT, "aantal": TEXT, "prijs": TEXT, "bedrag": TEXT}],
    "btw_regels": [{"naam": TEXT, "grondslag": TEXT, "bedrag": TEXT}],
}  # fmt: skip

NAME: Final = "Factuur A4"
SUBJECT: Final = "{{ factuur.soort }} {{ factuur.nummer }} van {{ afzender.naam }}"
MAIL_BODY: Final = """Beste {{ debiteur.naam }},

Bij dit bericht vind je {{ factuur.soort|lower }} {{ factuur.nummer }} van {{ factuur.datum }}.
{% if factuur.is_te_betalen %}{% if factuur.is_incasso %}Het bedrag van {{ factuur.totaal }} schrijven wij rond {{ factuur.vervaldatum }} van je rekening af. Je hoeft niets te doen.
{% else %}Wil je {{ factuur.totaal }} overmaken voor {{ factuur.vervaldatum }}? Gebruik daarbij het kenmerk {{ factuur.kenmerk }}.
{% endif %}{% endif %}
Met vriendelijke groet,
{{ afzender.naam }}
"""

HTML: Final = """<html><head><style>
@page { size: a4 portrait; margin: 20mm 20mm 24mm 22mm;
  @frame footer { -pdf-frame-content: voet; bottom: 9mm; left: 22mm; right: 20mm; height: 11mm; } }
body { font-size: 9.5pt; line-height: 1.35; color: #17262c; }
h1 { font-size: 20pt; color: #0d5a68; margin: 0 0 2mm 0; }
table { width: 100%; border-collapse: collapse; }
td { vertical-align: top; padding: 0; }
.klein { font-size: 8pt; color: #44565d; }
.rechts { text-align: right; }
.naam { font-size: 12pt; font-weight: bold; color: #0d5a68; }
.regels td, .regels th { padding: 1.6mm 1mm 1.2mm 1mm; border-bottom: 0.4pt solid #c5cfd1; }
.regels th { text-align: left; font-size: 8pt; color: #44565d; border-bottom: 1pt solid #0d5a68; }
.regels th.rechts { text-align: right; }
.som td { padding: 1mm; }
.totaal td { font-size: 12pt; font-weight: bold; border-top: 1pt solid #0d5a68; padding: 1.6mm 1mm; }
.betalen { background-color: #e1eff1; }
.betalen td { padding: 3mm; }
.concept { color: #ab2019; font-weight: bold; }
</style></head><body>
<table><tr>
<td style="width:58%"><span class="naam">{{ afzender.naam }}</span><br/>
{% if afzender.adres %}{{ afzender.adres }}<br/>{% endif %}{% if afzender.plaats %}{{ afzender.plaats }}{% endif %}</td>
<td class="klein">{% if afzender.email %}{{ afzender.email }}<br/>{% endif %}{% if afzender.telefoon %}{{ afzender.telefoon }}<br/>{% endif %}
{% if afzender.website %}{{ afzender.website }}<br/>{% endif %}{% if afzender.kvk %}KvK {{ afzender.kvk }}<br/>{% endif %}
{% if afzender.btw_nummer %}Btw {{ afzender.btw_nummer }}{% endif %}</td></tr></table>
<p>&nbsp;</p><p>&nbsp;</p>
<p>{{ debiteur.naam }}<br/>{% if debiteur.adres %}{{ debiteur.adres }}<br/>{% endif %}{{ debiteur.plaats }}{% if debiteur.land %}<br/>{{ debiteur.land }}{% endif %}</p>
<p>&nbsp;</p>
<h1>{{ factuur.soort }}</h1>
{% if factuur.is_concept %}<p class="concept">Concept: dit is nog geen factuur.</p>{% endif %}
<table><tr>
<td style="width:26%"><span class="klein">Nummer</span><br/>{{ factuur.nummer }}</td>
<td style="width:22%"><span class="klein">Datum</span><br/>{{ factuur.datum }}</td>
<td style="width:26%"><span class="klein">{% if factuur.is_incasso %}Afschrijving rond{% else %}Betalen voor{% endif %}</span><br/>{{ factuur.vervaldatum }}</td>
<td style="width:26%"><span class="klein">Relatienummer</span><br/>{{ debiteur.nummer }}</td></tr></table>
{% if factuur.crediteert %}<p>Deze creditnota hoort bij factuur {{ factuur.crediteert }}.</p>{% endif %}
<p>{{ factuur.kop }}</p>
<table class="regels" repeat="1"><tr><th style="width:62%">Omschrijving</th><th class="rechts" style="width:8%">Aantal</th>
<th class="rechts" style="width:15%">Prijs</th><th class="rechts" style="width:15%">Bedrag</th></tr>
{% for regel in regels %}<tr><td>{{ regel.omschrijving }}{% if regel.lid %}<br/><span class="klein">{{ regel.lid }}</span>{% endif %}
{% if regel.periode %}<br/><span class="klein">{{ regel.periode }}</span>{% endif %}{% if regel.uitleg %}<br/><span class="klein">{{ regel.uitleg }}</span>{% endif %}</td>
<td class="rechts">{{ regel.aantal }}</td><td class="rechts">{{ regel.prijs }}</td><td class="rechts">{{ regel.bedrag }}</td></tr>{% endfor %}
</table>
<table class="som">
{% if btw_regels %}<tr><td style="width:70%"></td><td style="width:15%">Zonder btw</td><td class="rechts" style="width:15%">{{ factuur.exclusief }}</td></tr>{% endif %}
{% for regel in btw_regels %}<tr><td style="width:70%" class="rechts klein">over {{ regel.grondslag }}</td><td style="width:15%">{{ regel.naam }}</td>
<td class="rechts" style="width:15%">{{ regel.bedrag }}</td></tr>{% endfor %}</table>
<table class="totaal"><tr><td style="width:62%"></td><td style="width:19%">Totaal</td><td class="rechts" style="width:19%">{{ factuur.totaal }}</td></tr></table>
<p>&nbsp;</p>
{% if factuur.is_te_betalen %}<table class="betalen"><tr><td style="width:{% if factuur.qr %}76{% else %}100{% endif %}%">
{% if factuur.is_incasso %}<b>Je hoeft niets te doen.</b><br/>Wij schrijven {{ factuur.totaal }} rond {{ factuur.vervaldatum }} van je rekening af,
met incassant-ID {{ afzender.incassant_id }} en kenmerk {{ factuur.kenmerk }}.
{% else %}<b>Wil je {{ factuur.totaal }} overmaken voor {{ factuur.vervaldatum }}?</b><br/>
IBAN {{ afzender.iban }}<br/>ten name van {{ afzender.rekeninghouder }}<br/>betalingskenmerk <b>{{ factuur.kenmerk }}</b>{% endif %}</td>
{% if factuur.qr %}<td style="width:24%" class="rechts"><img src="{{ factuur.qr }}" style="width:27mm; height:27mm"/></td>{% endif %}</tr></table>{% endif %}
{% if factuur.is_creditnota %}<p>Dit bedrag verrekenen wij met wat er nog openstaat; wat overblijft krijg je terug.</p>{% endif %}
<div id="voet" class="klein">{{ afzender.voettekst }}</div>
</body></html>
"""
