# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Articles to take along; whoever may read one may, and nobody else."""

from uuid import UUID

from flask import Response, render_template

from cop.accounts.session import current_account
from cop.base.errors import NotFound
from cop.base.i18n import N_
from cop.base.web import public
from cop.knowledge.exports import Sheet, as_json, as_markdown, as_pdf, makes_pdf, sheet_of
from cop.knowledge.views import readable
from cop.knowledge.writing import views  # with the pages that write

__all__ = ["views"]


@views.get("/knowledge/<uuid:article_id>.md")
@public
def markdown_file(article_id: UUID) -> Response:
    return _file(as_markdown(_sheet(article_id)), "text/markdown; charset=utf-8", f"{article_id}.md")


@views.get("/knowledge/<uuid:article_id>.json")
@public
def json_file(article_id: UUID) -> Response:
    return _file(as_json(_sheet(article_id)), "application/json", f"{article_id}.json")


@views.get("/knowledge/<uuid:article_id>.odt")
@public
def odt_file(article_id: UUID) -> Response:
    from cop.knowledge.exports.odt import as_odt

    kind = "application/vnd.oasis.opendocument.text"
    return _file(as_odt(_sheet(article_id)), kind, f"{article_id}.odt")


@views.get("/knowledge/<uuid:article_id>.pdf")
@public
def pdf_file(article_id: UUID) -> Response:
    """Answer the article as PDF.

    Raises:
        NotFound: where PDF isn't installed, and for who may not read it.
    """
    sheet = _sheet(article_id)
    if not makes_pdf():
        raise NotFound(N_("This city makes no PDF files."))
    return _file(as_pdf(sheet), "application/pdf", f"{article_id}.pdf")


@views.get("/knowledge/<uuid:article_id>/html")
@public
def html_to_copy(article_id: UUID) -> str:
    """Show the article as HTML for another site, to be copied."""
    return render_template("knowledge/copy.html", article_id=article_id, sheet=_sheet(article_id))


def _sheet(article_id: UUID) -> Sheet:
    account = current_account()
    return sheet_of(readable(article_id, account.person_id if account else None))


def _file(content: bytes, kind: str, name: str) -> Response:
    answer = Response(content, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
