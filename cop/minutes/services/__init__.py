# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What members and moderators can do with minutes; one file a subject."""

from cop.minutes.services.amending import (
    USUAL_DAYS,
    accept_amendment,
    ask_for_amendments,
    decline_amendment,
    may_read_draft,
    propose_amendment,
    takes_amendments,
)
from cop.minutes.services.publishing import (
    OFFER,
    follow_article,
    let_go_of,
    publish_for,
    text_for,
    title_of,
    wish_publication,
)
from cop.minutes.services.writing import (
    action_line,
    begin_draft,
    draft_for,
    may_write,
    replace_in_draft,
    require_writer,
    save_draft,
)

__all__ = [
    "OFFER",
    "USUAL_DAYS",
    "accept_amendment",
    "action_line",
    "ask_for_amendments",
    "begin_draft",
    "decline_amendment",
    "draft_for",
    "follow_article",
    "let_go_of",
    "may_read_draft",
    "may_write",
    "propose_amendment",
    "publish_for",
    "replace_in_draft",
    "require_writer",
    "save_draft",
    "takes_amendments",
    "text_for",
    "title_of",
    "wish_publication",
]
