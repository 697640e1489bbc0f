# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writing, correcting and withdrawing articles of this city."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cop.accounts.session import require_account
from cop.base.audience import Audience
from cop.base.db import transaction
from cop.base.errors import Conflict, Invalid
from cop.base.forms import in_words, read_form
from cop.base.html import render_markdown
from cop.base.i18n import N_, _, locale, translated
from cop.base.instance import is_ours
from cop.base.web import signed_in
from cop.communities import queries as communities
from cop.communities.models import Community
from cop.communities.reach import reach_rows
from cop.knowledge import services
from cop.knowledge.models import Article, ArticleKind
from cop.knowledge.schemas import WRITABLE, ArticleForm, CorrectionForm
from cop.knowledge.services import Overtaken
from cop.knowledge.views import member_in, readable, views
from cop.knowledge.words import DEFAULT_LICENCE, KINDS, LICENCES

__all__ = ["views"]

Page = tuple[str, int]


@views.get("/knowledge/new")
@signed_in
def new() -> Page:
    empty = {"locale": locale(), "licence": DEFAULT_LICENCE, "audience": Audience.CITY, "kind": ArticleKind.PRACTICE}
    return _new_page(empty | {"community": request.args.get("community", "")}, {}, 200)


@views.post("/knowledge/new")
@signed_in
def publish() -> Response | Page:
    account = require_account()
    try:
        wanted = read_form(ArticleForm(), request.form)
        if wanted.pop("do") == "preview":
            return _new_page(request.form, {}, 200)
        with transaction():
            community = _own_community(wanted.pop("community"), account.person_id)
            words = wanted.pop("tags").split(",")
            made = services.publish_article(
                author_person_id=account.person_id, community=community, tags=words, **wanted
            )
            target = url_for("knowledge.article", article_id=made.id)
    except (Invalid, Conflict) as problem:
        return _new_page(request.form, faults(problem), problem.status)
    flash(_("Published."))
    return redirect(target)


@views.get("/knowledge/<uuid:article_id>/edit")
@signed_in
def edit(article_id: UUID) -> Page:
    article = _writable(article_id)
    return _edit_page(article, facts(article), {}, 200)


@views.post("/knowledge/<uuid:article_id>/edit")
@signed_in
def correct(article_id: UUID) -> Response | Page:
    """Save a correction; whoever comes second gets both texts."""
    try:
        wanted = read_form(CorrectionForm(), request.form)
        if wanted.pop("do") == "preview":
            return _edit_page(_writable(article_id), request.form, {}, 200)
        with transaction():
            article = _writable(article_id)
            words = wanted.pop("tags").split(",")
            services.correct_article(article, tags=words, **wanted)
    except Overtaken as problem:
        article = _writable(article_id)
        sent = request.form.to_dict() | {"rev": str(article.rev)}
        return _edit_page(article, sent, faults(problem, "body"), problem.status, theirs=article.body)
    except (Invalid, Conflict) as problem:
        return _edit_page(_writable(article_id), request.form, faults(problem), problem.status)
    flash(_("Saved."))
    return redirect(url_for("knowledge.article", article_id=article_id))


@views.get("/knowledge/<uuid:article_id>/withdraw")
@signed_in
def ask_withdrawal(article_id: UUID) -> str:
    return render_template("knowledge/withdraw.html", article=_deletable(article_id))


@views.post("/knowledge/<uuid:article_id>/withdraw")
@signed_in
def withdraw(article_id: UUID) -> Response:
    with transaction():
        services.withdraw_article(_deletable(article_id))
    flash(_("Withdrawn. Partner cities delete it too."))
    return redirect(url_for("knowledge.index"))


def faults(problem: Invalid | Conflict, field: str = "audience") -> dict[str, list[str]]:
    """Return by field what is wrong, in the reader's language."""
    return (
        in_words(problem) if isinstance(problem, Invalid) else {field: [translated(problem.sentence, problem.values)]}
    )


def facts(article: Article) -> dict[str, Any]:
    """Return an article as its form shows it."""
    return {
        "title": article.title,
        "body": article.body,
        "tags": ", ".join(tag.tag for tag in article.tags),
        "audience": article.audience,
        "licence": article.licence,
        "rev": article.rev,
    }


def _deletable(article_id: UUID) -> Article:
    account = require_account()
    article = readable(article_id, account.person_id)
    services.require_writer(article, account.person_id, member_in(article.community_id, account.person_id))
    return article


def _writable(article_id: UUID) -> Article:
    article = _deletable(article_id)
    if article.kind == ArticleKind.MINUTES:
        raise Conflict(N_("Minutes are corrected at their meeting."))
    return article


def _own_community(community_id: UUID | None, person_id: UUID) -> Community | None:
    if community_id is None:
        return None
    found = [own for own in _own_communities(person_id) if own.id == community_id]
    if not found:
        raise Conflict(N_("Please choose one of your communities."))
    return found[0]


def _own_communities(person_id: UUID) -> list[Community]:
    return [own for own in communities.communities_of(person_id) if is_ours(own.origin)]


def _new_page(values: Mapping[str, Any], errors: Mapping[str, list[str]], status: int) -> Page:
    own = _own_communities(require_account().person_id)
    return render_template(
        "knowledge/new.html",
        communities=own,
        rows=reach_rows(None, members=_("The members of the community chosen above") if own else ""),
        kinds=[(kind.value, translated(KINDS[kind])) for kind in WRITABLE],
        **_form(values, errors),
    ), status


def _edit_page(
    article: Article, values: Mapping[str, Any], errors: Mapping[str, list[str]], status: int, theirs: str = ""
) -> Page:
    return render_template(
        "knowledge/edit.html",
        article=article,
        rows=reach_rows(article.community),
        theirs=theirs,
        **_form(values, errors),
    ), status


def _form(values: Mapping[str, Any], errors: Mapping[str, list[str]]) -> dict[str, Any]:
    preview = request.method == "POST" and request.form.get("do") == "preview" and not errors
    return {
        "values": values,
        "errors": errors,
        "preview": render_markdown(request.form.get("body", ""), remote=False) if preview else "",
        "licences": [(code, f"{licence.name}: {translated(licence.meaning)}") for code, licence in LICENCES.items()],
    }
