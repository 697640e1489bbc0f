# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joining, leaving, and what coordinators decide about it."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cop.accounts.models import Person
from cop.accounts.session import require_account
from cop.base.db import db, get_or_404, transaction
from cop.base.errors import Invalid, NotFound
from cop.base.forms import NoFields, in_words, read_form
from cop.base.i18n import _
from cop.base.web import coordinator, signed_in
from cop.communities import queries, services
from cop.communities.invitations import read_invitation, write_invitation
from cop.communities.models import Community, MembershipRecord
from cop.communities.pages import community_page
from cop.communities.rules import Invitation, Membership, MemberState, Role
from cop.communities.schemas import JoinForm, RefusalForm, RoleForm
from cop.communities.services.joining import PRESENT
from cop.communities.views.blueprint import Answer, pages


@pages.get("/<uuid:community_id>/join")
@signed_in
def join_form(community_id: UUID) -> Answer:
    account = require_account()
    token = request.args.get("invitation", "")
    community, _invitation = _open_to(community_id, token)
    record = queries.record_of(community_id, account.person_id)
    if record is not None and (record.state == MemberState.ACTIVE or (record.state == MemberState.ASKED and not token)):
        return _to_overview(community_id)
    return _join_page(community, {"shows_name": "", "role_title": account.unit, "invitation": token})


@pages.post("/<uuid:community_id>/join")
@signed_in
def join(community_id: UUID) -> Answer:
    person_id = require_account().person_id
    try:
        wanted = read_form(JoinForm(), request.form)
    except Invalid as problem:
        community, _invitation = _open_to(community_id, request.form.get("invitation", ""))
        return _join_page(community, request.form.to_dict(), in_words(problem)), 400
    token = wanted.pop("invitation")
    with transaction():
        community, invitation = _open_to(community_id, token)
        services.wish_to_join(community, db.session.get_one(Person, person_id), **wanted, invitation=invitation)
    return _to_overview(community_id)


@pages.get("/<uuid:community_id>/leave")
@signed_in
def leave_form(community_id: UUID) -> Answer:
    record = _own_record(community_id)
    return render_template("communities/leave.html", community=record.community, record=record)


@pages.post("/<uuid:community_id>/leave")
@signed_in
def leave(community_id: UUID) -> Answer:
    read_form(NoFields(), request.form)
    with transaction():
        record = _own_record(community_id)
        was_member = record.state == MemberState.ACTIVE
        services.wish_to_leave(record)
    flash(_("You have left.") if was_member else _("Your request is withdrawn."))
    return redirect(url_for("communities.index"))


@pages.get("/<uuid:community_id>/requests")
@coordinator
def requests(community_id: UUID) -> Answer:
    return _requests_page(services.require_coordinator(community_id, require_account().person_id))


@pages.post("/<uuid:community_id>/requests/<uuid:membership_id>/accept")
@coordinator
def accept(community_id: UUID, membership_id: UUID) -> Answer:
    read_form(NoFields(), request.form)
    with transaction():
        proof, record = _asked(community_id, membership_id)
        services.accept_member(record, proof)
        name = record.person.display_name
    flash(_("%(name)s is a member now.", name=name))
    return _to_requests(community_id)


@pages.post("/<uuid:community_id>/requests/<uuid:membership_id>/refuse")
@coordinator
def refuse(community_id: UUID, membership_id: UUID) -> Answer:
    try:
        said = read_form(RefusalForm(), request.form)
    except Invalid as problem:
        proof = services.require_coordinator(community_id, require_account().person_id)
        errors = {f"reason-{membership_id}": told for told in in_words(problem).values()}
        return _requests_page(proof, errors=errors, reason=request.form.get("reason", "")), 400
    with transaction():
        proof, record = _asked(community_id, membership_id)
        services.refuse_member(record, proof, reason=said["reason"])
    flash(_("The request is declined. Your answer is on its way."))
    return _to_requests(community_id)


@pages.post("/<uuid:community_id>/members/<uuid:membership_id>/role")
@coordinator
def change_role(community_id: UUID, membership_id: UUID) -> Answer:
    wanted = read_form(RoleForm(), request.form)
    with transaction():
        proof, record = _asked(community_id, membership_id)
        services.change_role(record, proof, Role(wanted["role"]))
    return redirect(url_for("communities.members", community_id=community_id))


def _open_to(community_id: UUID, token: str) -> tuple[Community, Invitation | None]:
    """Return a community that the reader sees, or is invited to."""
    if not token:
        return queries.visible(community_id, require_account().person_id), None
    # read first: a made-up one must not tell which communities there are
    invitation = read_invitation(token, community_id)
    return get_or_404(Community, community_id), invitation


def _asked(community_id: UUID, membership_id: UUID) -> tuple[Membership, MembershipRecord]:
    proof = services.require_coordinator(community_id, require_account().person_id)
    record = get_or_404(MembershipRecord, membership_id)
    if record.community_id != community_id:
        raise NotFound
    return proof, record


def _own_record(community_id: UUID) -> MembershipRecord:
    record = queries.record_of(community_id, require_account().person_id)
    if record is None or record.state not in PRESENT:
        raise NotFound
    return record


def _join_page(community: Community, values: dict[str, str], errors: dict[str, list[str]] | None = None) -> str:
    return render_template("communities/join.html", community=community, values=values, errors=errors or {})


def _requests_page(coordinator: Membership, **values: Any) -> str:
    community = get_or_404(Community, coordinator.community_id)
    invitation = url_for(
        "communities.join_form", community_id=community.id, invitation=write_invitation(coordinator), _external=True
    )
    return community_page(
        "communities/requests.html",
        community,
        tab="members",
        asked=queries.members_of(community.id, MemberState.ASKED),
        invitation=invitation,
        action=None,
        **values,
    )


def _to_overview(community_id: UUID) -> Response:
    return redirect(url_for("communities.overview", community_id=community_id))


def _to_requests(community_id: UUID) -> Response:
    return redirect(url_for("communities.requests", community_id=community_id))
