# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What stands between two cities can delay what they say, and nothing else: only a signed answer settles a delivery."""

import pytest
from sqlalchemy import select
from werkzeug.wrappers import Response

from cop.base.db import db
from cop.base.i18n import force_locale
from cop.sharing.hub import hub
from cop.sharing.models import PeerRecord
from cop.sharing.words import error_words
from federation.calling import Unproved
from tests.live.story import Story, topics_of


@pytest.fixture
def story(kassel, aalborg) -> Story:
    return Story(kassel, aalborg).peer().join()


def told(story: Story) -> str:
    """What Aalborg's administrators read about Kassel."""
    with story.aalborg.app.app_context(), force_locale("en"):
        return error_words(db.session.scalars(select(PeerRecord.last_error)).one())


def portal(status: int):
    """A captive portal or a proxy's page: answers everything itself."""
    return lambda app: Response("<html>Please accept our terms.</html>", status, content_type="text/html")


def saying_yes(app):
    """Passes requests on, and turns each answer into a success."""

    def front(environ, start_response):
        return app(environ, lambda status, headers, *rest: start_response("202 ACCEPTED", headers, *rest))

    return front


class Replaying:
    """Passes the first request on and answers all others with that answer."""

    def __init__(self, app):
        self.app = app
        self.kept = None

    def __call__(self, environ, start_response):
        if self.kept is None:
            self.kept = Response.from_app(self.app, environ, buffered=True)
        return self.kept(environ, start_response)


UNSIGNED = "Something answered without the city's signature, perhaps a proxy or an error page."


@pytest.mark.parametrize("status", [200, 403, 410])
def test_a_page_in_between_is_no_answer_and_nothing_is_lost(story: Story, status: int) -> None:
    story.kassel.stop()
    story.kassel.resume(through=portal(status))
    story.propose("Mental load among leaders")

    story.aalborg.deliver()

    assert told(story) == UNSIGNED
    assert story.aalborg.letters_to(story.kassel)["due"] == 1
    story.kassel.stop()
    story.kassel.resume()
    story.aalborg.retry_now()
    story.settle()
    assert topics_of(story.kassel) == topics_of(story.aalborg) == [("Mental load among leaders", 0)]


def test_a_no_that_was_made_a_yes_on_the_way_is_neither(story: Story) -> None:
    with story.kassel.at_work():
        db.session.scalars(select(PeerRecord)).one().level_in = 1
    story.kassel.stop()
    story.kassel.resume(through=saying_yes)
    story.propose("Mental load among leaders")

    story.aalborg.deliver()

    assert told(story) == "Its answer was changed on the way, or is not for us."
    assert story.aalborg.letters_to(story.kassel)["due"] == 1


def test_yesterdays_yes_is_no_answer_today(story: Story) -> None:
    story.kassel.stop()
    story.kassel.resume(through=Replaying)
    story.propose("Mental load among leaders")
    story.propose("Onboarding in fire brigades")

    story.aalborg.deliver()

    assert told(story) == "Its answer was changed on the way, or is not for us."
    assert story.aalborg.letters_to(story.kassel)["due"] == 1


def test_a_document_is_taken_from_whom_it_is_asked(story: Story) -> None:
    with story.aalborg.app.app_context():
        assert hub().caller.get(story.kassel.origin, "/o/00000000-0000-4000-8000-000000000000").status == 404
        with pytest.raises(Unproved) as fault:
            hub().caller.get(story.kassel.origin, "/actor")

    assert fault.value.code == "answer_unsigned"
