# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What an operator configured for plugins: a table each, checked by the plugin that reads it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PREFIX = "COP_PLUGINS_"
LOOPBACK = frozenset({"127.0.0.1", "localhost"})


class SettingsError(ValueError):
    """The settings can't be used; the text names all that is missing or wrong at once."""


@dataclass(frozen=True, slots=True)
class PluginSettings:
    """The tables of all plugins, by the names of their entry points; in `development` loopback needs no https."""

    tables: Mapping[str, Mapping[str, str]] = field(repr=False)
    development: bool = False

    def table(
        self, plugin: str, *, needed: Collection[str], optional: Mapping[str, str] | None = None
    ) -> dict[str, str] | None:
        """Return what is configured for a plugin; None where nothing is, and the plugin stays quiet.

        A setting named `url` has to be an https address, and is returned without a slash at its end.

        Args:
            plugin: the name of its entry point, as in `[plugins.<name>]`.
            needed: settings that must be there.
            optional: settings that may be there, with what holds otherwise.

        Raises:
            SettingsError: naming all of the table that is missing, unknown or wrong.
        """
        found = self.tables.get(plugin)
        if found is None:
            return None
        faults = [f"missing: {_named(plugin, name)}" for name in needed if not found.get(name)]
        faults += [f"unknown: plugins.{plugin}.{name}" for name in sorted(found.keys() - {*needed, *(optional or {})})]
        if found.get("url") and not self._is_address(found["url"]):
            faults.append(f"plugins.{plugin}.url must be an https address without query")
        if faults:
            raise SettingsError("; ".join(faults))
        known = {**(optional or {}), **found}
        return known | {"url": known["url"].rstrip("/")} if "url" in known else known

    def _is_address(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            return False
        scheme_fits = parts.scheme == "https" or (self.development and parts.scheme == "http" and host in LOOPBACK)
        plain = url.isascii() and url.isprintable() and " " not in url and not {"@", "?", "#", "\\"} & set(url)
        return scheme_fits and bool(host) and port != 0 and plain


def _named(plugin: str, name: str) -> str:
    return f"plugins.{plugin}.{name} ({PREFIX}{plugin.upper()}_{name.upper()})"
