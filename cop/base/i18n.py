# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Languages and dates: German, Danish and English."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton
from babel.support import NullTranslations
from flask import Flask, g, has_app_context, has_request_context, request
from flask_babel import Babel, get_domain
from flask_babel import force_locale as force_gettext

from cop.base.instance import this_city

__all__ = ["LOCALES", "N_", "_", "force_locale", "init_i18n", "locale", "locale_of_browser", "ngettext"]

#: code -> the language's own name
LOCALES: Mapping[str, str] = {"de": "Deutsch", "da": "Dansk", "en": "English"}

#: British spelling and day order
BABEL_LOCALES: Mapping[str, str] = {"de": "de_DE", "da": "da_DK", "en": "en_GB"}

#: days whose text is kept: pages are about the same few weeks
MOST_DAYS = 2_000


#: read once; the files are part of the program
_catalogues: dict[str, NullTranslations] = {}


def gettext(sentence: str, **values: Any) -> str:
    """Translate a sentence into the language of this answer and fill in its values."""
    said: str = _catalogue().ugettext(sentence)
    return said % values if values else said


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """Translate a sentence that depends on a number."""
    said: str = _catalogue().ungettext(one, many, num)
    return said % {"num": num, **values}


_: Callable[..., str] = gettext


def N_(sentence: str) -> str:  # noqa: N802  the customary name of a marker
    """Mark a sentence for translation where it is shown."""
    return sentence


def init_i18n(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, locale_selector=choose_locale, default_locale=app.extensions["cop.city"].locale)
    app.jinja_env.globals.update(_=gettext, gettext=gettext, ngettext=ngettext, LOCALES=LOCALES)
    app.jinja_env.filters.update(
        day=day,
        long_day=long_day,
        month=month,
        month_year=month_year,
        clock=clock_time,
        span=span,
        moment=moment,
        translated=translated,
    )


def _catalogue() -> NullTranslations:
    """Return the sentences of this answer's language; kept, since a page asks a hundred times."""
    if not has_app_context():
        return NullTranslations()
    code = choose_locale()
    if code not in _catalogues:
        _catalogues[code] = get_domain().get_translations()
    return _catalogues[code]


def choose_locale() -> str:
    """Return the account's language, else the browser's choice, else the city's."""
    chosen: str | None = g.get("cop_locale")
    if chosen is None:
        return locale_of_browser() if has_request_context() else this_city().locale
    return chosen


def locale_of_browser() -> str:
    """Return the language the browser asks for, else the city's."""
    return request.accept_languages.best_match(list(LOCALES)) or this_city().locale


def locale() -> str:
    """Return the language of this answer: de, da or en."""
    return choose_locale()


@contextmanager
def force_locale(code: str) -> Iterator[None]:
    """Speak another language inside: a mail's reader's, a community's; sentences and dates alike."""
    before = g.get("cop_locale")
    with force_gettext(code):
        g.cop_locale = code
        try:
            yield
        finally:
            g.cop_locale = before


def translated(sentence: str, values: Mapping[str, Any] | None = None) -> str:
    """Translate a marked sentence and fill in its values."""
    return gettext(sentence, **(values or {})) if sentence else ""


def local(instant: datetime, zone: str | None = None) -> datetime:
    """Return an aware instant in a zone, by default the city's."""
    return instant.astimezone(ZoneInfo(zone or this_city().zone))


def day(when: date) -> str:
    """Return "3. Dezember", "3. december", "3 December"."""
    return _in_skeleton("MMMMd", _plain(when), _babel())


def long_day(when: date) -> str:
    """Return "Donnerstag, 3. Dezember 2026", "torsdag den 3. december 2026", "Thursday, 3 December 2026"."""
    pattern = "EEEE, d MMMM y" if locale() == "en" else "full"
    return _in_pattern(pattern, _plain(when), _babel())


def month(when: date) -> str:
    """Return the short month of a date tile: "Dez", "dec", "Dec"."""
    return _in_pattern("LLL", _plain(when), _babel()).rstrip(".")


def month_year(when: date) -> str:
    """Return "Dezember 2026", "december 2026", "December 2026"."""
    return _in_skeleton("yMMMM", _plain(when), _babel())


def clock_time(when: datetime) -> str:
    """Return "10:00", in Danish "10.00"."""
    return when.strftime("%H.%M" if locale() == "da" else "%H:%M")


def span(starts: datetime, ends: datetime) -> str:
    """Return a meeting's day and hours, as each administration writes it."""
    if locale() == "da":
        return f"{long_day(starts)} kl. {clock_time(starts)}-{clock_time(ends)}"
    return f"{long_day(starts)}, {clock_time(starts)}–{clock_time(ends)}"


def moment(instant: datetime, zone: str | None = None) -> str:
    """Return a day and an hour: "27. November, 18:00", "27. november kl. 18.00"."""
    when = local(instant, zone)
    joint = " kl. " if locale() == "da" else ", "
    return f"{day(when)}{joint}{clock_time(when)}"


def _babel() -> str:
    return BABEL_LOCALES[locale()]


def _plain(when: date) -> date:
    """Return the day alone, so that all its hours are written once."""
    return when.date() if isinstance(when, datetime) else when


@lru_cache(MOST_DAYS)
def _in_pattern(pattern: str, day: date, locale: str) -> str:
    return format_date(day, pattern, locale=locale)


@lru_cache(MOST_DAYS)
def _in_skeleton(skeleton: str, day: date, locale: str) -> str:
    return format_skeleton(skeleton, datetime(day.year, day.month, day.day), locale=locale)  # noqa: DTZ001  a day only
