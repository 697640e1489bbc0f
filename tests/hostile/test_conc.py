# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Several at the same moment: one after the other, as it must look."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from sqlalchemy import select

from cop.accounts.models import Account, LoginSession
from cop.base import mail
from cop.base.db import db, transaction
from cop.base.errors import Problem
from cop.base.lease import take_lease
from cop.base.mail import post_mail, send_due_mail
from cop.communities import services as communities
from cop.communities.models import JoinMode, MembershipRecord, MemberState
from cop.knowledge.models import Article, ArticleTag
from cop.knowledge.services import correct_article, publish_article, withdraw_article
from cop.meetings import services as meetings
from cop.meetings.models import Meeting, Topic
from cop.sharing.hub import hub
from cop.sharing.models import DeliveryRecord, PeerKey, PeerRecord
from cop.sharing.stores import SqlPeers
from federation.errors import Refused
from federation.ports import Level, Peer, PeerState
from tests.builders import a_community, a_meeting, a_person, a_record, an_article
from tests.cop.accounts.conftest import Browser
from tests.hostile.catalogue import cases
from tests.hostile.instance import City

AT_ONCE = 20


def at_once(app, *acts):
    """Do all at the same moment, each in its own thread and context; return what each returned or raised."""
    barrier = threading.Barrier(len(acts))

    def one(act):
        with app.app_context():
            barrier.wait()
            try:
                return act()
            except (Problem, Refused) as refused:
                return refused
            finally:
                db.session.remove()

    db.session.rollback()
    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def inside(act):
    def run():
        with transaction():
            return act()

    return run


def problems(outcomes):
    return [one for one in outcomes if isinstance(one, Problem)]


def _two_decide(case, app):
    """One coordinator accepts, another refuses: one of them is told that it is decided."""
    with transaction():
        community = a_community(join_mode=JoinMode.REQUEST)
        boss = a_record(community, "Bo", role="coordinator")
        asking_id = communities.ask_to_join(community, a_person("Ove"), shows_name=True, role_title="").id
        member = communities.require_member(community.id, boss.person_id)

    def decide(how):
        return lambda: how(db.session.get_one(MembershipRecord, asking_id), member)

    outcomes = at_once(app, inside(decide(communities.accept_member)), inside(decide(communities.refuse_member)))

    assert [problem.status for problem in problems(outcomes)] == [409]
    accepted = not isinstance(outcomes[0], Problem)
    state = db.session.get_one(MembershipRecord, asking_id).state
    assert state == (MemberState.ACTIVE if accepted else MemberState.REFUSED)


def _edit_and_delete(case, app):
    """A text is corrected while it is withdrawn: it is one or the other, and does not come back."""
    with transaction():
        article_id = an_article().id

    def edit():
        article = db.session.scalars(
            select(Article).where(Article.id == article_id).with_for_update(of=Article)
        ).one_or_none()
        if article is not None:
            correct_article(article, title="Neu", body="Neu", note="")

    def delete():
        withdraw_article(
            db.session.scalars(select(Article).where(Article.id == article_id).with_for_update(of=Article)).one()
        )

    at_once(app, inside(edit), inside(delete), inside(edit))

    assert db.session.get(Article, article_id) is None


def _demoted_while_writing(case, app):
    """Who is no member any more at the moment of writing writes nothing."""
    with transaction():
        community = a_community()
        meeting_id, record = a_meeting(community).id, a_record(community, "Bram")
        record_id, person_id, community_id = record.id, record.person_id, community.id

    def leave():
        communities.leave(db.session.get_one(MembershipRecord, record_id))

    def write():
        member = communities.require_member(community_id, person_id)
        return meetings.propose_topic(db.session.get_one(Meeting, meeting_id), member, title="Neu").id

    at_once(app, inside(leave), inside(write))
    after = at_once(app, inside(write))

    assert [problem.status for problem in problems(after)] == [403]
    assert db.session.query(Topic).count() <= 1


