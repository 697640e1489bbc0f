# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Making and reading communities from outside a request."""

import re

from cop.accounts.models import Person
from cop.base.db import db, transaction
from cop.communities.models import Community
from cop.communities.queries import record_of
from tests.builders import a_community, a_record


def page_of(community_id, *more):
    return "/".join(["/communities", str(community_id), *map(str, more)])


def made(**facts):
    with transaction():
        return a_community(**facts).id


def joined(community_id, reader, **facts):
    with transaction():
        community = db.session.get_one(Community, community_id)
        person = db.session.get_one(Person, reader.person_id)
        return a_record(community, person=person, **facts).id


def person_of(reader):
    with transaction():
        return db.session.get_one(Person, reader.person_id)


def state_of(community_id, reader):
    with transaction():
        record = record_of(community_id, reader.person_id)
        return record and record.state


def text_of(answer):
    """What stands on the page between the tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())
