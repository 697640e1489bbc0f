# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""This program passes the test that others can be put to, and the test notices who does not."""

import re
from pathlib import Path

import pytest
from werkzeug.wrappers import Request, Response

from cop.sharing import partnering
from tests.conformance.__main__ import run
from tests.conformance.checks import CHECKS

PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"


def conformance(city, **options):
    """Put a city to the test as its administrator would; return what failed, by its sentence."""
    with city.app.app_context():
        text = partnering.invite(by=None)
    said = []

    def confirm(origin):
        with city.app.app_context():
            partnering.confirm(origin, level=3, by=None)

    failed = run(city.origin, invitation=text, confirm=confirm, wait=30, say=said.append, **options)
    crosses = [line.partition("✗ ")[2] for line in said if "✗" in line]
    assert failed == len(crosses)
    return crosses, said


def test_this_program_speaks_the_protocol(kassel) -> None:
    failed, said = conformance(kassel)

    assert failed == []
    assert len([line for line in said if "✓" in line]) > 70


def through(app, *, drops):
    """A proxy that takes headers away from answers."""

    def front(environ, start_response):
        def start(status, headers, *rest):
            return start_response(
                status, [(name, value) for name, value in headers if name.lower() not in drops], *rest
            )

        return app(environ, start)

    return front


def test_it_is_noticed_when_answers_lose_their_signature(kassel) -> None:
    kassel.stop()
    kassel.resume(through=lambda app: through(app, drops={"signature"}))

    failed, _ = conformance(kassel)

    assert "a signed activity is taken: 202, but the answer is not signed" in failed


def test_a_run_goes_on_where_the_last_one_ended(kassel, tmp_path) -> None:
    state = tmp_path / "conformance.json"
    conformance(kassel, state=state, keep=True)

    assert run(kassel.origin, state=state, wait=5, say=lambda line: None) == 0


def test_without_an_invitation_a_city_is_only_looked_at(kassel) -> None:
    said = []

    assert run(kassel.origin, say=said.append) == 0
    assert len([line for line in said if "✓" in line]) == 4


def test_what_is_checked_stands_in_the_protocol() -> None:
    headings = re.findall(r"^## (.*)$", PROTOCOL.read_text(encoding="utf-8"), re.MULTILINE)

    assert {check.section for check in CHECKS} <= set(headings)


class SaysYes:
    """Shows the actor document of a real city and takes whatever comes, signed by nobody."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        request = Request(environ)
        if request.path == "/actor" or "/.well-known" in request.path:
            return self.app(environ, start_response)
        answer = Response(b"", 202 if request.method == "POST" else 404, content_type="application/activity+json")
        return answer(environ, start_response)


def test_who_says_yes_to_everything_fails_nearly_everything(kassel) -> None:
    with kassel.app.app_context():
        text = partnering.invite(by=None)
    kassel.stop()
    kassel.resume(through=SaysYes)
    said = []

    failed = run(kassel.origin, invitation=text, wait=5, say=said.append)

    assert failed > 60
    assert len([line for line in said if "✓" in line]) == 5


@pytest.mark.parametrize("text", ["", "copfed1.e30"])
def test_what_is_no_invitation_is_not_tried(kassel, text) -> None:
    if text:
        with pytest.raises(LookupError):
            run(kassel.origin, invitation=text)
    else:
        assert run(kassel.origin, invitation=text, say=lambda line: None) == 0
