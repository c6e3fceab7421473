"""Bodies that say one thing in their headers and are another, or that nobody says anything of."""

from __future__ import annotations

import base64
import json
import random
import re
import string
import zlib

import cbor2
import cramjam
import msgpack
import pytest
import zstandard
from helpers.lens import headers, passing, put
from helpers.packed import gzipped

from engine.content.coded import may_be_coded, says_more
from engine.content.content import CONTENTS, Envelope
from engine.content.reading import MAX_LAYERS, read, read_value
from engine.errors import InvalidBody
from engine.journal import Journal
from engine.message import Headers

ORDER = {"id": 7, "name": "grün 茶", "items": [{"sku": "a", "qty": 2}]}
WRITTEN = json.dumps(ORDER, ensure_ascii=False)
NOTHING = Envelope()
JSON, PACKED, CBOR = WRITTEN.encode(), msgpack.packb(ORDER), cbor2.dumps(ORDER)


def with_headers(*pairs: tuple[str, str]) -> Envelope:
    return Envelope("orders.new", Headers(pairs))


@pytest.mark.parametrize(
    ("claim", "body", "title", "said"),
    [
        ("application/msgpack", JSON, "JSON", "not MessagePack"),
        ("application/cbor", JSON, "JSON", "not CBOR"),
        ("application/xml", JSON, "JSON", "not XML"),
        ("application/x-protobuf", JSON, "JSON", "not Protobuf"),
        ("application/json", PACKED, "MessagePack", "not JSON"),
        ("application/json", b"<a>1</a>", "XML", "not JSON"),
        ("application/json", gzipped(PACKED), "gzip > MessagePack", "not JSON"),
        ("application/cbor", PACKED, "MessagePack", "not CBOR"),
        ("application/msgpack", CBOR, "CBOR", "not MessagePack"),
    ],
)
def test_a_claim_that_is_not_so_is_told_and_the_body_read(
    claim: str, body: bytes, title: str, said: str
) -> None:
    envelope = with_headers(("Content-Type", claim))
    reading = read(body, envelope)
    assert reading.title == title
    assert reading.error is not None
    assert str(reading.error).startswith(said)
    found = read_value(body, envelope)
    assert found == ({"a": "1"} if title == "XML" else ORDER)


def test_a_claim_of_what_is_cut_off_stays_an_error() -> None:
    reading = read(PACKED[:-3], with_headers(("Content-Type", "application/msgpack")))
    assert reading.title == "hex"
    assert "it ends too early" in str(reading.error)


def test_an_encoding_that_was_taken_off_on_the_way_is_told() -> None:
    reading = read(JSON, with_headers(("Content-Encoding", "gzip")))
    assert (reading.title, reading.value()) == ("JSON", ORDER)
    assert str(reading.error).startswith("not gzip at byte 0")


def test_an_encoding_that_natstap_does_not_open_is_named() -> None:
    body = bytes(cramjam.brotli.compress(JSON))
    reading = read(body, with_headers(("Content-Encoding", "br")))
    assert reading.title == "hex"
    assert reading.reason == "the content-encoding is br, which natstap does not open"


@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Encoding", "zstd, gzip")],
        [("Content-Encoding", "zstd"), ("content-encoding", "gzip")],
        [("Content-Encoding", "zstd, gzip, identity")],
        [("Content-Encoding", "identity"), ("Content-Encoding", "zstd,gzip")],
    ],
)
def test_all_encodings_that_are_named_are_taken_off(headers: list[tuple[str, str]]) -> None:
    reading = read(gzipped(zstandard.compress(JSON)), with_headers(*headers))
    assert (reading.title, reading.error) == ("gzip > zstd > JSON", None)


@pytest.mark.parametrize(
    ("claim", "body", "title"),
    [
        ("application/vnd.acme+msgpack", PACKED, "MessagePack"),
        ("application/vnd.acme+cbor", CBOR, "CBOR"),
        ("application/openapi+yaml", b"a: 1", "YAML"),
        ("application/vnd.acme+gzip", gzipped(JSON), "gzip > JSON"),
        ("application/vnd.acme+zstd", zstandard.compress(JSON), "zstd > JSON"),
        ("application/geo+json-seq", b'\x1e{"a":1}\n\x1e{"a":2}\n', "JSON lines"),
        ("", b'\x1e{"a":1}\n\x1e{"a":2}\n', "JSON lines"),
    ],
)
def test_a_suffix_names_what_is_underneath(claim: str, body: bytes, title: str) -> None:
    reading = read(body, with_headers(("Content-Type", claim)))
    assert (reading.title, reading.error) == (title, None)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_text_without_a_mark_is_known_by_its_letters(encoding: str) -> None:
    reading = read(WRITTEN.encode(encoding))
    assert (reading.title, reading.value()) == (f"{encoding.upper()} > JSON", ORDER)
    long = json.dumps([ORDER] * 40, ensure_ascii=False).encode(encoding)
    assert read(long).value() == [ORDER] * 40
    words = "Grüße aus der Küche, alles ist gut"
    assert read(words.encode(encoding)).text == words
    assert read(f"<a>{words} 茶</a>".encode(encoding)).title == f"{encoding.upper()} > XML"


