# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The plugin manager: one on each app."""

import logging
from collections.abc import Collection, Iterable
from types import ModuleType
from typing import Any, cast

import pluggy
from flask import Flask, current_app

from cop.base.plugin_settings import SettingsError

PROJECT = "cop"
ENTRY_POINTS = "cop.plugins"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
log = logging.getLogger(__name__)


def init_plugins(app: Flask, specifications: Iterable[ModuleType], configured: Collection[str] = ()) -> None:
    """Register hooks and installed plugins; refuse a misspelt hook.

    Raises:
        SettingsError: when a plugin is configured that isn't installed.
    """
    manager = pluggy.PluginManager(PROJECT)
    for specification in specifications:
        manager.add_hookspecs(specification)
    manager.load_setuptools_entrypoints(ENTRY_POINTS)
    manager.check_pending()
    if unknown := sorted(set(configured) - {name for name, _plugin in manager.list_name_plugin()}):
        raise SettingsError(f"no such plugins: {', '.join(unknown)}")
    app.extensions["cop.plugins"] = manager


def hook() -> Any:
    """Return the hooks of this app, to be called by their names."""
    return cast("pluggy.PluginManager", current_app.extensions["cop.plugins"]).hook
