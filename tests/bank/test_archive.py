import io
import zipfile

import pytest

from app.bank.archive import ArchiveLimits, unpack
from app.kernel.errors import FileRefused


def zipped(*files, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return stream.getvalue()


def link():
    member = zipfile.ZipInfo("a.xml")
    member.external_attr = 0o120777 << 16
    return member


def test_files_come_out_by_name():
    assert unpack(zipped(("b.xml", b"2"), ("map/a.xml", b"1")), "x.zip") == [("x.zip/b.xml", b"2"), ("x.zip/map/a.xml", b"1")]


def test_what_is_no_zip_is_itself():
    assert unpack(b"<Document/>", "a.xml") == [("a.xml", b"<Document/>")]


@pytest.mark.parametrize(
    "content",
    [
        zipped(),
        zipped(("../a.xml", b"1")),
        zipped(("/etc/a.xml", b"1")),
        zipped(("..\\a.xml", b"1")),
        zipped(("C:\\a.xml", b"1")),
        zipped((link(), b"/etc/passwd")),
        zipped(("a.zip", zipped(("b.xml", b"1")))),
        zipped(("a.gz", b"\x1f\x8brest")),
        zipped(*[(f"{i}.xml", b"1") for i in range(401)]),
        zipped(("bom.xml", b"0" * 50_000_000)),
        zipped(("a.xml", b"1"))[:-10],
        b"PK\x03\x04niets",
    ],
    ids=["empty", "climbs", "absolute", "backslash", "drive", "link", "nested", "gzip", "many", "bomb", "cut", "nonsense"],
)
def test_what_is_not_a_plain_archive_is_refused(content):
    with pytest.raises(FileRefused) as refused:
        unpack(content, "x.zip")
    assert refused.value.code == "archive_refused"


def test_a_size_that_lies_stops_at_the_limit():
    content = zipped(("a.xml", b"0" * 1000), method=zipfile.ZIP_STORED)
    with pytest.raises(FileRefused):
        unpack(content, "x.zip", ArchiveLimits(unpacked_bytes=999))
    lying = content.replace((1000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(FileRefused):
        unpack(lying, "x.zip")


def test_every_cut_is_refused():
    content = zipped(("a.xml", b"<Document/>"))
    for length in range(4, len(content)):
        with pytest.raises(FileRefused):
            unpack(content[:length], "x.zip")
