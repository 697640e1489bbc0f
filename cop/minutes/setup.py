# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins minutes to the app."""

from flask import Flask

from cop.settings import Settings


def init(app: Flask, settings: Settings) -> None:
    """Register what this part adds."""
