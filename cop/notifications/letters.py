# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What mails say. Each is called in its reader's language and says no more than one needs to act."""

from cop.accounts.setup import city_of
from cop.base.i18n import _, day, local, span
from cop.communities.models import Community, MembershipRecord
from cop.knowledge.models import Article
from cop.meetings.models import Meeting
from cop.meetings.rules import ends_at
from cop.notifications.services import Letter
from cop.rotation.reading import ShownTurn
from cop.rotation.words import reasons_of, task_of


def turn_assigned(turn: ShownTurn, community: Community) -> Letter:
    """Say whose turn it is and why, and where to confirm it or pass it on."""
    why = [f"{sentence}." for sentence in reasons_of(turn, city_of)]
    return Letter(
        subject=task_of(turn),
        sentences=[f"{task_of(turn)}: {community.name}.", *why],
        link=(_("Take the turn or pass it on"), f"/turns/{turn.id}"),
    )


def join_asked(record: MembershipRecord) -> Letter:
    """Say to coordinators that somebody wants to become a member."""
    community, city = record.community, city_of(record.person.origin).short
    return Letter(
        subject=_("Somebody would like to join %(community)s", community=community.name),
        sentences=[
            _(
                "%(name)s (%(city)s) would like to join %(community)s.",
                name=record.person.display_name,
                city=city,
                community=community.name,
            )
        ],
        link=(_("Decide here"), f"/communities/{community.id}/requests"),
    )


def joined(record: MembershipRecord) -> Letter:
    """Say that somebody is a member now."""
    name = record.community.name
    return Letter(
        subject=_("You are a member of %(community)s", community=name),
        sentences=[
            _("%(community)s has taken you in. You can propose topics and take part in meetings.", community=name)
        ],
        link=(_("To the community"), f"/communities/{record.community_id}"),
    )


def refused(record: MembershipRecord) -> Letter:
    """Say that somebody was not taken in, with the reason if there is one."""
    name = record.community.name
    sentences = [_("%(community)s has not taken you in this time.", community=name)]
    if record.reason:
        sentences.append(_("The reason: %(reason)s", reason=record.reason))
    return Letter(
        subject=_("Your wish to join %(community)s", community=name),
        sentences=sentences,
        link=(_("To the community"), f"/communities/{record.community_id}"),
    )


def meeting_planned(meeting: Meeting) -> Letter:
    """Say when a meeting will be and until when topics can be proposed."""
    sentences = [f"{meeting.title}: {when(meeting)}.", f"{meeting.community.name}."]
    if meeting.collection_closes_at is not None:
        until = day(local(meeting.collection_closes_at))
        sentences.append(_("You can propose and support topics until %(until)s.", until=until))
    return Letter(
        subject=_("New meeting: %(title)s", title=meeting.title),
        sentences=sentences,
        link=(_("Say whether you come"), f"/meetings/{meeting.id}"),
    )


def meeting_cancelled(meeting: Meeting) -> Letter:
    """Say that a meeting won't take place."""
    return Letter(
        subject=_("Cancelled: %(title)s", title=meeting.title),
        sentences=[
            _("This meeting will not take place: %(title)s, %(when)s.", title=meeting.title, when=when(meeting))
        ],
        link=(_("To the meeting"), f"/meetings/{meeting.id}"),
    )


def minutes_published(article: Article, community: Community) -> Letter:
    """Say that minutes can be read; the text stays here."""
    return Letter(
        subject=_("Minutes: %(title)s", title=article.title),
        sentences=[_("There are new minutes of %(community)s.", community=community.name)],
        link=(_("Read the minutes"), f"/knowledge/{article.id}"),
    )


def draft_readable(meeting: Meeting) -> Letter:
    """Say that a draft can be amended; the text stays here."""
    return Letter(
        subject=_("Amend the minutes: %(title)s", title=meeting.title),
        sentences=[_("The minutes of %(title)s are drafted. You can read and amend them.", title=meeting.title)],
        link=(_("Amend the minutes"), f"/meetings/{meeting.id}/minutes/amendments"),
    )


def when(meeting: Meeting) -> str:
    """Return day and hours as clocks in this city show them."""
    return span(local(meeting.starts_at), local(ends_at(meeting.starts_at, meeting.minutes)))
