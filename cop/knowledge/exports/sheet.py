# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What every file says of an article: never its author, who is named on its page to those who may know."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from cop.accounts.setup import city_of
from cop.base.html import render_markdown
from cop.base.i18n import _, force_locale, long_day
from cop.base.instance import this_city
from cop.knowledge.models import Article
from cop.knowledge.words import LICENCES


@dataclass(frozen=True, slots=True)
class Sheet:
    """An article as it leaves, `facts` in its own language."""

    title: str
    body: str
    html: Markup
    locale: str
    city: str
    version: int
    published_at: datetime
    updated_at: datetime
    licence: str
    licence_url: str
    address: str
    tags: tuple[str, ...]
    facts: str


def sheet_of(article: Article) -> Sheet:
    """Return what may leave of an article; the reader's right to it was checked."""
    city, licence = city_of(article.origin).name, LICENCES.get(article.licence)
    with force_locale(article.locale):
        version = _("version %(version)s", version=article.version)
        facts = f"{city} · {long_day(article.updated_at)} · {version}"
    return Sheet(
        title=article.title,
        body=article.body,
        html=render_markdown(article.body),  # as if from elsewhere: paths of this city lead nowhere in a file
        locale=article.locale,
        city=city,
        version=article.version,
        published_at=article.published_at,
        updated_at=article.updated_at,
        licence=licence.name if licence else article.licence,
        licence_url=licence.url if licence else "",
        address=f"{this_city().origin}/knowledge/{article.id}",
        tags=tuple(tag.tag for tag in article.tags),
        facts=facts,
    )
