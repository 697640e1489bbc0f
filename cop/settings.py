# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What an operator decides: a TOML file, `COP_*` over it, `COP_*_FILE` for secrets."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cop.base.i18n import LOCALES
from cop.base.instance import City
from cop.base.plugin_settings import LOOPBACK, PREFIX, SettingsError
from cop.base.zones import is_zone

MIN_SECRET = 32
#: nothing that could add to a header or a policy
FRAMING = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?")

__all__ = ["Issuer", "Settings", "SettingsError", "load_settings"]


@dataclass(frozen=True, slots=True)
class Issuer:
    """An OpenID provider whose people may sign in."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = ""
    organisation_claim: str = "organisation"
    unit_claim: str = "unit"
    role_claim: str = "groups"
    admin_role: str = ""


def setting(doc: str, **options: Any) -> Any:
    """Declare a setting with the sentence that documents it."""
    return field(metadata={"doc": doc}, **options)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one instance."""

    origin: str = setting("Canonical origin, e.g. https://reihum.example.org; ids are made of it and it never changes.")
    secret_key: str = setting("At least 32 random characters; signs cookies and encrypts private keys.", repr=False)
    city_name: str = setting("Full name of the municipality, e.g. Stadt Kassel.")
    city_short: str = setting("Name in running text, e.g. Kassel.")
    city_letters: str = setting("Two or three letters for the city's badge.")
    issuers: tuple[Issuer, ...] = setting("OpenID providers: url, client_id, client_secret, name, claims.")
    database: str = setting(
        "Database address; PostgreSQL in production.", default="sqlite:///reihum.sqlite", repr=False
    )
    city_hue: int = setting("Hue of the city's badge in degrees, not 15 to 40.", default=262)
    locale: str = setting("Language of the city: de, da or en.", default="de")
    zone: str = setting("Time zone of the city.", default="Europe/Berlin")
    mail_url: str = setting(
        "How mail leaves: smtp://host:25, smtps://…, or file:///folder.", default="smtp://localhost:25", repr=False
    )
    mail_sender: str = setting("Sender of all mail.", default="reihum@localhost")
    imprint_url: str = setting(
        "The city's legal notice; without one, Reihum shows a page that says what is missing.", default=""
    )
    privacy_url: str = setting("The city's privacy notice.", default="")
    sign_ins_per_minute: int = setting(
        "Sign-ins that may be begun from one address in a minute; one that succeeds doesn't count.", default=10
    )
    streams: int = setting("Live streams that may be open at once in one web process.", default=2_000)
    metrics_token: str = setting(
        "Who sends it may read /metrics (Authorization: Bearer); without one there is no such page.",
        default="",
        repr=False,
    )
    plugins: Mapping[str, Mapping[str, str]] = setting(
        "A table for each plugin, [plugins.<name>]; in the environment COP_PLUGINS_<NAME>_<SETTING>.",
        default_factory=dict,
        repr=False,
    )
    frame_ancestors: str = setting(
        "Sites whose pages may show a community's articles in a frame, blanks between them: https://intranet.example.org.",
        default="",
    )
    development: bool = setting(
        "Allows plain http, loopback peers and the development login; never in production.", default=False
    )

    def __post_init__(self) -> None:
        """Check what is there.

        Raises:
            SettingsError: naming all that is wrong.
        """
        wrong = [sentence for bad, sentence in self._faults() if bad]
        if wrong:
            raise SettingsError("; ".join(wrong))

    def _faults(self) -> list[tuple[bool, str]]:
        parts = urlsplit(self.origin)
        loopback = parts.hostname in LOOPBACK
        return [
            (
                f"{parts.scheme}://{parts.netloc}" != self.origin or "@" in parts.netloc,
                "origin must be https://host without a path",
            ),
            (parts.scheme != "https" and not (self.development and loopback), "origin must begin with https://"),
            (self.development and not loopback, "development is for loopback origins only"),
            (len(self.secret_key) < MIN_SECRET, f"secret_key needs {MIN_SECRET} characters"),
            (self.locale not in LOCALES, "locale must be de, da or en"),
            (not is_zone(self.zone), f"zone {self.zone!r} is unknown"),
            (0 < len(self.metrics_token) < MIN_SECRET, f"metrics_token needs {MIN_SECRET} characters"),
            (
                not all(FRAMING.fullmatch(site) for site in self.frame_ancestors.split()),
                "frame_ancestors must be https://host, with blanks between them",
            ),
            (not self.issuers, "issuers needs at least one OpenID provider"),
        ]

    @property
    def city(self) -> City:
        """The city as pages show it."""
        return City(
            origin=self.origin,
            name=self.city_name,
            short=self.city_short,
            letters=self.city_letters,
            hue=self.city_hue,
            locale=self.locale,
            zone=self.zone,
        )


def load_settings(path: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; the environment wins over the file.

    Raises:
        SettingsError: naming all that is missing, unknown or wrong at once.
    """
    told = _from_file(path or _default_path(environment))
    found = told | _from_environment(environment)
    found["plugins"] = _plugin_tables(told.get("plugins", {}), environment)
    known = {entry.name: entry for entry in fields(Settings)}
    unknown = sorted(found.keys() - known.keys())
    if unknown:
        raise SettingsError(f"unknown settings: {', '.join(unknown)}")
    missing = [name for name, entry in known.items() if entry.default is MISSING and name not in found]
    if missing:
        raise SettingsError(f"missing: {', '.join(f'{name} (COP_{name.upper()})' for name in missing)}")
    return Settings(**{name: _typed(known[name].type, value, name) for name, value in found.items()})


def _default_path(environment: Mapping[str, str]) -> Path | None:
    named = environment.get("COP_CONFIG")
    return Path(named) if named else None


def _from_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"can't read {path}: {error}") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in fields(Settings):
        name = f"COP_{entry.name.upper()}"
        if f"{name}_FILE" in environment:
            found[entry.name] = _secret(f"{name}_FILE", Path(environment[f"{name}_FILE"]))
        if name in environment:
            found[entry.name] = environment[name]
    return found


def _plugin_tables(told: Any, environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return a table for each plugin: the file's, and over it the environment's, where files come before values."""
    try:
        tables = {plugin: {name: str(value) for name, value in table.items()} for plugin, table in told.items()}
    except AttributeError as error:
        raise SettingsError(f"plugins can't be read: {error}") from error
    for variable in sorted(environment, key=lambda name: not name.endswith("_FILE")):
        plugin, _, name = variable.removeprefix(PREFIX).lower().partition("_")
        if not variable.startswith(PREFIX) or not name:
            continue
        value = environment[variable]
        if name.endswith("_file"):
            name, value = name.removesuffix("_file"), _secret(variable, Path(value))
        tables.setdefault(plugin, {})[name] = value
    return tables


def _secret(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"can't read {name}: {error}") from error


def _typed(kind: Any, value: Any, name: str) -> Any:
    """Return a value of the file or the environment as the setting's type."""
    try:
        if name == "plugins":
            return value
        if name == "issuers":
            entries = json.loads(value) if isinstance(value, str) else value
            return tuple(Issuer(**entry) for entry in entries)
        if kind is bool and isinstance(value, str):
            return {"true": True, "1": True, "false": False, "0": False}[value.lower()]
        return kind(value)
    except (TypeError, ValueError, KeyError) as error:
        raise SettingsError(f"{name} can't be read: {error}") from error
