import pytest

from app.documents.pdf import Document, Renderer
from app.documents.templates import TEXT, check_template, sample_values
from app.kernel.errors import DomainError

NAMES = {
    "organisatie": {"naam": TEXT, "iban": TEXT},
    "factuur": {"nummer": TEXT, "totaal": TEXT, "regels": [{"omschrijving": TEXT, "bedrag": TEXT, "leden": [{"naam": TEXT}]}]},
    "betaal_qr": TEXT,
}
GOOD = """<h1>{{ factuur.nummer|upper }} {{ factuur['totaal'] }}</h1>
{% for regel in factuur.regels %}{{ loop.index }}{% if not loop.first and regel.bedrag != "0" %}, {% endif %}{{ regel.omschrijving }}
{% for lid in regel.leden %}{{ lid.naam ~ "!" }}{% else %}geen{% endfor %}{% endfor %}
{{ betaal_qr|default("") }}{{ organisatie.naam if organisatie.iban is defined else "" }}"""


@pytest.fixture(scope="module")
def renderer():
    with Renderer() as found:
        yield found


def test_a_letter_with_choices_and_loops_is_taken_and_can_be_filled(renderer):
    check_template(GOOD, NAMES, "Factuur")
    assert "REGELS" not in renderer.html(Document("Factuur", GOOD, sample_values(NAMES)))


HOSTILE = [
    "{{ ''.__class__.__mro__ }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ factuur|attr('__class__') }}",
    "{{ '{0.__class__}'.format(factuur) }}",
    "{{ factuur.nummer|format(1) }}",
    "{{ factuur.relatie.geheim }}",
    "{{ factuur.__class__ }}",
    "{{ factuur['__class__'] }}",
    "{{ factuur[betaal_qr] }}",
    "{{ metadata }}",
    "{{ created_by.password }}",
    "{{ 'x' * 300000000 }}",
    "{{ 10 ** 10 ** 10 }}",
    "{{ '%099999999d' % 1 }}",
    "{{ 'x'|center(10**9) }}",
    "{{ range(10**9)|length }}",
    "{{ lipsum() }}",
    "{{ self }}",
    "{% include '/etc/passwd' %}",
    "{% import 'x' as y %}",
    "{% extends 'x' %}",
    "{% macro m() %}{{ m() }}{% endmacro %}",
    "{% set x = 1 %}",
    "{% for a in factuur.regels recursive %}{{ loop(a) }}{% endfor %}",
    "{% for a in factuur.nummer %}{{ a }}{% endfor %}",
    "{% for a, b in factuur.regels %}{% endfor %}",
    "{% for a in [1, 2] %}{% endfor %}",
    "{% call x() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% block x %}{% endblock %}",
    "{{ factuur.nummer|safe }}",
    "{{ factuur.nummer is callable }}",
    "{{ regel.bedrag }}",
    "{% for regel in factuur.regels %}{{ regel.anders }}{% endfor %}",
    "{% if factuur.regels %}",
    "{{ factuur.nummer",
    "{{ " + "'" + "x" * 3000 + "'" + " }}",
    "x" * 200_001,
    "{% if betaal_qr %}" * 2000 + "{% endif %}" * 2000,
]


@pytest.mark.parametrize("source", HOSTILE, ids=lambda s: s[:40])
def test_everything_else_is_refused_when_saving_with_template_and_line(source):
    with pytest.raises(DomainError) as refused:
        check_template("Beste\n\n" + source, NAMES, "Herinnering")
    assert refused.value.code == "template_refused"
    assert "Sjabloon “Herinnering”, regel" in refused.value.message
    assert source.startswith(("x", "{% if")) or refused.value.parameters["line"] == 3


def test_what_can_be_chosen_is_named():
    with pytest.raises(DomainError, match="Kies uit: nummer, regels, totaal"):
        check_template("{{ factuur.numer }}", NAMES, "F")


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}",
        "{{ x.y }}",
        "{{ 'x' * 300000000 }}",
        "{{ 'x'|center(1000000000) }}",
        "{% include '/etc/passwd' %}",
        "{{ 1/0 }}",
        "{{ '%0999999999d' % 1 }}",
        "{{ onbekend }}",
    ],
)
def test_a_template_that_was_not_checked_still_gets_nowhere(renderer, source):
    with pytest.raises(DomainError) as refused:
        renderer.html(Document("Brief", source, {}))
    assert refused.value.code in ("template_refused", "document_too_heavy")
    assert "Brief" in refused.value.message
    assert renderer.text(Document("Daarna", "goed", {})) == "goed"


def test_a_loop_without_end_is_killed(renderer):
    nested = "{% for a in l %}" * 6 + "{{ a }}" + "{% endfor %}" * 6
    with pytest.raises(DomainError) as refused:
        renderer.html(Document("Lang", nested, {"l": list(range(200))}))
    assert refused.value.code == "document_too_heavy"


def test_values_are_data_in_html_and_plain_in_mail(renderer):
    values = {"naam": "<b>{{7*7}}</b> & {% raw %}"}
    assert renderer.html(Document("a", "{{ naam }}", values)) == "&lt;b&gt;{{7*7}}&lt;/b&gt; &amp; {% raw %}"
    assert renderer.text(Document("a", "{{ naam }}\n", values)) == "<b>{{7*7}}</b> & {% raw %}\n"
