# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a community shows outside: to everybody, or by a secret address to all who work in its city."""

import hashlib
import secrets
from uuid import UUID

from sqlalchemy import delete, select

from cop.base.audience import SHOWN_TO_PEERS, Audience
from cop.base.clock import now
from cop.base.db import db
from cop.base.errors import NotFound
from cop.base.i18n import N_
from cop.base.instance import this_city
from cop.communities.models import Community
from cop.knowledge.models import Article, IntranetAddress

TOKEN_BYTES = 32
LONGEST_TOKEN = 100
#: articles in a feed, newest first
SHOWN = 20


def make_address(community: Community) -> str:
    """Make a community's secret address and return its token, which is stored nowhere; an older one ends."""
    end_address(community)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    db.session.add(IntranetAddress(community_id=community.id, token_hash=_hash(token), made_at=now()))
    db.session.flush()  # a second one at the same moment fails here, not later
    return token


def end_address(community: Community) -> None:
    """Make a community's secret address useless."""
    db.session.execute(delete(IntranetAddress).where(IntranetAddress.community_id == community.id))


def address_of(community: Community) -> IntranetAddress | None:
    return db.session.scalar(select(IntranetAddress).where(IntranetAddress.community_id == community.id))


def shown_outside(community_id: UUID, token: str) -> tuple[Community, list[Article]]:
    """Return a community of ours and its newest articles: public ones, and with its token the city's, too.

    Raises:
        NotFound: when there is no such community, it isn't of this city, its token is another, or nothing is public.
    """
    community = db.session.get(Community, community_id)
    if community is None or community.origin != this_city().origin:
        raise NotFound(N_("This page does not exist."))
    if token and not _opens(community, token):
        raise NotFound(N_("This address is no longer in use."))
    readers = {Audience.CITY, *SHOWN_TO_PEERS} if token else {Audience.PUBLIC}
    found = select(Article).where(Article.community_id == community.id, Article.audience.in_(readers))
    articles = list(db.session.scalars(found.order_by(Article.published_at.desc(), Article.id.desc()).limit(SHOWN)))
    if not articles and not token:
        raise NotFound(N_("This page does not exist."))
    return community, articles


def _opens(community: Community, token: str) -> bool:
    address = address_of(community) if len(token) <= LONGEST_TOKEN else None
    return address is not None and secrets.compare_digest(address.token_hash, _hash(token))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