def test_numbers_are_no_text() -> None:
    some = random.Random(7)
    for _ in range(500):
        numbers = [some.randrange(0, 256) for _ in range(12)]
        body = b"".join(number.to_bytes(2, "little") for number in numbers)
        assert "UTF" not in read(body).title, numbers


@pytest.mark.parametrize("encoding", ["Shift_JIS", "EUC-JP", "windows-1252", "KOI8-R", "GB18030"])
def test_xml_is_in_the_encoding_that_it_declares(encoding: str) -> None:
    word = {"windows-1252": "“smart” €", "KOI8-R": "чай"}.get(encoding, "注文")
    body = f'<?xml version="1.0" encoding="{encoding}"?><a>{word}</a>'.encode(encoding)
    assert read_value(body) == {"a": word}
    named = with_headers(("Content-Type", f"application/xml; charset={encoding}"))
    assert read_value(body, named) == {"a": word}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_xml_in_sixteen_bits_says_so_itself(encoding: str) -> None:
    body = '<?xml version="1.0" encoding="UTF-16"?><a>grün 茶</a>'.encode(encoding)
    reading = read(body)
    assert (reading.tree, reading.error) == ({"a": "grün 茶"}, None)


def test_an_encoding_that_nobody_knows_is_told() -> None:
    reading = read(b'<?xml version="1.0" encoding="klingon"?><a>x</a>')
    assert "'klingon' is not an encoding" in str(reading.error)


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (gzipped(base64.b64encode(PACKED)), "gzip > base64 > MessagePack"),
        (base64.b64encode(CBOR), "base64 > CBOR"),
        (base64.urlsafe_b64encode(PACKED).rstrip(b"="), "base64 > MessagePack"),
        (base64.encodebytes(JSON * 3), "base64 > JSON lines"),
        (base64.b64encode(zstandard.compress(PACKED)), "base64 > zstd > MessagePack"),
    ],
)
def test_base64_is_opened_around_what_is_packed(body: bytes, title: str) -> None:
    assert read(body).title == title


def test_a_token_is_no_base64() -> None:
    """One in a hundred begins like JSON or XML when it is decoded."""
    some, letters = random.Random(7), string.ascii_letters + string.digits
    for begin in ("e", "P", "W", "g", "o", ""):
        for length in range(16, 64):
            token = begin + "".join(some.choices(letters, k=length))
            assert read(token.encode()).title == "text", token


def test_a_layer_that_was_chosen_keeps_those_inside_in_its_title() -> None:
    body = gzipped(base64.b64encode(gzipped(JSON)))
    assert read(body, choice="gzip").title == "gzip > base64 > gzip > JSON"


def test_values_of_cbor_one_after_the_other_are_a_list() -> None:
    body = cbor2.dumps({"a": 1}) + cbor2.dumps([2])
    reading = read(body, with_headers(("Content-Type", "application/cbor-seq")))
    assert (reading.value(), reading.note) == ([{"a": 1}, [2]], "2 values as one list")


def test_what_is_shared_in_cbor_is_read_without_a_header() -> None:
    assert read_value(cbor2.dumps([ORDER, ORDER], value_sharing=True)) == [ORDER, ORDER]
    assert read_value(cbor2.dumps(["tea" * 3] * 2, string_referencing=True)) == ["tea" * 3] * 2


def test_a_frame_that_zstd_passes_over_may_come_first() -> None:
    assert read(b"\x50\x2a\x4d\x18\4\0\0\0meta" + zstandard.compress(JSON)).value() == ORDER


def test_yaml_with_merged_keys_is_yaml() -> None:
    assert read_value(b"base: &x\n  k: 1\nmore:\n  <<: *x\n  z: 2\n") == {
        "base": {"k": 1},
        "more": {"k": 1, "z": 2},
    }


@pytest.mark.parametrize("charset", ["ISO-8859-1", "windows-1252", "latin-1"])
def test_json_in_another_encoding_is_read_and_found(charset: str) -> None:
    body = '{"id": 7, "name": "grün"}'.encode("latin-1")
    head = f"Content-Type: application/json; charset={charset}".encode()
    reading = read(body, with_headers(("Content-Type", f"application/json; charset={charset}")))
    assert (reading.title, reading.value()["name"]) == (f"{charset.upper()} > JSON", "grün")
    journal = Journal()
    number = put(journal, b"s", b"", body, headers(head))
    put(journal, b"s", b"", b'{"name": "other"}')
    for written in ("~b grün", "~j $.name=grün", "grün"):
        assert passing(journal, written) == [number], written


@pytest.mark.parametrize("kind", ["application/xml", "application/cbor", "text/yaml"])
def test_layers_without_end_under_headers_that_lie_are_given_up(kind: str) -> None:
    body = b'{"id":7}'
    for _ in range(1500):
        body = zlib.compress(body)
    reading = read(body, Envelope("orders", Headers((("Content-Type", kind),))))
    assert reading.error is not None
    assert len(reading.names) <= MAX_LAYERS + 1


