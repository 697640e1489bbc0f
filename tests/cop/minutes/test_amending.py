# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Members amend a draft until a day."""

from datetime import timedelta

import pytest
import time_machine

from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.errors import Conflict, Forbidden, Invalid
from cop.base.mail import Mail
from cop.knowledge.services import Overtaken
from cop.meetings.models import MeetingState
from cop.minutes import services
from cop.minutes.models import Amendment, AmendmentState, Minutes
from cop.minutes.rules import take_over
from tests.builders import a_community, a_meeting, a_member, a_record, a_turn, an_account
from tests.reader import Reader

BODY = "# Mentoring\n\n- Wir fangen an\n  - im Frühjahr\n"


class Scene:
    """A draft that members may amend, its moderator and a member."""

    def __init__(self, app, *, asked=True):
        self.app = app
        with transaction():
            self.community = a_community()
            self.meeting = a_meeting(self.community, title="Treffen 14", starts_in=timedelta(hours=-1))
            self.moderator, self.member = (a_member(self.community, name) for name in ("Miriam", "Bram"))
            a_turn(self.meeting, "moderator", self.moderator)
            services.save_draft(self.meeting, self.moderator, body=BODY, rev=0)
        self.path = f"/meetings/{self.meeting.id}/minutes/amendments"
        if asked:
            self.ask()

    def ask(self, by=None, **more):
        with transaction():
            services.ask_for_amendments(self.meeting, by or self.moderator, **more)

    def propose(self, by=None, text="- Wir fangen sofort an", passage=1, rev=1):
        with transaction():
            return services.propose_amendment(self.meeting, by or self.member, text=text, passage=passage, rev=rev)

    def reader(self, member):
        from cop.accounts.models import Person

        return Reader(self.app, db.session.get_one(Person, member.person_id))

    @property
    def draft(self):
        db.session.rollback()
        return db.session.query(Minutes).one()


@pytest.fixture
def scene(app):
    return Scene(app)


@pytest.mark.parametrize(
    ("passage", "text", "after"),
    [
        ("b", "B", "a\n  B\nc"),
        ("", "B", "a\n  b\nc"),
        ("x", "B", "a\n  b\nc"),
    ],
)
def test_a_passage_is_reworded_where_it_stands(passage, text, after):
    assert take_over("a\n  b\nc", passage, text) == after


def test_a_passage_that_stands_there_twice_is_for_people_to_decide():
    assert take_over("a\na", "a", "b") == "a\na"


def test_who_asks_opens_the_draft_for_seven_days_and_says_so_to_members(app):
    scene = Scene(app, asked=False)
    with transaction():
        an_account(a_record(scene.community, "Selin").person, email="selin@kassel.example")
    reader = scene.reader(scene.member)
    assert reader.get(scene.path).status_code == 409

    scene.ask()

    assert scene.draft.amend_until - now() > timedelta(days=6, hours=23)
    assert db.session.merge(scene.meeting).state == MeetingState.MINUTES_REVIEW
    assert reader.get(scene.path).status_code == 200
    assert f'href="{scene.path}"' in reader.get(f"/meetings/{scene.meeting.id}").text
    assert [mail.recipient for mail in db.session.query(Mail)] == ["selin@kassel.example"]


def test_only_writers_ask_and_only_for_a_saved_draft(app):
    scene = Scene(app, asked=False)

    with pytest.raises(Forbidden):
        scene.ask(by=scene.member)
    for days in (0, 61):
        with pytest.raises(Invalid):
            scene.ask(days=days)
    with transaction():
        services.publish_for(scene.meeting, scene.moderator, body=BODY, audience=Audience.PEERS)
    with pytest.raises(Conflict):
        scene.ask()


def test_the_deadline_passes_by_itself(scene):
    with time_machine.travel(now() + timedelta(days=7, minutes=1), tick=False):
        with pytest.raises(Conflict):
            scene.propose()
        assert 'name="text"' not in scene.reader(scene.member).get(scene.path).text

    assert 'name="text"' in scene.reader(scene.member).get(scene.path).text


