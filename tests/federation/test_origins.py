# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import InvalidUrlError
from federation.origins import parse_key_id, parse_object_id, parse_origin, parse_target

REFUSED = [
    "",
    "peer.example",
    "//peer.example/o/1",
    "http://peer.example/o/1",
    "ftp://peer.example/o/1",
    "file:///etc/passwd",
    "data:application/json,{}",
    "https://peer.example:22/o/1",
    "https://peer.example:443/o/1",
    "https://peer.example:/o/1",
    "https://user@peer.example/o/1",
    "https://user:secret@peer.example/o/1",
    "https://peer-b.example@evil.example/o",
    "https://evil.example\\@peer-b.example/o/1",
    "https://peer-b.example%2eevil.example/o",
    "https://peer-b.example\n.evil.example/o",
    "https://peer.example/o/1\n",
    "https://peer.example/o\t/1",
    "https://peer.example/o /1",
    " https://peer.example/o/1",
    "https://peer.example/o/\0",
    "https://peer.example/o/1\r\nHost: x",
    "HTTPS://PEER-B.EXAMPLE/o/1",
    "https://Peer.example/o/1",
    "https://pеer-b.example/o",  # a Cyrillic e
    "https://münchen.example/o",
    "https://xn--.example/o",
    "https://xn--mnchen-3y.example/o",
    "https://xn--ls8h.example/o",  # an emoji: not in IDNA 2008
    "https://ab--cd.example/o",
    "https://①②⑦.⓪.⓪.①/o",
    "https://127.0.0.1/o",
    "https://2130706433/o",
    "https://0x7f000001/o",
    "https://0x7f.1/o",
    "https://017700000001/o",
    "https://[::1]/o",
    "https://[2001:db8::1]/o",
    "https://localhost/o",
    "https://peer.example./o",
    "https://.example/o",
    "https://-peer.example/o",
    "https://peer-.example/o",
    "https://peer..example/o",
    "https://peer_b.example/o",
    f"https://{'a' * 64}.example/o",
    f"https://{'a.' * 127}example/o",
    f"https://peer.example/{'a' * 1000}",
    "https://peer.example/o/../1",
    "https://peer.example/./o",
    "https://peer.example/o/..",
    "https://peer.example/o/.",
    "https://peer.example//o",
    "https://peer.example/%2e%2e/o",
    "https://peer.example/%2E%2E/o",
    "https://peer.example/a%2Fb",
    "https://peer.example/a%5Cb",
    "https://peer.example/%0D%0AX:y",
    "https://peer.example/%00",
    "https://peer.example/%7F",
    "https://peer.example/%",
    "https://peer.example/%zz",
    "https://peer.example/o?x=1",
    "https://peer.example/o#x",
    "https://peer.example",
    "webcal://127.0.0.1/cal.ics",
]


@pytest.mark.parametrize("text", [*REFUSED, None, 7, b"https://peer.example/o", ["https://peer.example/o"]])
def test_an_id_in_any_other_spelling_is_refused(text):
    with pytest.raises(InvalidUrlError):
        parse_object_id(text)


@pytest.mark.parametrize(
    ("text", "origin", "path"),
    [
        ("https://peer.example/o/1", "https://peer.example", "/o/1"),
        ("https://xn--mnchen-3ya.example/o/1", "https://xn--mnchen-3ya.example", "/o/1"),
        ("https://a.b.peer.example/m/a~b_c-d.e", "https://a.b.peer.example", "/m/a~b_c-d.e"),
        ("https://peer.example/K%C3%A4se", "https://peer.example", "/K%C3%A4se"),
        ("https://peer.example/", "https://peer.example", "/"),
    ],
)
def test_an_id_in_the_one_spelling_is_read(text, origin, path):
    url = parse_object_id(text)

    assert (url.origin, url.path, str(url)) == (origin, path, text)


def test_the_development_switch_allows_any_port_on_loopback_only():
    assert parse_origin("http://127.0.0.1:8001", development=True) == "http://127.0.0.1:8001"
    assert parse_origin("http://127.0.0.1", development=True) == "http://127.0.0.1"
    assert parse_origin("https://peer.example", development=True) == "https://peer.example"
    assert parse_object_id("http://127.0.0.1:8001/o/1", development=True).host == "127.0.0.1"


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:80",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:0",
        "http://127.0.0.2:8001",
        "http://localhost:8001",
        "http://peer.example",
        "http://10.0.0.1:8001",
        "https://127.0.0.1:8001",
        "http://[::1]:8001",
    ],
)
def test_the_development_switch_allows_nothing_else(text):
    with pytest.raises(InvalidUrlError):
        parse_origin(text, development=True)


def test_loopback_is_refused_without_the_development_switch():
    with pytest.raises(InvalidUrlError):
        parse_origin("http://127.0.0.1:8001")


def test_an_origin_has_no_path():
    with pytest.raises(InvalidUrlError):
        parse_origin("https://peer.example/")


def test_a_key_id_has_a_fragment_and_a_target_may_have_a_query():
    assert parse_key_id("https://peer.example/actor#peer-1").fragment == "#peer-1"
    assert parse_target("https://peer.example/changes?since=7&limit=100").query == "?since=7&limit=100"
    for text in ("https://peer.example/actor", "https://peer.example/actor?x#peer-1", "https://peer.example#peer-1"):
        with pytest.raises(InvalidUrlError):
            parse_key_id(text)
    with pytest.raises(InvalidUrlError):
        parse_target("https://peer.example/changes#x")


@given(st.text(alphabet="ahtps:/.@\\?#%2eE[]0x17-\t\n\0é", max_size=40).map("https://peer.example".__add__))
def test_what_is_read_is_written_the_same_and_has_the_host_it_seems_to_have(text):
    try:
        url = parse_target(text)
    except InvalidUrlError:
        return

    assert str(url) == text
    assert text.startswith(f"{url.origin}/")
