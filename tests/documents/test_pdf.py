import base64
import io
import socket
import struct
import threading
import time
import zlib
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.documents.payment_qr import payment_qr
from app.documents.pdf import Document, Renderer, RenderLimits, render_many, render_pdf
from app.kernel.errors import DomainError

PAGE = "<html><body>{{ a }}</body></html>"


@pytest.fixture(scope="module")
def renderer():
    with Renderer() as found:
        yield found


def text_of(content):
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def fonts_of(content):
    found = []
    for page in PdfReader(io.BytesIO(content)).pages:
        for font in page["/Resources"]["/Font"].values():
            font = font.get_object()
            if "/FontDescriptor" in font:
                found.append(str(font["/BaseFont"]))
                assert "/FontFile2" in font["/FontDescriptor"].get_object()
    return found


def test_dutch_letters_and_signs_are_printed_with_an_embedded_font(renderer):
    content = renderer.pdf(
        Document("F", "<p style='font-family: Arial'>{{ a }} <b>{{ a }}</b> <i>{{ a }}</i></p>", {"a": "€ ö ç ë Łódź “q” −"})
    )
    assert text_of(content).count("€ ö ç ë Łódź “q” −") == 3
    assert len(fonts_of(content)) >= 3


def test_a_letter_that_the_font_lacks_is_told_and_ij_is_always_readable(renderer):
    content = renderer.pdf(Document("F", PAGE, {"a": "ĳsbeer 👍"}))
    assert text_of(content).startswith(("ĳsbeer", "ijsbeer"))
    assert renderer.missing == {"👍"}


def test_data_is_printed_as_it_is(renderer):
    content = renderer.pdf(Document("F", PAGE, {"a": "<b>x</b> <pdf:nextpage/> {{7*7}} &nbsp; {% raw %}"}))
    assert len(PdfReader(io.BytesIO(content)).pages) == 1
    assert "<b>x</b> <pdf:nextpage/> {{7*7}} &nbsp; {% raw %}" in text_of(content)


def test_a_qr_code_is_in_it(renderer):
    code = payment_qr(name="V", iban="NL91ABNA0417164300", amount_cents=2500, text="Contributie")
    content = renderer.pdf(Document("F", '<img src="{{ a }}" width="90">', {"a": code}))
    assert len(PdfReader(io.BytesIO(content)).pages[0].images) == 1


def test_the_same_document_gives_the_same_bytes_also_from_another_child(renderer):
    document = Document("F", PAGE, {"a": "gelijk"})
    assert renderer.pdf(document) == renderer.pdf(document) == render_pdf(document)


def test_many_documents_come_in_order_each_its_own_pdf():
    documents = [Document(f"F{i}", PAGE, {"a": f"nummer {i}"}) for i in range(12)]
    limits = RenderLimits(documents_per_child=5)
    assert [text_of(c).strip() for c in render_many(documents, limits)] == [f"nummer {i}" for i in range(12)]


def picture(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    content = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )
    return "data:image/png;base64," + base64.b64encode(content).decode()


HEAVY = {
    "long table": "<table>" + "<tr><td>a</td><td>b</td><td>c</td></tr>" * 20_000 + "</table>",
    "wide cell": "<table><tr><td colspan='1000000'>a</td></tr><tr><td>b</td></tr></table>",
    "deep": "<div>" * 5000 + "x" + "</div>" * 5000,
    "huge picture": f"<img src='{picture(50_000, 50_000)}'>",
    "huge font": "<p style='font-size: 1000000000pt'>x</p>" * 50,
    "no page": "<style>@page { size: 0pt 0pt }</style><p>x</p>",
    "huge barcode": "<pdf:barcode value='" + "9" * 100_000 + "' type='code128'>",
}


@pytest.mark.parametrize("name", HEAVY)
def test_what_is_too_heavy_is_refused_or_small_and_within_time(renderer, name):
    begin = time.monotonic()
    try:
        content = renderer.pdf(Document(name, HEAVY[name], {}))
    except DomainError as refused:
        assert refused.code in ("document_too_heavy", "document_refused")
        assert name in refused.message
    else:
        assert content.startswith(b"%PDF")
        assert len(content) < 5_000_000
    assert time.monotonic() - begin < 12
    assert renderer.pdf(Document("daarna", PAGE, {"a": "goed"})).startswith(b"%PDF")


@pytest.fixture
def listener():
    """A server on loopback that notes every visit."""
    visits = []
    server = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            try:
                visits.append(server.accept()[1])
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    yield server.getsockname()[1], visits
    server.close()


def test_no_socket_is_opened_and_no_file_read(renderer, listener, tmp_path):
    port, visits = listener
    secret = tmp_path / "geheim.html"
    secret.write_text("GEHEIM-1234")
    hosts = ("127.0.0.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]", "localhost")
    parts = [f"<img src='http://{h}:{port}/a.png'><link rel='stylesheet' href='http://{h}:{port}/a.css'>" for h in hosts]
    parts += [
        f"<style>@import url(http://127.0.0.1:{port}/b.css); @font-face {{ font-family: x; src: url(http://127.0.0.1:{port}/f.ttf) }}</style>"
    ]
    parts += [f"<style>@page {{ background-image: url(http://127.0.0.1:{port}/c.pdf) }}</style>"]
    for path in (str(secret), f"file://{secret}", "run.py", "app.db", "../run.py", "/etc/passwd", "file:///etc/passwd"):
        parts += [f"<img src='{path}'><pdf:include src='{path}'><object data='{path}'></object><link rel='stylesheet' href='{path}'>"]
    for part in parts:
        try:
            text = text_of(renderer.pdf(Document("F", f"<html><body><p>ok</p>{part}</body></html>", {})))
        except DomainError as refused:
            assert refused.code == "document_refused"
        else:
            assert "GEHEIM" not in text
            assert "root:" not in text
    assert visits == []


def test_a_picture_that_is_a_program_is_refused(renderer):
    svg = "data:image/svg+xml;base64," + base64.b64encode(b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><svg>&e;</svg>").decode()
    with pytest.raises(DomainError, match="SVG"):
        renderer.pdf(Document("F", f"<img src='{svg}'>", {}))


def test_the_child_knows_nothing_of_our_environment(monkeypatch, renderer):
    monkeypatch.setenv("SECRET_KEY", "KANARIE")
    with Renderer() as fresh:
        fresh.text(Document("a", "x", {}))
        assert fresh._child is not None
        assert b"KANARIE" not in Path(f"/proc/{fresh._child.pid}/environ").read_bytes()


def test_the_child_ends_with_its_parent():
    found = Renderer()
    found.text(Document("a", "x", {}))
    child = found._child
    found.close()
    assert child is not None
    assert child.poll() is not None
