# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The two cities of the demo: their settings, ports and folders."""

import json
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cop.settings import Settings, load_settings

NETWORKS = Path(__file__).parent / "networks.json"
FACTS: dict[str, dict[str, Any]] = {
    "kassel": {"letters": "KS", "short": "Kassel", "hue": 262, "zone": "Europe/Berlin"},
    "aalborg": {"letters": "AA", "short": "Aalborg", "hue": 200, "zone": "Europe/Copenhagen"},
}
CLIENT = "reihum"


class PortTaken(Exception):  # noqa: N818  said as it is
    """Another program listens where a city should."""


@dataclass(frozen=True, slots=True)
class DemoCity:
    """A city of the demo and where its things lie."""

    key: str
    port: int
    folder: Path
    settings: Settings

    @property
    def config(self) -> Path:
        """Its settings file."""
        return self.folder / "cop.toml"

    @property
    def mail(self) -> Path:
        """Where its mail lands."""
        return self.folder / "mail"


def networks() -> dict[str, Any]:
    """Return what the sources say about the networks."""
    facts: dict[str, Any] = json.loads(NETWORKS.read_text(encoding="utf-8"))
    return facts


def prepare(folder: Path, first_port: int) -> list[DemoCity]:
    """Return the two cities, with settings files that are written once.

    Ids contain the port, so a demo keeps its ports with its data.
    """
    names = {city["key"]: city for city in networks()["cities"]}
    return [_city(folder / key, names[key], first_port, place) for place, key in enumerate(FACTS, start=1)]


def _city(folder: Path, about: dict[str, Any], first_port: int, place: int) -> DemoCity:
    config = folder / "cop.toml"
    if not config.exists():
        folder.mkdir(parents=True, exist_ok=True)
        config.touch(mode=0o600)
        config.write_text(_toml(folder, about, first_port, place), encoding="utf-8")
    settings = load_settings(config, environment={})
    return DemoCity(about["key"], int(settings.origin.rpartition(":")[2]), folder, settings)


def _toml(folder: Path, about: dict[str, Any], first_port: int, place: int) -> str:
    facts = FACTS[about["key"]]
    lines = {
        "origin": f"http://127.0.0.1:{first_port + place}",
        "secret_key": secrets.token_urlsafe(48),
        "city_name": about["name"],
        "city_short": facts["short"],
        "city_letters": facts["letters"],
        "city_hue": facts["hue"],
        "locale": about["locale"],
        "zone": facts["zone"],
        "database": f"sqlite:///{folder.resolve() / 'reihum.sqlite'}",
        "mail_url": f"file://{folder.resolve() / 'mail'}",
        "mail_sender": f"reihum@{about['key']}.example",
        "development": True,
    }
    issuer = {
        "url": f"http://127.0.0.1:{first_port}/{about['key']}",
        "client_id": CLIENT,
        "client_secret": secrets.token_urlsafe(24),
        "name": about["name"],
        "admin_role": "reihum-admin",
    }
    return "\n".join([*_pairs(lines), "", "[[issuers]]", *_pairs(issuer), ""])


def _pairs(values: dict[str, Any]) -> list[str]:
    # a JSON string, number or truth value is a TOML one too
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]


def issuer_port(city: DemoCity) -> int:
    """Return the port of the development login."""
    return int(city.settings.issuers[0].url.split(":")[2].partition("/")[0])


def check_ports(cities: list[DemoCity]) -> None:
    """Make sure that nobody listens where we want to.

    Raises:
        PortTaken: naming the port and what to do.
    """
    for port in [issuer_port(cities[0]), *(city.port for city in cities)]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise PortTaken(
                    f"Port {port} is in use. End the other program, or use others: cop demo --reset --port 8200"
                ) from error
