# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins accounts to the app."""

from flask import Flask, g

from cop.accounts.guard import init_guard
from cop.accounts.logout_views import endpoint
from cop.accounts.oidc import Provider
from cop.accounts.queries import known_cities
from cop.accounts.rules import AttemptLimit
from cop.accounts.session import init_sessions
from cop.accounts.views import pages
from cop.base.instance import City, this_city
from cop.base.pages import add_link
from cop.settings import Settings


def init(app: Flask, settings: Settings) -> None:
    """Register the sign-in, the sessions, and what every request passes."""
    app.extensions["cop.providers"] = {
        issuer.url: Provider(issuer, redirect_uri=f"{settings.origin}/login/callback") for issuer in settings.issuers
    }
    app.extensions["cop.sign_in_limit"] = AttemptLimit(settings.sign_ins_per_minute)
    init_sessions(app)
    init_guard(app)
    app.register_blueprint(pages)
    app.register_blueprint(endpoint)
    for key in ("sign_in", "sign_out", "profile", "devices"):
        add_link(app, key, f"accounts.{key}")
    add_link(app, "language", "accounts.choose_language")
    app.jinja_env.globals["city_of"] = city_of


def city_of(origin: str) -> City:
    """Return what a city is called and looks like; an unknown one by its address."""
    if "cop_cities" not in g:
        g.cop_cities = known_cities()
    found: City | None = g.cop_cities.get(origin)
    return found or City(origin, origin, origin.partition("//")[2], "?", 230, this_city().locale, this_city().zone)
