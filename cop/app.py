# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The composition root: the one module that knows every part."""

from collections.abc import Callable

from flask import Flask

from cop.accounts import setup as accounts
from cop.base import db, events, found, i18n, instance, lease, live, logs, mail, pages, pending, plugins, web
from cop.communities import setup as communities
from cop.home import setup as home
from cop.knowledge import setup as knowledge
from cop.meetings import hooks as meeting_hooks
from cop.meetings import setup as meetings
from cop.minutes import setup as minutes
from cop.notifications import setup as notifications
from cop.room import setup as room
from cop.rotation import setup as rotation
from cop.search import setup as search
from cop.settings import Settings
from cop.sharing import setup as sharing
from cop.site import setup as site
from cop.visits import setup as visits

#: each registers its blueprint, subscribers and template globals
PARTS: tuple[Callable[[Flask, Settings], None], ...] = (
    accounts.init,
    communities.init,
    rotation.init,
    meetings.init,
    knowledge.init,
    minutes.init,
    room.init,
    search.init,
    home.init,
    notifications.init,
    sharing.init,
    visits.init,
    site.init,
)
#: base's own tables: known to migrations once the app is
TABLES = (lease.Lease, mail.Mail, pending.PendingRequest)
MOST_BYTES = 1_048_576


def create_app(settings: Settings) -> Flask:
    """Build the app of one city.

    Raises:
        RuntimeError: when a route declares no policy, or a plugin's hook is misspelt.
        SettingsError: when a plugin is not installed, or can't use what is configured for it.
    """
    app = Flask("cop", template_folder="base/templates", static_folder="base/static")
    app.jinja_environment = pages.PageEnvironment
    scheme, _, host = settings.origin.partition("://")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=MOST_BYTES,
        SERVER_NAME=host,
        PREFERRED_URL_SCHEME=scheme,
        TRUSTED_HOSTS=[host],
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.debug = False  # whatever FLASK_DEBUG says: a failure is a page with a number
    app.extensions["cop.settings"] = settings
    logs.init_logs(development=settings.development)
    instance.init_instance(app, settings.city, development=settings.development)
    events.init_events(app)
    db.init_db(app, settings.database)
    live.init_live(app, most=settings.streams)
    found.init_found()
    i18n.init_i18n(app)
    web.init_web(app)
    pages.init_pages(app)
    plugins.init_plugins(app, [meeting_hooks], settings.plugins)
    for init in PARTS:
        init(app, settings)
    web.check_policies(app)
    return app
