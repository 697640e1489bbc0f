# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page of the search."""

from flask import Blueprint, render_template, request

from cop.accounts.session import require_account
from cop.base.web import signed_in
from cop.search.rules import LONGEST_QUESTION, words_of
from cop.search.sources import sources

views = Blueprint("search", __name__, template_folder="templates")


@views.get("/search")
@signed_in
def results() -> str:
    question = " ".join(request.args.get("q", "")[:LONGEST_QUESTION].split())
    words = words_of(question)
    person_id = require_account().person_id
    found = [(source, source.find(person_id, words)) for source in sources()] if words else []
    return render_template(
        "search/results.html",
        question=question,
        asked=bool(words),
        found=[(source, hits) for source, hits in found if hits],
        count=sum(len(hits) for _source, hits in found),
    )