def _same_activity(case, live, process):
    """One activity twenty times at the same moment, each signed anew."""
    city = City(f"https://peer-{uuid4().hex[:8]}.example", live=live).become_peer()
    city.tell(city.community())
    event = city.event()
    activity = city.activity(event)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        replies = list(pool.map(lambda _: city.post(activity, address=live.address()), range(AT_ONCE)))
    process()

    assert {reply.status for reply in replies} == {202}
    assert live.count(Meeting, Meeting.uri == event["id"]) == 1


def _three_schedulers(case, app):
    """Of three processes that want to work one does, and it goes on."""
    workers = [uuid4() for _ in range(3)]
    taken = at_once(app, *[lambda worker=worker: take_lease("worker", worker) for worker in workers])

    assert sum(taken) == 1
    winner = workers[taken.index(True)]
    assert [take_lease("worker", worker) for worker in workers] == [worker == winner for worker in workers]


def _two_send(case, app):
    """The job runs twice at the same moment: the mail leaves once."""
    sent = []
    with transaction():
        for number in range(5):
            post_mail("miriam@kassel.example", f"Betreff {number}", "Text")

    at_once(app, *[lambda: send_due_mail(sent.append, "reihum@kassel.example")] * 4)

    assert sorted(message["Subject"] for message in sent) == [f"Betreff {number}" for number in range(5)]
    assert db.session.query(mail.Mail).filter(mail.Mail.sent_at.is_(None)).count() == 0


def _two_administrators(case, app):
    """Two confirm one peering: it is confirmed once, with one key."""
    origin = "https://peer-b.example"
    asking = Peer(origin, PeerState.ASKED, offer_id=f"{origin}/a/offer")
    SqlPeers().add(asking, name="Musterhausen", keys={f"{origin}/actor#peer-1": bytes(range(32))})
    peering = hub().peering

    def confirm():
        return peering.accept(origin, level_in=Level.WORK, level_out=Level.WORK)

    at_once(app, confirm, confirm)

    record = db.session.scalars(select(PeerRecord)).one()
    assert (record.state, db.session.query(PeerKey).count()) == ("active", 1)
    answers = [one.entry.activity for one in db.session.scalars(select(DeliveryRecord)) if one.entry.type == "Accept"]
    assert {answer["object"] for answer in answers} == {f"{origin}/a/offer"}


def _two_tabs(case, city, realm):
    """The first sign-in of a person comes back in two tabs."""
    tabs = [Browser(city, realm.issuer), Browser(city, realm.issuer)]
    backs = [tab.choose(tab.leave().headers["Location"]) for tab in tabs]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda pair: pair[0].client.get(pair[1]).status_code, zip(tabs, backs, strict=True)))

    with city.app_context():
        assert db.session.query(Account).count() == 1
        assert db.session.query(LoginSession).count() == answers.count(302)
    assert 302 in answers
    assert set(answers) <= {302, 403}


def _one_word(case, app):
    """Ten people use a new word for their texts at the same moment."""
    with transaction():
        author = a_person("Miriam").id

    def publish():
        return publish_article(
            author_person_id=author,
            kind="guide",
            title="Titel",
            body="Text",
            audience="peers",
            community=None,
            locale="de",
            licence="CC-BY-4.0",
            tags=["Neu", "neu", "NEU"],
        ).id

    outcomes = at_once(app, *[inside(publish)] * 10)

    assert problems(outcomes) == []
    assert db.session.scalars(select(ArticleTag.tag)).all() == ["Neu"] * 10


PLAYS = {
    "moderate": _two_decide,
    "edit_vs_delete": _edit_and_delete,
    "demote_vs_post": _demoted_while_writing,
    "inbox_same_activity": _same_activity,
    "scheduler": _three_schedulers,
    "digest": _two_send,
    "peer_admin": _two_administrators,
    "first_login": _two_tabs,
    "create_tag": _one_word,
}


@cases("conc")
def test_at_the_same_moment(case, request):
    play = PLAYS[case.setup["action"]]
    wanted = play.__code__.co_varnames[1 : play.__code__.co_argcount]
    play(case, **{name: request.getfixturevalue(name) for name in wanted})
