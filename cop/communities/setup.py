# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins communities to the app."""

from flask import Flask

from cop.base.i18n import N_
from cop.base.pages import add_navigation
from cop.communities import blocks
from cop.communities.models import Community
from cop.communities.pages import add_block, add_step, add_tab
from cop.communities.services.permission import MembersOnly
from cop.communities.views import pages
from cop.communities.views.refusal import members_only
from cop.settings import Settings


def init(app: Flask, settings: Settings) -> None:
    """Register the pages of communities, and what they show by themselves."""
    app.register_blueprint(pages)
    app.register_error_handler(MembersOnly, members_only)
    add_navigation(app, "communities", "communities.index", N_("Communities"), order=20)
    add_tab(app, "overview", "communities.overview", N_("Overview"), 10)
    add_tab(app, "members", "communities.members", N_("Members"), 50, count_members, members_only=True)
    add_tab(app, "charter", "communities.charter", N_("Charter"), 60)
    add_block(app, "purpose", 10, blocks.purpose, aside=True, for_visitors=True)
    add_block(app, "family", 30, blocks.family, aside=True)
    add_block(app, "cities", 40, blocks.cities, aside=True, for_visitors=True)
    add_block(app, "contact", 50, blocks.contact, aside=True, for_visitors=True)
    add_step(app, 10, blocks.charter_step)
    add_step(app, 30, blocks.members_step)


def count_members(community: Community) -> int:
    return sum(community.members_by_city.values())
