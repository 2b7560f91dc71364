"""Templates that users edit: which names and words they may use, checked when they are saved.

The sandbox of Jinja stops Python; this list stops everything that is not needed to write a letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from app.kernel.errors import DomainError

TEXT = "text"  # a value that is printed; a mapping is a group of names, a list of one mapping is something to loop over
Names = Mapping[str, Any]

LONGEST = 200_000
_LONGEST_TEXT = 2_000
_FILTERS = frozenset({"upper", "lower", "capitalize", "trim", "default", "length", "join", "first", "last", "e"})
_TESTS = frozenset({"defined", "undefined", "none", "odd", "even"})
_LOOP: Names = {"index": TEXT, "index0": TEXT, "first": TEXT, "last": TEXT, "length": TEXT}
_PLAIN = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
    nodes.CondExpr, nodes.Concat,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Fault(Exception):
    line: int
    why: str


def check_template(source: str, names: Names, name: str) -> None:
    """Refuse a template that uses anything but the names it is given and a few words to choose and repeat.

    `names` is a tree: TEXT for a value, a mapping for a group, a list of one mapping for what can be looped over; `name` is what
    the user calls the template. Raises DomainError `template_refused` with the line.
    """
    if len(source) > LONGEST:
        raise _refusal(name, _Fault(1, f"de tekst is langer dan {LONGEST} tekens. Maak hem korter"))
    try:
        tree = SandboxedEnvironment(autoescape=True).parse(source)
        _walk(tree, dict(names))
    except TemplateSyntaxError as fault:
        raise _refusal(
            name, _Fault(fault.lineno, f"hier klopt de opmaak niet ({fault.message}). Kijk of elke {{{{ }}}} en {{% %}} gesloten is")
        ) from fault
    except _Fault as fault:
        raise _refusal(name, fault) from None
    except RecursionError:
        raise _refusal(name, _Fault(1, "de blokken zijn te diep in elkaar gezet. Maak het eenvoudiger")) from None


def sample_values(names: Names) -> dict[str, Any]:
    """Return a value for every name, to try a template with: each text is its own name, each list holds two."""
    return {name: _sample(name, kind) for name, kind in names.items()}


def _sample(name: str, kind: Any) -> Any:
    if isinstance(kind, Mapping):
        return sample_values(kind)
    if isinstance(kind, list):
        return [_sample(name, kind[0]) for _ in range(2)]
    return name


def _refusal(name: str, fault: _Fault) -> DomainError:
    return DomainError("template_refused", f"Sjabloon “{name}”, regel {fault.line}: {fault.why}.", template=name, line=fault.line)


def _walk(node: nodes.Node, known: dict[str, Any]) -> None:
    """Check a node and all below it; `known` are the names that exist there."""
    if isinstance(node, nodes.For):
        _loop(node, known)
        return
    if isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
        _kind_of(node, known)
        return
    if isinstance(node, nodes.Const):
        if isinstance(node.value, str) and len(node.value) > _LONGEST_TEXT:
            raise _Fault(node.lineno, "deze tekst tussen aanhalingstekens is te lang. Zet hem buiten de {{ }}")
        return
    if isinstance(node, nodes.Filter):
        if node.name not in _FILTERS:
            raise _Fault(node.lineno, f"“|{node.name}” kan hier niet. Kies uit: {', '.join(sorted(_FILTERS))}")
    elif isinstance(node, nodes.Test):
        if node.name not in _TESTS:
            raise _Fault(node.lineno, f"“is {node.name}” kan hier niet. Kies uit: {', '.join(sorted(_TESTS))}")
    elif not isinstance(node, _PLAIN):
        raise _Fault(node.lineno, f"dit ({type(node).__name__}) kan in een sjabloon niet. Gebruik alleen {{{{ naam }}}}, if en for")
    for child in node.iter_child_nodes():
        _walk(child, known)


def _loop(node: nodes.For, known: dict[str, Any]) -> None:
    if node.recursive or not isinstance(node.target, nodes.Name):
        raise _Fault(node.lineno, "zo herhalen kan niet. Schrijf {% for regel in factuur.regels %}")
    kind = _kind_of(node.iter, known)
    if not isinstance(kind, list):
        raise _Fault(node.lineno, "dit is geen lijst en kan niet herhaald worden. Kies een naam die een lijst is")
    inner = {**known, node.target.name: kind[0], "loop": _LOOP}
    if node.test is not None:
        _walk(node.test, inner)
    for child in node.body:
        _walk(child, inner)
    for child in node.else_:
        _walk(child, known)


def _kind_of(node: nodes.Node, known: Mapping[str, Any]) -> Any:
    """Return what a name stands for, or refuse it."""
    if isinstance(node, nodes.Name):
        if node.ctx != "load" or node.name not in known:
            raise _Fault(node.lineno, f"“{node.name}” bestaat niet. {_choice(known)}")
        return known[node.name]
    if isinstance(node, nodes.Getattr):
        part: object = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        part = node.arg.value
    else:
        raise _Fault(node.lineno, "hier moet een naam staan. Schrijf bijvoorbeeld factuur.regels")
    group = _kind_of(node.node, known)
    if not isinstance(group, Mapping) or not isinstance(part, str) or part not in group:
        raise _Fault(node.lineno, f"“{part}” bestaat hier niet. {_choice(group)}")
    return group[part]


def _choice(names: Any) -> str:
    return f"Kies uit: {', '.join(sorted(names))}" if isinstance(names, Mapping) else "Dit is een waarde zonder onderdelen"