@pytest.mark.parametrize(
    ("written", "encoding", "title"),
    [
        ("Grüße aus München", "latin-1", "WINDOWS-1252 > text"),
        ("à la carte: « œuf », 3 €", "windows-1252", "WINDOWS-1252 > text"),
        ('{"name": "Müller", "id": 7}', "latin-1", "WINDOWS-1252 > JSON"),
        ("<a>é</a>", "latin-1", "WINDOWS-1252 > XML"),
        ("注文番号は七です。", "shift_jis", "SHIFT_JIS > text"),
        ('{"品": "お茶", "数": 1}', "shift_jis", "SHIFT_JIS > JSON"),
        ("注文番号は七です。", "euc_jp", "EUC-JP > text"),
        ("お茶" * 5000, "shift_jis", "SHIFT_JIS > text"),
    ],
)
def test_text_from_before_utf_8_is_told_by_its_letters(
    written: str, encoding: str, title: str
) -> None:
    body = written.encode(encoding)
    reading = read(body)
    assert (reading.title, reading.text, reading.error) == (title, written, None)
    assert reading.reason.startswith("it is not UTF-8, and reads as ")
    named = read(body, with_headers(("Content-Type", "text/plain")))
    assert (named.names[0], named.text) == ("charset", written)
    journal = Journal()
    number = put(journal, b"a", b"", body)
    word = re.findall(r"[^\x00-\x7f]{1,9}", written)[0]
    assert passing(journal, f"~b {word}") == [number]


def test_what_is_not_surely_such_text_stays_as_it_is() -> None:
    claimed = with_headers(("Content-Type", "text/plain; charset=utf-8"))
    assert read("Grüße".encode("latin-1"), claimed).title == "text"
    assert read(b'{"name of it": "tea and milk \x81\x8d"}').title == "JSON"
    for body in (b"\x89PNG\r\n\x1a\n", "Привет".encode("koi8-r"), b"\xd0\xd1\xd2\xd3abc"):
        assert read(body).form == "hex"


def test_a_snappy_block_that_nobody_names_is_told_by_what_is_in_it() -> None:
    body = json.dumps({"id": 7, "rows": [{"sku": "tea"}] * 9}).encode()
    block = bytes(cramjam.snappy.compress_raw(body))
    reading = read(block)
    assert (reading.title, reading.body) == ("Snappy > JSON", body)
    assert reading.reason == "it reads as a Snappy block; it reads as JSON"
    assert read(block[:-1]).title != "Snappy > JSON"


def test_messagepack_values_after_each_other_are_one_list() -> None:
    first, second = {"id": 7}, {"id": 8}
    reading = read(msgpack.packb(first) + msgpack.packb(second))
    assert (reading.title, reading.note) == ("MessagePack", "2 values as one list")
    assert reading.value() == [first, second]
    cut = read(msgpack.packb(first) + msgpack.packb(second)[:-1], NOTHING, "msgpack")
    assert "4 bytes follow the value" in str(cut.error)


def test_what_follows_a_packed_body_is_not_passed_over_in_silence() -> None:
    reading = read(gzipped(b'{"id": 7}') + b"garbage")
    assert reading.title == "gzip > JSON"
    assert "7 bytes behind it left out" in reading.reason


def test_the_doctype_of_xml_is_shown() -> None:
    shown = read(b'<!DOCTYPE a SYSTEM "a.dtd"><a>b</a>').text
    assert shown == '<!DOCTYPE a SYSTEM "a.dtd">\n<a>b</a>'


@pytest.mark.parametrize("name", ["msgpack", "cbor"])
def test_what_is_typed_for_other_encodings_says_what_is_wrong_with_it(name: str) -> None:
    content = CONTENTS.get(name)
    assert content is not None
    lists_as_keys = '{"$map": [[[1, 2], "a"], [3, "b"]]}'
    assert read(content.write(lists_as_keys, NOTHING), NOTHING, name).value() == json.loads(
        lists_as_keys
    )
    day = read(content.write('{"at": {"$time": "2026-01-01"}}', NOTHING), NOTHING, name)
    assert day.value() == {"at": {"$time": "2026-01-01T00:00:00Z"}}  # wherever it is typed
    for typed, why in (
        ('{"$map": [[{"a": 1}, 2]]}', "a map cannot be a key of another one"),
        ('{"$map": [1]}', "$map needs pairs"),
        ('{"$time": "soon"}', "$time needs a time"),
        ('{"$number": "zz"}', "$number needs a number"),
        ('{"a": "\\ud800"}', "half of a surrogate pair"),
    ):
        with pytest.raises(InvalidBody, match=re.escape(why)):
            content.write(typed, NOTHING)


@pytest.mark.parametrize(
    "inner", [JSON, gzipped(JSON), b"<order><id>7</id></order>", b"[7, 8, 9, 10, 11, 12]"]
)
def test_base64_says_more_where_it_is_shown(inner: bytes) -> None:
    assert not says_more(b'{"id": 7}')
    assert not says_more(b"eyes only, and Weeks of nothing else")
    for packed in (base64.b64encode(inner), base64.encodebytes(inner * 2).strip()):
        assert says_more(packed)
        assert not may_be_coded(packed)
