# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The development login of the demo: one provider process, an issuer for each city."""

import threading
from pathlib import Path

from cop.demo.cities import DemoCity, prepare
from cop.demo.people import PERSONAS
from cop.devidp.realms import Client, Realm
from cop.devidp.setup import start_devidp
from cop.settings import Settings


def realm_of(key: str, settings: Settings) -> Realm:
    """Return a city's issuer with its personas."""
    issuer = settings.issuers[0]
    client = Client(
        issuer.client_id,
        issuer.client_secret,
        redirect_uris=(f"{settings.origin}/login/callback",),
        post_logout_redirect_uris=(f"{settings.origin}/signed-out",),
    )
    return Realm(key, settings.city_name, settings.locale, PERSONAS[key], [client])


def run_login(folder: Path, port: int) -> None:
    """Serve the cities of a demo folder until the process is told to end."""
    cities: list[DemoCity] = prepare(folder, port)
    running = start_devidp([realm_of(city.key, city.settings) for city in cities], port=port, development=True)
    try:
        threading.Event().wait()
    finally:
        running.close()
