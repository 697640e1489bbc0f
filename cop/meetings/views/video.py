# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Into the video room: the address is made for each click, leads there at once, and is kept nowhere."""

import logging
from uuid import UUID

from flask import redirect
from werkzeug.wrappers import Response

from cop.accounts.visitor import reader_id
from cop.base.db import transaction
from cop.base.web import member, open_to_visitors
from cop.communities.services import require_member
from cop.meetings import queries, services
from cop.meetings.hooks import VideoFailed
from cop.meetings.video import waiting
from cop.meetings.views.blueprint import pages
from cop.meetings.views.meeting import meeting_page
from cop.meetings.visiting import of_meeting

log = logging.getLogger(__name__)


@pages.get("/meetings/<uuid:meeting_id>/video")
@member
@open_to_visitors(of_meeting)
def enter_video(meeting_id: UUID) -> Response | tuple[str, int]:
    """Lead into the room; no transaction is open while its server is asked."""
    with transaction():
        meeting = queries.visible(meeting_id, reader_id())
        membership = require_member(meeting.community_id, reader_id())
        service, room, guest = services.video_entry(meeting, membership)
    try:
        with waiting():
            return redirect(service.join(room, guest), code=303)
    except VideoFailed as failed:
        log.warning("%s failed: %s", service.name, failed)
    except Exception:  # a plugin's failure must not become the member's
        log.exception("%s failed at a meeting's room", service.name)
    return meeting_page(queries.visible(meeting_id, reader_id()), no_video=True), 503
