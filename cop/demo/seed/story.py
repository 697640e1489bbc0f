# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The order of the story: enter, pair, tell, and let what crosses arrive."""

from collections.abc import Sequence

from flask import Flask
from sqlalchemy import select

from cop.base.db import db, transaction
from cop.communities import services as communities
from cop.communities.models import Community, MembershipRecord, MemberState
from cop.demo.people import PERSONAS
from cop.demo.seed import aalborg, kassel
from cop.demo.seed.people import enter, person_id
from cop.settings import Settings
from cop.sharing import jobs, partnering
from cop.sharing.rules import WORK

ROUNDS = 20


def is_seeded(app: Flask) -> bool:
    """Tell whether the story was told before."""
    with app.app_context():
        return db.session.scalar(select(Community.id).limit(1)) is not None


def seed_all(apps: Sequence[Flask]) -> None:
    """Fill Kassel and Aalborg; both must be listening, since they pair over HTTP."""
    first, second = apps
    for app, key in ((first, "kassel"), (second, "aalborg")):
        with app.app_context(), transaction():
            enter(_settings(app), PERSONAS[key])
    _pair(first, second)
    for app, tell in ((first, kassel.tell), (second, aalborg.tell)):
        with app.app_context():
            tell()
    exchange(apps)
    with second.app_context():
        aalborg.ask_to_join_kassel()
    exchange(apps)
    with first.app_context():
        _accept_all()
    exchange(apps)
    with second.app_context():
        aalborg.work_with_kassel()
    exchange(apps)


def exchange(apps: Sequence[Flask]) -> None:
    """Deliver, read and process until nothing is on its way."""
    for _ in range(ROUNDS):
        done = 0
        for app in apps:
            with app.app_context():
                done += jobs.dispatcher().finish() + jobs.readers().finish() + jobs.process_received()
        if not done:
            return


def _settings(app: Flask) -> Settings:
    settings: Settings = app.extensions["cop.settings"]
    return settings


def _pair(first: Flask, second: Flask) -> None:
    """Shake hands as two administrators would: invite, accept, confirm."""
    with first.app_context():
        invitation = partnering.invite(by=None)
    with second.app_context():
        partnering.offer(invitation, level=WORK, by=None)
        origin = _settings(second).origin
    with first.app_context():
        partnering.confirm(origin, level=WORK, by=None)


def _accept_all() -> None:
    with transaction():
        waiting = select(MembershipRecord).where(MembershipRecord.state == MemberState.ASKED)
        for record in db.session.scalars(waiting):
            coordinator = communities.require_coordinator(record.community_id, person_id(kassel.COORDINATOR))
            communities.accept_member(record, coordinator)
