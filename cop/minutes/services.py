# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writing a meeting's minutes and publishing them."""

from datetime import timedelta
from uuid import UUID

from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db, lock
from cop.base.errors import Conflict, Forbidden, Invalid
from cop.base.forms import CHOOSE, MISSING, TOO_LONG
from cop.base.i18n import N_, _, day, force_locale, span
from cop.base.instance import is_ours
from cop.base.pending import PendingRequest, ask_home
from cop.communities.rules import Membership
from cop.communities.services import member_uri
from cop.knowledge import services as knowledge
from cop.knowledge.models import Article, ArticleKind
from cop.knowledge.schemas import LONGEST_BODY
from cop.knowledge.services import Overtaken
from cop.knowledge.words import DEFAULT_LICENCE, LICENCES
from cop.meetings.models import Meeting, MeetingState
from cop.meetings.queries import ActionRow
from cop.meetings.services import mark_published
from cop.meetings.services.planning import people_in_turn
from cop.minutes import queries
from cop.minutes.models import Minutes, MinutesState
from cop.minutes.rules import Happened, Headings, replace_name, write_draft

OFFER = "offer_minutes"
UNTIL_IT_BEGAN = frozenset({MeetingState.DRAFT, MeetingState.SCHEDULED})


def may_write(meeting: Meeting, member: Membership) -> bool:
    """Tell whether a member writes the minutes: who moderates or organises the meeting, and coordinators."""
    return member.community_id == meeting.community_id and (
        member.coordinates or member.person_id in people_in_turn(meeting)
    )


def require_writer(meeting: Meeting, member: Membership) -> None:
    """Let through who writes the minutes, once the meeting has begun.

    Raises:
        Forbidden: for all other members.
        Conflict: before the meeting began, or when it was cancelled.
    """
    if not may_write(meeting, member):
        raise Forbidden(N_("The minutes are written by whoever moderates or organises the meeting."))
    if meeting.state == MeetingState.CANCELLED:
        raise Conflict(N_("This meeting was cancelled."))
    if meeting.state in UNTIL_IT_BEGAN and meeting.starts_at > now():
        raise Conflict(N_("The minutes can be written as soon as the meeting has begun."))


def draft_for(meeting: Meeting, happened: Happened | None = None) -> str:
    """Return what the minutes begin with, in the community's language.

    Without what `happened`, from the topics and actions of the meeting.
    """
    with force_locale(meeting.community.locale):
        starts, length = meeting.starts_local, timedelta(minutes=meeting.minutes)
        headings = Headings(
            proposed_by=_("Proposed by %(city)s", city="%(city)s"),
            talked=_("%(num)s minutes", num="%(num)s"),
            decisions=_("Decisions"),
            actions=_("Who does what by when"),
            parked=_("Kept for later"),
            take_aways=_("What we take along"),
            next_date=_("The next meeting"),
            meeting=meeting.title,
        )
        known = happened or queries.what_happened(meeting, action_line)
        return write_draft(span(starts, starts + length), known, headings)


def action_line(action: ActionRow) -> str:
    """Say who does what until when, in the language of the moment."""
    facts = (action.owner, _("until %(day)s", day=day(action.due_on)) if action.due_on else "")
    told = ", ".join(fact for fact in facts if fact)
    return f"{action.text} ({told})" if told else action.text


def save_draft(meeting: Meeting, member: Membership, *, body: str, rev: int) -> Minutes:
    """Keep the text; `rev` is the revision it was written on, 0 for the first.

    Raises:
        Forbidden, Conflict: as `require_writer`.
        Invalid: when there is no text, or too much.
        Overtaken: when somebody else saved meanwhile; both texts are still there.
    """
    require_writer(meeting, member)
    _check_body(body)
    lock(meeting)
    minutes = queries.minutes_of(meeting.id)
    if rev != (minutes.rev if minutes else 0):
        raise Overtaken(N_("Somebody else saved a change while you were writing. Both texts are below."))
    return _keep(meeting, minutes, member, body)


def replace_in_draft(meeting: Meeting, member: Membership, *, name: str) -> Minutes:
    """Put the city in place of a member's name.

    Raises:
        Forbidden, Conflict: as `require_writer`.
        Conflict: when the name doesn't stand in the text any more.
    """
    require_writer(meeting, member)
    lock(meeting)
    minutes = _saved(meeting)
    found = {finding.name: finding for finding in queries.findings_in(minutes.body, meeting.community_id)}
    if name not in found:
        raise Conflict(N_("This name does not stand in the text any more."))
    return _keep(meeting, minutes, member, replace_name(minutes.body, name, found[name].city))


