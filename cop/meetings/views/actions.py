# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who does what by when: finish, and take away as a table."""

from uuid import UUID

from flask import Response, flash, request, url_for

from cop.accounts.session import require_account
from cop.base.db import get_or_404, transaction
from cop.base.forms import read_form
from cop.base.i18n import _
from cop.base.tables import as_csv
from cop.base.web import member
from cop.communities.services import require_member
from cop.meetings import queries, services
from cop.meetings.models import ActionItem
from cop.meetings.schemas import DoneForm
from cop.meetings.views.blueprint import Answer, back_to, pages


@pages.post("/actions/<uuid:action_id>/done")
@member
def finish(action_id: UUID) -> Answer:
    """Mark an action as done, or take that back."""
    done = read_form(DoneForm(), request.form)["done"] == "1"
    with transaction():
        action = get_or_404(ActionItem, action_id)
        membership = require_member(action.community_id, require_account().person_id)
        (services.finish_action if done else services.reopen_action)(action, membership)
        text, place = action.text, url_for("meetings.show", meeting_id=action.meeting_id)
    if done:
        undo = url_for("meetings.finish", action_id=action_id)
        flash({"text": _("Done: %(text)s", text=text), "undo": undo, "fields": {"done": ""}})  # type: ignore[arg-type]
    return back_to(place, anchor="actions")


@pages.get("/meetings/<uuid:meeting_id>/actions.csv")
@member
def actions_table(meeting_id: UUID) -> Response:
    """Answer what was agreed in a meeting, for members: it names people."""
    person_id = require_account().person_id
    meeting = queries.visible(meeting_id, person_id)
    require_member(meeting.community_id, person_id)
    head = (_("Topic"), _("Task"), _("Who"), _("Until"), _("Done"))
    rows = [
        (
            row.topic,
            row.text,
            row.owner,
            row.due_on.isoformat() if row.due_on else "",
            _("yes") if row.done else _("no"),
        )
        for row in queries.actions_of(meeting.id)
    ]
    answer = Response(as_csv([head, *rows]), content_type="text/csv; charset=utf-8; header=present")
    answer.headers["Content-Disposition"] = f'attachment; filename="{meeting_id}.csv"'
    return answer
