# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which city this instance belongs to."""

from dataclasses import dataclass

from flask import Flask, current_app


@dataclass(frozen=True, slots=True)
class City:
    """A city as pages show it; `origin` is its canonical origin, `hue` its colour in degrees."""

    origin: str
    name: str
    short: str
    letters: str
    hue: int
    locale: str
    zone: str


def init_instance(app: Flask, city: City, *, development: bool) -> None:
    app.extensions["cop.city"] = city
    app.extensions["cop.development"] = development


def this_city() -> City:
    """Return the city whose instance this is."""
    city: City = current_app.extensions["cop.city"]
    return city


def in_development() -> bool:
    """Tell whether loopback peers, plain http and the development login are allowed."""
    return bool(current_app.extensions["cop.development"])


def is_ours(origin: str) -> bool:
    """Tell whether an origin is this instance's own."""
    return origin == this_city().origin