def test_an_accepted_wording_stands_in_the_draft(scene):
    amendment = scene.propose()

    with transaction():
        assert services.accept_amendment(amendment, scene.meeting, scene.moderator) is True

    assert scene.draft.body == "# Mentoring\n\n- Wir fangen sofort an\n  - im Frühjahr\n"
    assert (scene.draft.rev, db.session.query(Amendment).one().state) == (2, AmendmentState.ACCEPTED)
    with pytest.raises(Conflict), transaction():
        services.decline_amendment(amendment, scene.meeting, scene.moderator, reason="Doch nicht")


def test_remarks_and_passages_that_changed_are_written_in_by_hand(scene):
    remark, changed = scene.propose(text="Der Raum fehlt", passage=None, rev=0), scene.propose()
    with transaction():
        services.save_draft(scene.meeting, scene.moderator, body="Anders", rev=1)

    with transaction():
        taken = [services.accept_amendment(one, scene.meeting, scene.moderator) for one in (remark, changed)]

    assert taken == [False, False]
    assert scene.draft.body == "Anders"


def test_who_declines_says_why_and_the_member_reads_it(scene):
    amendment, page = scene.propose(), scene.reader(scene.moderator)
    path = f"{scene.path}/{amendment.id}/decline"

    assert page.post(path, reason=" ").status_code == 400
    assert page.post(path, reason="Das haben wir anders beschlossen.").status_code == 303

    assert "Das haben wir anders beschlossen." in scene.reader(scene.member).get(scene.path).text


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"text": " "}, Invalid),
        ({"text": "x" * 2001}, Invalid),
        ({"text": "- Wir fangen an"}, Invalid),
        ({"text": "- Wir ]] fangen an"}, Invalid),
        ({"passage": 99}, Invalid),
        ({"passage": -1}, Invalid),
        ({"rev": 7}, Overtaken),
    ],
)
def test_amendments_that_can_not_be_taken_are_refused(scene, wish, refusal):
    with pytest.raises(refusal):
        scene.propose(**wish)


def test_only_members_propose_and_only_writers_answer(scene):
    with transaction():
        stranger = a_member(a_community("Andere"), "Tove")
    with pytest.raises(Forbidden):
        scene.propose(by=stranger)
    amendment = scene.propose()

    for answer, more in ((services.accept_amendment, {}), (services.decline_amendment, {"reason": "Nein"})):
        with pytest.raises(Forbidden), transaction():
            answer(amendment, scene.meeting, scene.member, **more)


def test_a_member_chooses_a_passage_and_proposes_without_any_script(scene):
    reader = scene.reader(scene.member)
    chosen = reader.get(f"{scene.path}?passage=1").text

    assert 'name="passage" value="1"' in chosen
    assert "- Wir fangen an</textarea>" in chosen
    answer = reader.post(scene.path, passage="1", rev="1", text="- Wir fangen heute an")

    assert answer.status_code == 303
    assert "Wir fangen heute an" in scene.reader(scene.moderator).get(scene.path).text
    assert reader.post(scene.path, passage="1", rev="9", text="- Später").status_code == 409
    assert reader.post(scene.path, rev="1", text="").status_code == 400
    for odd in ("x", "-1", "99"):
        assert reader.get(f"{scene.path}?passage={odd}").status_code == 200
        assert reader.post(scene.path, passage=odd, rev="1", text="- Später").status_code == 400


def test_an_amendment_of_another_meeting_is_none_here(scene):
    amendment = scene.propose()
    with transaction():
        other = a_meeting(scene.community, starts_in=timedelta(hours=-1))
        a_turn(other, "moderator", scene.moderator)
    page = scene.reader(scene.moderator)

    assert page.post(f"/meetings/{other.id}/minutes/amendments/{amendment.id}/accept").status_code == 404


def test_published_minutes_take_no_amendments(scene):
    with transaction():
        services.publish_for(scene.meeting, scene.moderator, body=BODY, audience=Audience.PEERS)

    with pytest.raises(Conflict):
        scene.propose()
    assert scene.reader(scene.member).get(scene.path).status_code == 409
