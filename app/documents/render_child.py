"""The child process that renders templates and PDFs: it gets text, gives bytes, and can reach nothing else.

Started by `app.documents.pdf`; reads one JSON line per document from standard input and answers with a JSON line
followed by the bytes. Nothing of the application is imported here but this file.
"""

from __future__ import annotations

import functools
import json
import logging
import mimetypes
import re
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

import jinja2
import reportlab
from jinja2.sandbox import SandboxedEnvironment
from reportlab import rl_config
from reportlab.lib.fonts import addMapping
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from xhtml2pdf import default, pisa
from xhtml2pdf.config.resources import ResourceAccessPolicy

# DejaVu Sans has Arabic, Hebrew, Greek, Cyrillic and ĳ; Vera, which comes with reportlab, is the same design with fewer letters.
_FONTS = (
    (
        Path("/usr/share/fonts/truetype/dejavu"),
        ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans-Oblique.ttf", "DejaVuSans-BoldOblique.ttf"),
    ),
    (Path(reportlab.__file__).parent / "fonts", ("Vera.ttf", "VeraBd.ttf", "VeraIt.ttf", "VeraBI.ttf")),
)
_FAMILY = "Bondgenoot"
_INSTEAD = {"ĳ": "ij", "Ĳ": "IJ", "ﬁ": "fi", "ﬂ": "fl", "\u202f": "\u00a0", "\u2009": " "}
_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.system",
    "os.remove",
    "os.rename",
    "shutil.",
    "ctypes.",
    "urllib.",
)
_SVG = re.compile(r"data:image/svg", re.IGNORECASE)


class Refused(Exception):
    """The document cannot be made; `code`, `line` and `why` go to the parent."""

    def __init__(self, code: str, line: int, why: str) -> None:
        super().__init__(why)
        self.code, self.line, self.why = code, line, why


def prepare_fonts() -> frozenset[int]:
    """Make the embedded font the font of every family and return the code points that it has."""
    rl_config.invariant = 1  # the same input gives the same bytes: no clock, no random id
    folder, files = next((folder, files) for folder, files in _FONTS if all((folder / f).is_file() for f in files))
    names = (_FAMILY, f"{_FAMILY}-Bold", f"{_FAMILY}-Italic", f"{_FAMILY}-BoldItalic")
    for name, file in zip(names, files, strict=True):
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))
    for index, name in enumerate(names):
        addMapping(_FAMILY, index & 1, index >> 1, name)
        addMapping(name, index & 1, index >> 1, name)
    for family in list(default.DEFAULT_FONT):
        default.DEFAULT_FONT[family] = _FAMILY
    default.DEFAULT_FONT[_FAMILY.lower()] = _FAMILY
    return frozenset(pdfmetrics.getFont(_FAMILY).face.charToGlyph)


