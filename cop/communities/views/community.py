# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of communities that everybody who may see one reads, and founding one."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from cop.accounts.session import require_account
from cop.accounts.visitor import reader_id
from cop.base.audience import Audience
from cop.base.db import get_or_404, transaction
from cop.base.errors import Invalid
from cop.base.forms import in_words, read_form
from cop.base.i18n import _
from cop.base.web import coordinator, member, open_to_visitors, signed_in
from cop.communities import queries, services
from cop.communities.models import Community, JoinMode, Kind
from cop.communities.pages import blocks_of, community_page, reader_of
from cop.communities.queries import Whose
from cop.communities.reach import reach_rows
from cop.communities.rules import MemberState
from cop.communities.schemas import CommunityForm
from cop.communities.views.blueprint import Answer, itself, pages
from cop.communities.words import (
    KINDS,
    facts_of,
    form_values,
    joining_options,
    kind_options,
    locale_options,
    shuffled,
)


@pages.get("")
@signed_in
def index() -> Answer:
    asked = request.args.get("whose", "")
    whose = Whose(asked) if asked in set(Whose) else Whose.ALL
    words = request.args.get("q", "").replace("\0", "")[:100].strip()
    rows = queries.list_communities(require_account().person_id, whose=whose, words=words)
    return render_template("communities/index.html", rows=rows, whose=whose, words=words, kinds=KINDS)


@pages.get("/<uuid:community_id>")
@signed_in
@open_to_visitors(itself)
def overview(community_id: UUID) -> Answer:
    person_id = reader_id()
    community = queries.visible(community_id, person_id)
    reader = reader_of(community, person_id)
    coordinates = reader.membership is not None and reader.membership.coordinates
    return community_page(
        "communities/overview.html",
        community,
        tab="overview",
        reader=reader,
        asked=len(queries.members_of(community.id, MemberState.ASKED)) if coordinates else 0,
        main=blocks_of(community, reader.membership, aside=False),
        aside=blocks_of(community, reader.membership, aside=True),
    )


@pages.get("/<uuid:community_id>/charter")
@signed_in
@open_to_visitors(itself)
def charter(community_id: UUID) -> Answer:
    community = queries.visible(community_id, reader_id())
    return community_page("communities/charter.html", community, tab="charter", facts=facts_of(community))


@pages.get("/<uuid:community_id>/members")
@member
def members(community_id: UUID) -> Answer:
    services.require_member(community_id, require_account().person_id)
    return community_page(
        "communities/members.html",
        get_or_404(Community, community_id),
        tab="members",
        people=shuffled(queries.members_of(community_id)),
    )


@pages.get("/new")
@signed_in
def new() -> Answer:
    return _form(None, form_values(None))


@pages.post("/new")
@signed_in
def found() -> Answer:
    try:
        wanted = read_form(CommunityForm(), request.form)
    except Invalid as problem:
        return _form(None, request.form.to_dict(), in_words(problem)), 400
    with transaction():
        community = services.found_community(
            require_account().person_id,
            kind=Kind(wanted["kind"]),
            visibility=Audience(wanted["visibility"]),
            join_mode=JoinMode(wanted["join_mode"]),
            name=wanted["name"],
            domain=wanted["domain"],
            locale=wanted["locale"],
            rhythm=wanted["rhythm"],
            charter=wanted,
        )
        community_id = community.id
    return redirect(url_for("communities.overview", community_id=community_id))


@pages.get("/<uuid:community_id>/edit")
@coordinator
def edit(community_id: UUID) -> Answer:
    services.require_coordinator(community_id, require_account().person_id)
    community = get_or_404(Community, community_id)
    return _form(community, form_values(community))


@pages.post("/<uuid:community_id>/edit")
@coordinator
def change(community_id: UUID) -> Answer:
    proof = services.require_coordinator(community_id, require_account().person_id)
    try:
        wanted = read_form(CommunityForm(), request.form)
    except Invalid as problem:
        return _form(get_or_404(Community, community_id), request.form.to_dict(), in_words(problem)), 400
    with transaction():
        services.change_community(get_or_404(Community, community_id), proof, **wanted)
    flash(_("Saved."))
    return redirect(url_for("communities.charter", community_id=community_id))


def _form(community: Community | None, values: dict[str, str], errors: dict[str, list[str]] | None = None) -> str:
    return render_template(
        "communities/form.html",
        community=community,
        values=values,
        errors=errors or {},
        kinds=kind_options(),
        locales=locale_options(),
        reach=reach_rows(community, members=_("The members, also in other cities")),
        joining=joining_options(),
    )