def wish_publication(
    meeting: Meeting, member: Membership, *, audience: Audience, licence: str = DEFAULT_LICENCE, rev: int
) -> Article | PendingRequest:
    """Publish the saved text, wherever the meeting's home is.

    Raises:
        Forbidden, Conflict: as `require_writer`.
        Overtaken: when the text is another than the one that was looked at.
    """
    require_writer(meeting, member)
    lock(meeting)
    minutes = _saved(meeting)
    if minutes.rev != rev:
        raise Overtaken(N_("The text was changed meanwhile. Please look at it once more."))
    if is_ours(meeting.origin):
        return publish_for(meeting, member, body=minutes.body, audience=audience, licence=licence)
    return ask_home(
        meeting.origin,
        OFFER,
        person_id=member.person_id,
        object_uri=meeting.uri,
        member_uri=member_uri(member.community_id, member.person_id),
        body=minutes.body,
        audience=Audience(audience).value,
        licence=licence,
    )


def publish_for(
    meeting: Meeting,
    member: Membership,
    *,
    body: str,
    audience: Audience,
    licence: str = DEFAULT_LICENCE,
) -> Article:
    """Publish the minutes at the meeting's home, or correct them; handing in the same twice changes nothing.

    Raises:
        Forbidden, Conflict: as `require_writer`.
        Conflict: when somebody else's unpublished draft would be lost.
        Invalid: when there is no text, or too much, or an unknown audience or licence.
    """
    require_writer(meeting, member)
    _check_body(body)
    _check_choice(audience, licence)
    lock(meeting)
    minutes = queries.minutes_of(meeting.id)
    article = _published(minutes)
    if minutes is None or minutes.body != body:
        _spare_others_draft(minutes, article, member)
        minutes = _keep(meeting, minutes, member, body)
    if article is None:
        article = _publish(meeting, member, minutes, audience, licence)
    else:
        knowledge.correct_article(article, title=article.title, body=body, audience=audience, licence=licence)
    minutes.article_id, minutes.state = article.id, MinutesState.PUBLISHED
    mark_published(meeting)
    return article


def _publish(meeting: Meeting, member: Membership, minutes: Minutes, audience: Audience, licence: str) -> Article:
    return knowledge.publish_article(
        author_person_id=member.person_id,
        kind=ArticleKind.MINUTES,
        title=title_of(meeting),
        body=minutes.body,
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
    if minutes is not None and minutes.body != article.body:
        minutes.body, minutes.rev = article.body, minutes.rev + 1


def let_go_of(article_id: UUID) -> None:
    """Make a draft of the minutes again: their article is withdrawn."""
    minutes = queries.minutes_with(article_id)
    if minutes is not None:
        minutes.article_id, minutes.state = None, MinutesState.DRAFT
        db.session.flush()  # the article goes next, and nothing may refer to it


def _keep(meeting: Meeting, minutes: Minutes | None, member: Membership, body: str) -> Minutes:
    if minutes is None:
        minutes = Minutes(meeting_id=meeting.id, state=MinutesState.DRAFT, rev=0)
        db.session.add(minutes)
    minutes.body, minutes.rev = body, minutes.rev + 1
    minutes.saved_at, minutes.saved_by_id = now(), member.person_id
    db.session.flush()  # whoever reads after this must find it
    return minutes


def _saved(meeting: Meeting) -> Minutes:
    minutes = queries.minutes_of(meeting.id)
    if minutes is None:
        raise Conflict(N_("Please save the minutes first."))
    return minutes


def _published(minutes: Minutes | None) -> Article | None:
    return db.session.get(Article, minutes.article_id) if minutes and minutes.article_id else None


def _spare_others_draft(minutes: Minutes | None, article: Article | None, member: Membership) -> None:
    """Refuse to write over what somebody else saved and nobody published yet: it is nowhere else."""
    if minutes is None or minutes.saved_by_id == member.person_id:
        return
    if article is None or article.body != minutes.body:
        raise Conflict(N_("Somebody else is writing these minutes in their home city. Please ask them first."))


def _check_body(body: str) -> None:
    if not body.strip():
        raise Invalid({"body": [MISSING]})
    if len(body) > LONGEST_BODY:
        raise Invalid({"body": [TOO_LONG]})


def _check_choice(audience: str, licence: str) -> None:
    if audience not in set(Audience):
        raise Invalid({"audience": [CHOOSE]})
    if licence not in LICENCES:
        raise Invalid({"licence": [CHOOSE]})