def shut_doors(allowed: tuple[str, ...]) -> None:
    """Refuse from here on every socket, process and file that rendering does not need."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(_FORBIDDEN):
            raise PermissionError(f"not here: {event}")
        if event == "open" and isinstance(arguments[0], str | bytes):
            path = arguments[0] if isinstance(arguments[0], str) else arguments[0].decode(errors="replace")
            if ".." in path or not path.startswith(allowed):
                raise PermissionError(f"not here: {path}")

    sys.addaudithook(hook)


def limit(memory_bytes: int, cpu_seconds: int) -> None:
    """Cap memory above what is in use now, processor time, open files and what may be written."""
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for kind, most in (
        (resource.RLIMIT_AS, in_use + memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_FSIZE, 64_000_000),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


class Renderer:
    """Templates compiled once each, fonts prepared once, one policy for all."""

    def __init__(self, glyphs: frozenset[int]) -> None:
        self.glyphs = glyphs
        self.policy = ResourceAccessPolicy.server(
            allow_remote=False, max_render_seconds=10, max_depth=120, max_resources=0, max_document_bytes=4_000_000
        )
        self.environments = {
            is_html: SandboxedEnvironment(autoescape=is_html, undefined=jinja2.StrictUndefined, loader=None, keep_trailing_newline=True)
            for is_html in (True, False)
        }
        self.compiled = functools.lru_cache(maxsize=64)(lambda source, is_html: self.environments[is_html].from_string(source))

    def answer(self, request: dict[str, Any]) -> tuple[bytes, list[str]]:
        """Return the bytes asked for and the letters that the font lacks."""
        kind = request["kind"]
        text = self._filled(request["template"], request["values"], is_html=kind != "text")
        if kind != "pdf":
            return text.encode(), []
        return self._pdf(text)

    def _filled(self, source: str, values: dict[str, Any], *, is_html: bool) -> str:
        try:
            return str(self.compiled(source, is_html).render(values))
        except jinja2.TemplateSyntaxError as fault:
            raise Refused("template_refused", fault.lineno, str(fault.message)) from fault
        except (
            jinja2.TemplateError,
            jinja2.TemplateRuntimeError,
            TypeError,
            ValueError,
            OverflowError,
            ZeroDivisionError,
            RecursionError,
            KeyError,
        ) as fault:
            raise Refused("template_refused", _line_of(fault), str(fault)[:200]) from fault

    def _pdf(self, html: str) -> tuple[bytes, list[str]]:
        if _SVG.search(html):
            raise Refused("document_refused", 0, "een SVG-afbeelding kan niet in een PDF; gebruik PNG of JPEG")
        missing = sorted({c for c in set(html) if ord(c) > 127 and ord(c) not in self.glyphs})
        for letter in missing:
            html = html.replace(letter, _INSTEAD.get(letter, "□" if ord("□") in self.glyphs else "?"))
        with tempfile.SpooledTemporaryFile(max_size=16_000_000) as out:
            result = pisa.CreatePDF(html, dest=out, encoding="utf-8", resource_policy=self.policy)
            out.seek(0)
            content = out.read()
        if result.err or not content.startswith(b"%PDF"):
            raise Refused("document_refused", 0, "de opmaak is te zwaar of klopt niet")
        return content, [c for c in missing if c not in _INSTEAD]


def _line_of(fault: BaseException) -> int:
    trace, line = fault.__traceback__, 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def serve(requests: BinaryIO, answers: BinaryIO, renderer: Renderer) -> None:
    """Answer requests until there are no more."""
    for line in requests:
        try:
            content, missing = renderer.answer(json.loads(line))
            head: dict[str, Any] = {"size": len(content), "missing": missing}
        except Refused as refused:
            content, head = b"", {"size": 0, "code": refused.code, "line": refused.line, "why": refused.why}
        except MemoryError:
            content, head = b"", {"size": 0, "code": "document_too_heavy", "line": 0, "why": "het document vraagt te veel geheugen"}
        except Exception as fault:  # noqa: BLE001 - whatever a document does to the libraries, the parent must hear of it
            content, head = (
                b"",
                {"size": 0, "code": "document_refused", "line": 0, "why": f"de opmaak kan niet verwerkt worden ({type(fault).__name__})"},
            )
        answers.write(json.dumps(head).encode() + b"\n")
        answers.write(content)
        answers.flush()


def main() -> None:
    """Prepare, shut the doors, serve."""
    logging.disable(logging.CRITICAL)
    mimetypes.init()
    glyphs = prepare_fonts()
    renderer = Renderer(glyphs)
    renderer.answer({"kind": "pdf", "template": "<p>{{ a }} <b>b</b></p>", "values": {"a": "€"}})  # loads what is loaded late
    limit(int(sys.argv[1]), int(sys.argv[2]))
    allowed = (
        sys.prefix,
        sys.base_prefix,
        tempfile.gettempdir() + "/",
        *(str(folder) for folder, _ in _FONTS),
        "/dev/null",
        "/dev/urandom",
    )
    shut_doors(allowed)
    serve(sys.stdin.buffer, sys.stdout.buffer, renderer)


if __name__ == "__main__":
    main()
