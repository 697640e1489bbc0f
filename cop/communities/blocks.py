# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a community's page shows by itself: purpose, family, members by city, whom to ask."""

from flask import render_template, url_for
from markupsafe import Markup

from cop.accounts.session import require_account
from cop.accounts.visitor import current_visitor
from cop.base.i18n import _
from cop.base.instance import is_ours
from cop.communities import queries
from cop.communities.models import Community
from cop.communities.pages import Action, Step
from cop.communities.rules import Membership
from cop.communities.services import names_for_others

#: a community of fewer isn't one yet
ENOUGH_MEMBERS = 3


def purpose(community: Community, membership: Membership | None) -> Markup:
    return _section("_purpose", community=community, charter=community.charter)


def family(community: Community, membership: Membership | None) -> Markup:
    parent, children = queries.family_of(community, require_account().person_id)
    if parent is None and not children:
        return Markup()
    return _section("_family", community=community, parent=parent, children=children)


def cities(community: Community, membership: Membership | None) -> Markup:
    by_size = sorted(community.members_by_city.items(), key=lambda entry: (-entry[1], entry[0]))
    return _section("_cities", community=community, by_size=by_size) if by_size else Markup()


def contact(community: Community, membership: Membership | None) -> Markup:
    coordinators = queries.coordinators_of(community.id) if is_ours(community.origin) else []
    if not coordinators:
        return Markup()
    names = names_for_others(community.id) if current_visitor() is not None else {}
    people = [(names.get(one.person_id, one.person.display_name), one.person.origin) for one in coordinators]
    return _section("_contact", coordinators=people)


def charter_step(community: Community, member: Membership) -> Step:
    done = community.charter is not None and bool(community.charter.purpose and community.charter.success_criteria)
    change = Action(_("Write it down"), url_for("communities.edit", community_id=community.id))
    read = Action(_("View"), url_for("communities.charter", community_id=community.id))
    return Step(
        _("Purpose, goals and success criteria"),
        _("What you meet for, and how you will know that it helps."),
        done=done,
        action=read if done else change if member.coordinates else None,
    )


def members_step(community: Community, member: Membership) -> Step:
    people = sum(community.members_by_city.values())
    return Step(
        _("Get to know each other"),
        _("Send this page to people who share the topic. A round of expectations opens the first meeting."),
        done=people >= ENOUGH_MEMBERS,
    )


def _section(name: str, **values: object) -> Markup:
    return Markup(render_template(f"communities/{name}.html", **values))  # noqa: S704  a template's answer
