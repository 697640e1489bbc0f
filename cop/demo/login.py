# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The development login of the demo: one provider, an issuer for each city."""

from collections.abc import Iterator
from contextlib import contextmanager

from cop.demo.cities import DemoCity, issuer_port
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


@contextmanager
def logins(cities: list[DemoCity]) -> Iterator[None]:
    """Let people sign in, in threads of this process: another one would take seconds to start."""
    realms = [realm_of(city.key, city.settings) for city in cities]
    running = start_devidp(realms, port=issuer_port(cities[0]), development=True)
    try:
        yield
    finally:
        running.close()
