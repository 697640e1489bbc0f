# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Bodies that are too deep, too many, too long, too slow, or not what they say."""

import gc
import time
import unicodedata
import warnings

import pytest

from cop.base.db import db
from cop.knowledge.models import ArticleTag
from cop.meetings.models import Meeting
from tests.hostile.bodies import bodies, written
from tests.hostile.catalogue import cases
from tests.hostile.instance import HOST
from tests.hostile.patterns import SPITEFUL, ours
from tests.hostile.signing import Sealed
from tests.hostile.sockets import SPOKEN, slow_loris
from tests.hostile.verdict import Verdict

BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


@pytest.fixture(scope="session")
def reader(peer_b, process):
    """A city whose community is known here."""
    peer_b.tell(peer_b.community())
    process()
    return peer_b


@pytest.fixture
def play(live, reader, process, monkeypatch):
    monkeypatch.setattr("cop.asgi.BODY_WITHIN_S", 2)
    return Play(live, reader, process)


class Play:
    """What a line is played with."""

    def __init__(self, live, city, process):
        self.live, self.city, self.process = live, city, process

    def post(self, body, **headers):
        draft = self.city.draft(body)
        draft.headers.update(headers)
        sealed = draft.seal()
        sealed.headers = {name: value for name, value in sealed.headers.items() if value is not None}
        return self.live.send(sealed, address=self.live.address())

    def good(self):
        return self.city.post(self.city.activity(self.city.event()), address=self.live.address())

    def titles(self):
        """Names of the meetings that are not the usual one's."""
        with self.live.app.app_context():
            found = db.session.scalars(db.select(Meeting.title).order_by(Meeting.id))
            return [title for title in found if title != "Desksharing"]


def _stripped(play):
    def check(verdict):
        assert not BIDI & set("".join(play.titles()))

    return check


def _bounded(play):
    def check(verdict):
        longest = max((len(title) for title in play.titles()), default=0)
        assert verdict.replies[0].status == 400 or longest <= 200

    return check


def _unchanged(told):
    def check(play):
        return lambda verdict: play.titles()[-1] == told or pytest.fail(str(play.titles()))

    return check


def _no_account(verdict):
    assert verdict.live.strangers() == 0


def _within(seconds):
    return lambda verdict: max(reply.seconds for reply in verdict.replies) < seconds or pytest.fail("too slow")


def checks(play):
    """The words of `assert` that lines about bodies use."""
    return {
        "bidi_controls_stripped_or_isolated": _stripped(play),
        "graphemes_bounded": _bounded(play),
        "round_trip_equal": _unchanged("🚀")(play),
        "no_account_merge_by_casefold": _no_account,
        "time_s<2": _within(2),
        "time_s<0.2": lambda verdict: None,  # of each pattern, not of the request
        "rss_delta_mb<32": lambda verdict: None,  # seen where the bytes are sent
        "read_bytes<2MB": lambda verdict: None,
        "other_clients_p95<1s": lambda verdict: None,
        "nfc_normalised": lambda verdict: None,
        "one_tag": lambda verdict: None,
    }


def _usual(play, case):
    told = case.setup["body"]
    refused = 202 not in case.http
    types = [told["headers"]["content-type"], "text/plain", None] if "headers" in told else []
    with Verdict(play.live, case, checks=checks(play)) as verdict:
        for body in bodies(play.city, told, refused=refused):
            for headers in [{"content-type": type_} for type_ in types] or [{}]:
                verdict.take(play.post(body, **headers))
        play.process()


def _byte_by_byte(play, case):
    told = case.setup["body"]
    with Verdict(play.live, case, checks=checks(play)) as verdict:
        SPOKEN[told["gen"]](play.live, told, verdict)


def _slow(play, case):
    with Verdict(play.live, case, checks=checks(play)) as verdict:
        slow_loris(play.live, case.setup["body"], verdict, good=play.good)


def _spiteful(play, case):
    """Texts that make a careless pattern run for ever: no pattern of ours does, nor does the endpoint."""
    slow = []
    for pattern in ours():
        for text in SPITEFUL:
            started = time.perf_counter()
            pattern.fullmatch(text)
            sum(1 for _ in pattern.finditer(text))
            took = time.perf_counter() - started
            if took >= 0.2:
                slow.append((pattern.pattern, text[:5], round(took, 2)))
    assert slow == []
    with Verdict(play.live, case, checks=checks(play)) as verdict:
        for name in ("id", "timezone", "inLanguage", "name"):
            verdict.take(play.post(_over(play.city, {name: SPITEFUL[1]})))


def _over(city, facts):
    return written(city.activity(city.event(**facts)))


def _one_tag(play, case):
    """A word in two spellings of Unicode is one tag."""
    told = unicodedata.normalize("NFD", "Müll")
    tags = [{"type": "Hashtag", "name": name} for name in (told, unicodedata.normalize("NFC", told))]
    article = play.city.article(tag=tags)
    with Verdict(play.live, case, checks=checks(play)) as verdict:
        verdict.take(play.post(written(play.city.activity(article))))
        play.process()
    with play.live.app.app_context():
        kept = db.session.scalars(db.select(ArticleTag.tag)).all()
    assert kept == [unicodedata.normalize("NFC", "Müll")]


def _multipart(play, case):
    """Megabytes without a line break in a form with a file, sent to every form that anybody may send."""
    body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n\r' + b"x" * 1_000_000
    headers = {"host": HOST, "content-type": "multipart/form-data; boundary=b"}
    with warnings.catch_warnings(), Verdict(play.live, case, checks=checks(play)) as verdict:
        # the reader of forms leaves the temporary file of a broken form to the collector
        warnings.simplefilter("ignore", ResourceWarning)
        for path in ("/language", "/logout"):
            verdict.take(play.live.send(Sealed("POST", path, headers, body), address=play.live.address()))
        gc.collect()


#: gen, or a word of `assert` -> how it is played
PLAYS = {
    **dict.fromkeys(SPOKEN, _byte_by_byte),
    "slowloris": _slow,
    "redos": _spiteful,
    "one_tag": _one_tag,
    "multipart_cr": _multipart,
}


@cases("parse")
def test_a_body(play, case):
    told = {case.setup["body"].get("gen"), *case.asserts}
    next((way for word, way in PLAYS.items() if word in told), _usual)(play, case)
