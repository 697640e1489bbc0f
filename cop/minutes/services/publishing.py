# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Publishing minutes as an article, and what becomes of it."""

from uuid import UUID

from cop.base.audience import Audience
from cop.base.db import db, lock
from cop.base.errors import Conflict, Invalid
from cop.base.forms import CHOOSE, MISSING
from cop.base.i18n import N_, _, force_locale
from cop.base.instance import is_ours
from cop.base.pending import PendingRequest, ask_home
from cop.communities.rules import Membership
from cop.communities.services import member_uri
from cop.knowledge import services as knowledge
from cop.knowledge.models import Article, ArticleKind
from cop.knowledge.services import Overtaken
from cop.knowledge.words import DEFAULT_LICENCE, LICENCES
from cop.meetings.models import Meeting
from cop.meetings.services import mark_published
from cop.minutes import queries
from cop.minutes.models import Minutes, MinutesState
from cop.minutes.rules import hidden_passages, with_hidden, without_hidden
from cop.minutes.services.writing import check_body, keep, require_writer, saved

OFFER = "offer_minutes"


def wish_publication(
    meeting: Meeting,
    member: Membership,
    *,
    audience: Audience,
    licence: str = DEFAULT_LICENCE,
    note: str = "",
    rev: int,
) -> Article | PendingRequest:
    """Publish the saved text, wherever the meeting's home is.

    Raises:
        Forbidden, Conflict: as `require_writer`.
        Overtaken: when the text is another than the one that was looked at.
        Invalid: when another version doesn't say what is new, or as `publish_for`.
    """
    require_writer(meeting, member)
    lock(meeting)
    minutes = saved(meeting)
    if minutes.rev != rev:
        raise Overtaken(N_("The text was changed meanwhile. Please look at it once more."))
    if is_ours(meeting.origin):
        _check_note(minutes, audience, note)
        return publish_for(meeting, member, body=minutes.body, audience=audience, licence=licence, note=note)
    return ask_home(
        meeting.origin,
        OFFER,
        person_id=member.person_id,
        object_uri=meeting.uri,
        member_uri=member_uri(member.community_id, member.person_id),
        body=minutes.body,
        audience=Audience(audience).value,
        licence=licence,
        note=note,
    )


def publish_for(
    meeting: Meeting,
    member: Membership,
    *,
    body: str,
    audience: Audience,
    licence: str = DEFAULT_LICENCE,
    note: str = "",
) -> Article:
    """Publish the minutes at the meeting's home, or correct them; handing in the same twice changes nothing.

    Hidden passages stay here, for members, unless the community alone reads
    them all; `note` says what another version changed.

    Raises:
        Forbidden, Conflict: as `require_writer`.
        Conflict: when somebody else's unpublished draft would be lost.
        Invalid: when there is no text, or too much, or all of it is hidden, or an unknown audience or licence.
    """
    require_writer(meeting, member)
    check_body(body)
    _check_choice(audience, licence)
    text = text_for(audience, body)
    if not text.strip():
        raise Invalid({"audience": [N_("All of the text is hidden from these readers.")]})
    lock(meeting)
    minutes = queries.minutes_of(meeting.id)
    article = _published(minutes)
    if minutes is None or minutes.body != body:
        _spare_others_draft(minutes, article, member)
        minutes = keep(meeting, minutes, member.person_id, body)
    if article is None:
        article = _publish(meeting, member, text, audience, licence)
    else:
        knowledge.correct_article(
            article, title=article.title, body=text, audience=audience, licence=licence, note=note
        )
    minutes.article_id, minutes.state, minutes.amend_until = article.id, MinutesState.PUBLISHED, None
    minutes.hidden = "" if audience == Audience.COMMUNITY else "\n\n".join(hidden_passages(body))
    mark_published(meeting)
    return article


def text_for(audience: Audience, body: str) -> str:
    """Return what these readers get: the community all of it, everybody else nothing that is hidden."""
    return with_hidden(body) if audience == Audience.COMMUNITY else without_hidden(body)


def _publish(meeting: Meeting, member: Membership, body: str, audience: Audience, licence: str) -> Article:
    return knowledge.publish_article(
        author_person_id=member.person_id,
        kind=ArticleKind.MINUTES,
        title=title_of(meeting),
        body=body,
        audience=audience,
        community=meeting.community,
        about_uri=meeting.uri,
        locale=meeting.community.locale,
        licence=licence,
    )


def title_of(meeting: Meeting) -> str:
    """Return what the article is called, in the community's language."""
    with force_locale(meeting.community.locale):
        return str(_("Minutes: %(title)s", title=meeting.title))[:200]


def follow_article(article: Article) -> None:
    """Keep the text of an article that was corrected on its own page."""
    minutes = queries.minutes_with(article.id)
    if minutes is not None and text_for(article.audience, minutes.body) != article.body:
        minutes.body, minutes.rev = article.body, minutes.rev + 1


def let_go_of(article_id: UUID) -> None:
    """Make a draft of the minutes again: their article is withdrawn."""
    minutes = queries.minutes_with(article_id)
    if minutes is not None:
        minutes.article_id, minutes.state = None, MinutesState.DRAFT
        db.session.flush()  # the article goes next, and nothing may refer to it


def _published(minutes: Minutes | None) -> Article | None:
    return db.session.get(Article, minutes.article_id) if minutes and minutes.article_id else None


def _spare_others_draft(minutes: Minutes | None, article: Article | None, member: Membership) -> None:
    """Refuse to write over what somebody else saved and nobody published yet: it is nowhere else."""
    if minutes is None or minutes.saved_by_id == member.person_id:
        return
    if article is None or article.body != minutes.body:
        raise Conflict(N_("Somebody else is writing these minutes in their home city. Please ask them first."))


def _check_choice(audience: str, licence: str) -> None:
    if audience not in set(Audience):
        raise Invalid({"audience": [CHOOSE]})
    if licence not in LICENCES:
        raise Invalid({"licence": [CHOOSE]})


def _check_note(minutes: Minutes, audience: Audience, note: str) -> None:
    article = _published(minutes)
    if article is not None and text_for(audience, minutes.body) != article.body and not note.strip():
        raise Invalid({"note": [MISSING]})
