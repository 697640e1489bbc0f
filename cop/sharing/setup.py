# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins federation to the app."""

from typing import Any, cast

from flask import Flask

from cop.base.clock import now
from cop.base.pages import add_link
from cop.base.web import add_former, peer
from cop.settings import Settings
from cop.sharing.api import found
from cop.sharing.dispatch import init_dispatcher
from cop.sharing.gone_views import pages as gone_pages
from cop.sharing.gone_views import what_stood_here
from cop.sharing.history_views import pages as history_pages
from cop.sharing.hub import Hub, hub, init_hub
from cop.sharing.key_views import pages as key_pages
from cop.sharing.letter_views import pages as letter_pages
from cop.sharing.metrics_views import pages as metrics_pages
from cop.sharing.outgoing.speaking import init_speaking
from cop.sharing.quarantine_views import pages as quarantine_pages
from cop.sharing.readable import Readable
from cop.sharing.reading import init_readers
from cop.sharing.stores import SqlFeed, SqlHoldings
from cop.sharing.subscribers import listen
from cop.sharing.trust_views import pages as trust_pages
from cop.sharing.views import pages
from cop.sharing.words import init_words
from federation.answers import sign_answer
from federation.digests import Digests
from federation.feed import Pages
from federation.flask import create_blueprint
from federation.origins import Origin
from federation.peering import Peering


class _Later:
    """The handshake, put together when it is first needed: it holds the key, and tables may not be there yet."""

    def __getattr__(self, name: str) -> Any:
        return getattr(hub().peering, name)


def init(app: Flask, settings: Settings) -> None:
    """Register the endpoints for peers, the administrators' pages, subscribers and words."""
    parts: Hub = init_hub(app, settings)
    init_dispatcher(app, parts)
    init_readers(app, parts)
    init_speaking()
    listen(app)
    init_words(app)
    app.register_blueprint(pages)
    app.register_blueprint(found)
    app.register_blueprint(letter_pages)
    app.register_blueprint(trust_pages)
    app.register_blueprint(quarantine_pages)
    app.register_blueprint(metrics_pages)
    app.register_blueprint(history_pages)
    app.register_blueprint(gone_pages)
    add_former(app, what_stood_here)
    app.register_blueprint(key_pages)
    add_link(app, "admin", "sharing.index")
    app.register_blueprint(
        create_blueprint(
            origin=Origin(settings.origin),
            inbox=parts.inbox,
            peering=cast("Peering", _Later()),
            documents=Readable(),
            feed=Pages(SqlFeed()),
            digests=Digests(SqlHoldings()),
            sign=lambda answer, request: sign_answer(answer, request=request, key=parts.key_for(request), at=now()),
            policy=peer,
        )
    )
