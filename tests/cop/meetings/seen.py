# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What tests of the pages of meetings share."""

import html
import re
from uuid import UUID

from sqlalchemy import select

from cop.accounts.models import Person
from cop.base.db import db, transaction
from cop.communities.models import Role
from cop.communities.services import require_member
from cop.meetings.models import Meeting
from tests.builders import a_community, a_meeting, a_record

LINKS = [
    {"kind": "room", "label": "Webex", "url": "https://stadt.webex.com/meet/cop"},
    {"kind": "whiteboard", "label": "Miro", "url": "https://miro.com/app/board/1"},
]


def a_meeting_of(*readers, origin=None, role=Role.MEMBER, **facts) -> UUID:
    """A meeting of a community of which these people are members; return its id."""
    with transaction():
        community = a_community(origin=origin)
        for reader in readers:
            a_record(community, person=db.session.get_one(Person, reader.person_id), role=role)
        return a_meeting(community, **facts).id


def member_of(reader, meeting_id):
    """The meeting, and the proof that somebody is a member of its community."""
    meeting = db.session.get_one(Meeting, meeting_id)
    return meeting, require_member(meeting.community_id, reader.person_id)


def text_of(answer):
    """What one reads: without tags, with single spaces."""
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def only(kind):
    db.session.rollback()
    return db.session.scalars(select(kind)).one()
