# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import signing
from federation.answers import sign_answer, verify_answer
from federation.calling import Caller
from federation.errors import Refused, Unreachable
from federation.ports import Answer, Request
from federation.signing import claimed_key_id, claimed_tag, sign_request, verify_request
from federation.versions import FIRST, SPOKEN, highest_common, major_of, read_versions, tag_of, write_versions
from tests.federation.peer_cities import HERE, PEER, City, a_key, a_post, answered

OURS, KEY = a_key(HERE), a_key(PEER)
MAJORS = st.sets(st.integers(1, 999), max_size=9)


@given(MAJORS)
def test_what_a_city_says_it_speaks_is_read_as_it_was_said(majors):
    assert read_versions(write_versions(majors)) == tuple(sorted(majors))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (None, (FIRST,)),
        ([], ()),
        ("cop-fed/1", ()),
        (["cop-fed/2", "cop-fed/1", "cop-fed/2"], (1, 2)),
        (["cop-fed/0", "cop-fed/01", "cop-fed/1000", "cop-fed/x", "other/1", 1, None, ["cop-fed/1"]], ()),
        ([f"cop-fed/{major}" for major in range(1, 100)], tuple(range(1, 10))),
    ],
)
def test_what_can_not_be_read_is_left_out(written, read):
    assert read_versions(written) == read


@given(MAJORS, MAJORS)
def test_the_highest_that_both_speak_is_chosen_by_both_alike(ours, theirs):
    chosen = highest_common(theirs, ours=ours)

    assert chosen == highest_common(ours, ours=theirs)
    assert chosen == (max(ours & theirs) if ours & theirs else None)


def test_a_tag_tells_the_version():
    assert [major_of(tag_of(major)) for major in SPOKEN] == list(SPOKEN)
    assert major_of("cop-fed/1 ") is None


class Wire:
    """A transport at whose other end the peer answers in the version in which it is asked."""

    def __init__(self, city):
        self.city = city
        self.tags = []

    def send(self, request):
        self.tags.append(claimed_tag(request.headers))
        return answered(Answer(200, {}, b"{}"), request, KEY, at=self.city.clock())


@pytest.fixture
def two_versions(monkeypatch):
    """A later program that speaks two."""
    monkeypatch.setattr(signing, "SPOKEN", (1, 2))


def asked_in(majors):
    city = City()
    city.know(KEY, majors=majors)
    wire = Wire(city)
    caller = Caller(key=OURS, peers=city.peers, transport=wire, clock=city.clock, spoken=(1, 2))
    assert caller.get(PEER, "/o/1").status == 200
    return wire.tags


@pytest.mark.parametrize(
    ("majors", "tag"), [((1,), "cop-fed/1"), ((1, 2), "cop-fed/2"), ((2, 3), "cop-fed/2"), ((1, 3), "cop-fed/1")]
)
def test_a_peer_is_asked_in_the_highest_version_that_both_speak(two_versions, majors, tag):
    assert asked_in(majors) == [tag]


def test_a_city_that_is_no_peer_yet_is_asked_in_the_lowest(two_versions):
    city = City()
    wire = Wire(city)

    with pytest.raises(Unreachable):
        Caller(key=OURS, peers=city.peers, transport=wire, clock=city.clock, spoken=(1, 2)).get(PEER, "/o/1")

    assert wire.tags == ["cop-fed/1"]


def test_a_peer_that_shares_no_version_is_not_asked(two_versions):
    with pytest.raises(Unreachable) as fault:
        asked_in((3, 4))

    assert fault.value.code == "version"


def test_the_answer_is_in_the_version_of_the_request(two_versions):
    city = City()
    at = city.clock()
    request = sign_request(Request("GET", f"{PEER}/o/1", {}), key=OURS, at=at, major=2)
    answer = sign_answer(Answer(200, {"content-type": "x/y"}), request=request, key=KEY, at=at)
    older = sign_request(Request("GET", f"{PEER}/o/1", {}), key=OURS, at=at, major=1)

    assert claimed_tag(answer.headers) == "cop-fed/2"
    assert verify_request(request, key_id=OURS.key_id, public_key=OURS.public, at=at).key_id == OURS.key_id
    assert verify_answer(answer, request=request, public_key=KEY.public, key_id=KEY.key_id, at=at)
    with pytest.raises(Refused):
        verify_answer(answer, request=older, public_key=KEY.public, key_id=KEY.key_id, at=at)


def test_a_request_in_another_version_is_told_which_are_spoken():
    request = a_post({}, KEY, at=City().clock())
    newer = {**request.headers, "signature-input": request.headers["signature-input"].replace("fed/1", "fed/2")}

    with pytest.raises(Refused) as refusal:
        claimed_key_id(newer)

    assert refusal.value.problem == {
        "type": "urn:cop-fed:version",
        "title": "version",
        "status": 401,
        "detail": "not a version that is spoken here",
        "versions": ["cop-fed/1"],
    }
