# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The only sanitiser, and Markdown."""

import bleach
import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

TAGS = frozenset(
    (
        *(
            "a",
            "abbr",
            "b",
            "blockquote",
            "br",
            "code",
            "dd",
            "del",
            "dl",
            "dt",
            "em",
            "h2",
            "h3",
            "h4",
            "hr",
            "i",
            "ins",
        ),
        *("li", "ol", "p", "pre", "s", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"),
    )
)
ATTRIBUTES = {"a": {"href", "title"}, "abbr": {"title"}, "ol": {"start"}, "th": {"scope"}}
SCHEMES = frozenset({"http", "https", "mailto"})

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": True}).enable(["table", "strikethrough", "linkify"])


def sanitize_html(html: str, *, remote: bool = True) -> Markup:
    """Return what of `html` may be shown: our tags, no scripts, no images, links to http, https and mailto only.

    bleach goes first, nh3 has the last word: bleach gets no more fixes. In
    `remote` text links without a host are dropped: they would point into this city.
    """
    first = bleach.clean(
        html,
        tags=TAGS,
        attributes={tag: list(names) for tag, names in ATTRIBUTES.items()},
        protocols=SCHEMES,
        strip=True,
    )
    last = nh3.clean(
        first,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        url_schemes=set(SCHEMES),
        url_relative="deny" if remote else "pass_through",
        link_rel="noopener noreferrer nofollow",
        generic_attribute_prefixes=set(),
        attribute_filter=_without_hidden_hosts,
    )
    return Markup(last)  # noqa: S704  this is the one place that makes markup from text


def _without_hidden_hosts(tag: str, attribute: str, value: str) -> str | None:
    """Drop links that look like paths of ours but lead to another host, as two slashes do."""
    return None if attribute == "href" and value[:1] in {"/", "\\"} and value[1:2] in {"/", "\\"} else value


def render_markdown(text: str, *, remote: bool = True) -> Markup:
    """Return Markdown as safe HTML; headings start at level 2, since the page has its own h1."""
    tokens = _markdown.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 4)}"
    return sanitize_html(_markdown.renderer.render(tokens, _markdown.options, {}), remote=remote)
