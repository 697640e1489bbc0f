# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reading articles."""

import re
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request

from cop.accounts.models import Person
from cop.accounts.session import current_account, require_account
from cop.base.errors import Forbidden, NotFound, SignInNeeded
from cop.base.html import render_markdown
from cop.base.instance import is_ours
from cop.base.web import public, signed_in
from cop.communities import queries as communities
from cop.communities import services as members
from cop.communities.pages import community_page
from cop.communities.rules import Membership
from cop.knowledge import queries
from cop.knowledge.models import Article, ArticleKind
from cop.knowledge.pages import asides_of
from cop.knowledge.queries import Wanted
from cop.knowledge.rules import compare
from cop.knowledge.services import may_write
from cop.knowledge.words import KINDS, LICENCES

views = Blueprint("knowledge", __name__, template_folder="templates")
LAST_PAGE = 1000


@views.get("/knowledge")
@signed_in
def index() -> str:
    person_id = require_account().person_id
    wanted = _wanted()
    articles, more = queries.articles_for(person_id, wanted)
    return render_template(
        "knowledge/index.html",
        articles=articles,
        more=more,
        wanted=wanted,
        choices=queries.choices_for(person_id),
        KINDS=KINDS,
    )


@views.get("/knowledge/<uuid:article_id>")
@public
def article(article_id: UUID) -> str:
    """Show an article; a public one to everybody."""
    account = current_account()
    person_id = account.person_id if account else None
    found = readable(article_id, person_id)
    membership = member_in(found.community_id, person_id) if person_id else None
    return render_template(
        "knowledge/article.html",
        author=_author_for(found, person_id, membership),
        text=render_markdown(found.body, remote=not is_ours(found.origin)),
        asides=asides_of(found, person_id),
        revisions=queries.revisions_of(found, person_id),
        mine=person_id is not None and may_write(found, person_id, membership),
        **facts_of(found),
    )


@views.get("/knowledge/<uuid:article_id>/versions/<int(max=2000000000):version>")
@public
def version(article_id: UUID, version: int) -> str:
    """Say in words what one version changed."""
    account = current_account()
    person_id = account.person_id if account else None
    found = readable(article_id, person_id)
    revision = queries.revision_of(found, version, person_id)
    before = queries.revision_before(revision, person_id)
    return render_template(
        "knowledge/version.html",
        revision=revision,
        before=before,
        title_lines=compare(before.title, revision.title) if before and before.title != revision.title else [],
        lines=compare(before.body, revision.body) if before else [],
        text=render_markdown(revision.body, remote=not is_ours(found.origin)),
        **facts_of(found),
    )


@views.get("/communities/<uuid:community_id>/knowledge")
@signed_in
def of_community(community_id: UUID) -> str:
    person_id = require_account().person_id
    community = communities.visible(community_id, person_id)
    articles = queries.of_community(community.id, person_id)
    return community_page("knowledge/of_community.html", community, tab="knowledge", articles=articles, KINDS=KINDS)


def readable(article_id: UUID, person_id: UUID | None) -> Article:
    """Return an article that somebody may read; who isn't signed in may be able to after signing in."""
    try:
        return queries.article_for(article_id, person_id)
    except NotFound:
        if person_id is None:
            raise SignInNeeded from None
        raise


def member_in(community_id: UUID | None, person_id: UUID) -> Membership | None:
    """Return somebody's membership, if they have one."""
    if community_id is None:
        return None
    try:
        return members.require_member(community_id, person_id)
    except (Forbidden, NotFound):
        return None


def _author_for(found: Article, person_id: UUID | None, membership: Membership | None) -> Person | None:
    """Return who is named as the author: colleagues to colleagues, members to members, nobody to the public."""
    if found.author is None or person_id is None:
        return None
    return found.author if membership is not None or is_ours(found.author.origin) else None


def facts_of(found: Article) -> dict[str, Any]:
    return {
        "article": found,
        "licence": LICENCES.get(found.licence),
        "KINDS": KINDS,
        "kind": KINDS[ArticleKind(found.kind)],
    }


def _wanted() -> Wanted:
    """Read what the list is narrowed to; what makes no sense narrows nothing."""
    kind = request.args.get("kind", "")
    page = request.args.get("page", "")
    return Wanted(
        kind=ArticleKind(kind) if kind in set(ArticleKind) else None,
        city=_argument("city", 200),
        tag=_argument("tag", 60),
        page=min(int(page), LAST_PAGE) if re.fullmatch("[1-9][0-9]{0,9}", page) else 1,
    )


def _argument(name: str, longest: int) -> str:
    # PostgreSQL takes no NUL
    return request.args.get(name, "").replace("\0", "")[:longest]
