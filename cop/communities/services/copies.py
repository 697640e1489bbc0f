# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Copies of communities whose home is elsewhere: the home's word replaces ours."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select

from cop.base.audience import Audience
from cop.base.db import db, new_id
from cop.base.errors import Forbidden
from cop.base.found import by_uri
from cop.base.instance import is_ours
from cop.communities.models import Charter, Community, Kind, MembershipRecord
from cop.communities.rules import JoinMode
from cop.communities.services.founding import CHARTER


def apply_copy(
    *,
    uri: str,
    origin: str,
    rev: int,
    kind: str,
    name: str,
    domain: str,
    locale: str,
    rhythm: str,
    visibility: str,
    join_mode: str,
    members_by_city: Mapping[str, int],
    charter: Mapping[str, Any],
    extra: Mapping[str, Any],
    parent_uri: str | None = None,
) -> Community | None:
    """Add the copy, or replace it when `rev` is higher; return None when it is old news.

    Raises:
        Forbidden: when the community belongs to another city, or to this one.
    """
    copy = _copy(uri, origin)
    if copy is None:
        copy = Community(id=new_id(), uri=uri, origin=origin, charter=Charter())
        db.session.add(copy)
    elif copy.rev >= rev:
        return None
    copy.rev, copy.kind, copy.name, copy.domain = rev, Kind(kind), name, domain
    copy.locale, copy.rhythm = locale, rhythm
    copy.visibility, copy.join_mode = Audience(visibility), JoinMode(join_mode)
    copy.members_by_city, copy.extra = dict(members_by_city), dict(extra)
    copy.parent_id = db.session.scalar(
        select(Community.id).where(Community.uri == parent_uri, Community.origin == origin)
    )
    _apply_charter(copy, charter)
    db.session.flush()  # what follows refers to it
    return copy


def _apply_charter(copy: Community, charter: Mapping[str, Any]) -> None:
    kept = copy.charter = copy.charter or Charter()
    empty: dict[str, Any] = {"purpose": "", "agreed_on": None}
    for part in CHARTER:
        setattr(kept, part, charter.get(part, empty.get(part, [])))


def forget_copy(uri: str, origin: str) -> None:
    """Forget a community that its home deleted: nothing of it stays but its id, since others refer to it.

    Raises:
        Forbidden: when the community belongs to another city, or to this one.
    """
    copy = _copy(uri, origin)
    if copy is None:
        return
    db.session.execute(delete(MembershipRecord).where(MembershipRecord.community_id == copy.id))
    # whatever comes again later is news
    copy.rev = 0
    copy.name = copy.domain = copy.rhythm = ""
    copy.members_by_city, copy.extra, copy.charter = {}, {}, None
    # without members, nobody sees it any more
    copy.visibility = Audience.COMMUNITY


def _copy(uri: str, origin: str) -> Community | None:
    found = by_uri(Community, uri, lock=True)
    if is_ours(origin) or (found is not None and found.origin != origin):
        raise Forbidden
    return found
