"""The readable form of an export: one document in Dutch, section by section."""

from __future__ import annotations

from typing import Final

TITLE: Final = "Overzicht van persoonsgegevens"
HTML: Final = """<html><head><style>
@page { size: a4 portrait; margin: 18mm 18mm 22mm 20mm;
  @frame footer { -pdf-frame-content: voet; bottom: 9mm; left: 20mm; right: 18mm; height: 10mm; } }
body { font-size: 9pt; line-height: 1.35; color: #17262c; }
h1 { font-size: 18pt; color: #0d5a68; margin: 0 0 2mm 0; }
h2 { font-size: 12pt; color: #0d5a68; margin: 5mm 0 1mm 0; -pdf-keep-with-next: true; }
table { width: 100%; border-collapse: collapse; }
td { vertical-align: top; padding: 0.6mm 1mm; border-bottom: 0.3pt solid #c5cfd1; }
.naam { width: 32%; color: #44565d; }
.klein { font-size: 8pt; color: #44565d; }
</style></head><body>
<h1>{{ titel }}</h1>
<p>{{ wie }}<br/>Gemaakt op {{ gemaakt }} door {{ door }}.</p>
<p class="klein">{{ uitleg }}</p>
{% for deel in delen %}<h2>{{ deel.titel }} ({{ deel.aantal }})</h2>
{% if deel.weggelaten %}<p class="klein">{{ deel.weggelaten }}</p>{% endif %}
{% for rij in deel.rijen %}<table>{% for veld in rij.velden %}<tr><td class="naam">{{ veld.naam }}</td><td>{{ veld.waarde }}</td></tr>
{% endfor %}</table><p class="klein">&nbsp;</p>{% endfor %}{% endfor %}
<div id="voet" class="klein">{{ titel }} van {{ wie }}, {{ gemaakt }}</div>
</body></html>"""

EXPLAINED: Final = (
    "Dit is wat {organisatie} en wat daaronder ligt van deze persoon bewaart. Een andere organisatie van de bond kan ook gegevens bewaren; "
    "de landelijke beheerder kan alles in één keer uitvoeren. Geheimen om in te loggen en gegevens van andere mensen staan er niet in."
)
