"""Render templates and PDFs in a child process that is limited in memory and time and killed when it does not answer."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from app.kernel.errors import DomainError

_CHILD = Path(__file__).with_name("render_child.py")
_START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """What one document may take. `memory_bytes` comes on top of what the empty child uses (some 60 MB)."""

    seconds: float = 5
    memory_bytes: int = 180_000_000
    documents_per_child: int = 500
    answer_bytes: int = 50_000_000


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be rendered: a template and its values (texts, numbers, lists and mappings only). `name` is told in a refusal."""

    name: str
    template: str
    values: Mapping[str, Any]


class Renderer:
    """A child process that renders one document after the other; use it with `with`.

    A document that is refused or killed does not harm the next: a new child is started. Not for use by two threads at once.
    """

    def __init__(self, limits: RenderLimits | None = None) -> None:
        self.limits = limits or RenderLimits()
        self.missing: set[str] = set()
        self._child: subprocess.Popen[bytes] | None = None
        self._done = 0
        self._folder = tempfile.TemporaryDirectory(prefix="render-")

    def __enter__(self) -> Renderer:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the child and remove its folder."""
        self._kill()
        self._folder.cleanup()

    def pdf(self, document: Document) -> bytes:
        """Return a document as PDF. Letters that the font lacks are added to `missing`.

        Raises DomainError `template_refused`, `document_refused` or `document_too_heavy`.
        """
        return self._ask("pdf", document)

    def html(self, document: Document) -> str:
        """Return a filled template with its values escaped for HTML. Raises as `pdf`."""
        return self._ask("html", document).decode()

    def text(self, document: Document) -> str:
        """Return a filled template as plain text, for the subject and body of a mail. Raises as `pdf`."""
        return self._ask("text", document).decode()

    def _ask(self, kind: Literal["pdf", "html", "text"], document: Document) -> bytes:
        child = self._running()
        request = json.dumps({"kind": kind, "template": document.template, "values": document.values}, ensure_ascii=True)
        answer = _Answer(child, self.limits, first=self._done == 0)
        self._done += 1
        try:
            head, content = answer.to(request.encode() + b"\n")
        except (_TooLate, _Gone) as fault:
            self._kill()
            raise DomainError(
                "document_too_heavy",
                f"“{document.name}” is te zwaar om te maken: meer dan {self.limits.seconds:g} seconden of te veel geheugen. Maak de opmaak eenvoudiger.",
                document=document.name,
            ) from fault
        except BaseException:
            self._kill()
            raise
        if "code" in head:
            if head["code"] == "document_too_heavy":
                self._kill()
            line = f", regel {head['line']}" if head.get("line") else ""
            raise DomainError(
                str(head["code"]),
                f"“{document.name}”{line}: {head['why']}. Verbeter het sjabloon.",
                document=document.name,
                line=head.get("line"),
            )
        self.missing.update(head.get("missing", ()))
        return content

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and (self._done >= self.limits.documents_per_child or self._child.poll() is not None):
            self._kill()
        if self._child is None:
            cpu = int(self.limits.seconds * self.limits.documents_per_child) + _START_SECONDS
            self._child = subprocess.Popen(  # noqa: S603 - our own file with our own numbers; nothing of a user goes in here
                [sys.executable, "-I", "-B", str(_CHILD), str(self.limits.memory_bytes), str(cpu)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._folder.name,
                env={"LANG": "C.UTF-8", "TMPDIR": self._folder.name},
            )
            self._done = 0
        return self._child

    def _kill(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()


class _TooLate(Exception):
    pass


class _Gone(Exception):
    pass


class _Answer:
    """One question to the child and its answer, both before the deadline."""

    def __init__(self, child: subprocess.Popen[bytes], limits: RenderLimits, *, first: bool) -> None:
        assert child.stdin is not None  # noqa: S101 - told to the type checker; both are pipes
        assert child.stdout is not None  # noqa: S101
        self.out, self.into = child.stdin.fileno(), child.stdout.fileno()
        self.deadline = time.monotonic() + limits.seconds + (_START_SECONDS if first else 0)
        self.most = limits.answer_bytes
        self.held = b""

    def to(self, request: bytes) -> tuple[dict[str, Any], bytes]:
        os.set_blocking(self.out, False)
        view = memoryview(request)
        while view:
            self._wait(self.out, selectors.EVENT_WRITE)
            try:
                view = view[os.write(self.out, view) :]
            except BlockingIOError:
                continue
            except BrokenPipeError as fault:
                raise _Gone from fault
        while b"\n" not in self.held:
            self._more()
        line, _, self.held = self.held.partition(b"\n")
        head: dict[str, Any] = json.loads(line)
        chunks = [self.held]
        left = int(head["size"]) - len(self.held)
        if int(head["size"]) > self.most:
            raise _TooLate
        while left > 0:
            self.held = b""
            self._more()
            chunks.append(self.held)
            left -= len(self.held)
        return head, b"".join(chunks)

    def _more(self) -> None:
        self._wait(self.into, selectors.EVENT_READ)
        chunk = os.read(self.into, 262_144)
        if not chunk:
            raise _Gone
        self.held += chunk

    def _wait(self, file: int, event: int) -> None:
        left = self.deadline - time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(file, event)
            if left <= 0 or not selector.select(left):
                raise _TooLate


def render_pdf(document: Document, limits: RenderLimits | None = None) -> bytes:
    """Return one document as PDF, in a child of its own. Raises DomainError as `Renderer.pdf`."""
    with Renderer(limits) as renderer:
        return renderer.pdf(document)


def render_many(documents: Iterable[Document], limits: RenderLimits | None = None) -> Iterator[bytes]:
    """Yield the PDF of each document, in order, from one child: twenty times faster than one child each.

    Raises DomainError at the first that cannot be made; to go on after it, use `Renderer`.
    """
    with Renderer(limits) as renderer:
        for document in documents:
            yield renderer.pdf(document)
