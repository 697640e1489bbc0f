# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The choice who may see a thing: each row names who is added. The one place that words it."""

from collections.abc import Iterable, Mapping

from cop.accounts.queries import known_cities
from cop.base.audience import Audience
from cop.base.i18n import _, ngettext
from cop.base.instance import City, is_ours, this_city
from cop.communities.models import Community

#: level, title, who is added, how many
Row = tuple[Audience, str, str, str]


def reach_rows(community: Community | None, origin: str | None = None, *, members: str = "") -> list[Row]:
    """Return the rows for something whose home is `origin`, by default this city.

    `members` says who they are while the community is still to be founded or
    chosen; without a community and without it, there is no row for members.
    """
    cities = known_cities()
    home = cities.get(origin or "", this_city())
    rows = [
        (Audience.CITY, _("Everyone in %(city)s", city=home.short), _staff(community, cities, home), ""),
        (Audience.PEERS, _("All partner cities"), *_partners(cities.values(), home)),
        (Audience.PUBLIC, _("Public"), _("Everybody on the internet, search engines too"), ""),
    ]
    if community is None:
        return [_row_of_members(members), *rows] if members else rows
    return [_members(community, cities, home), *rows]


def _members(community: Community, cities: Mapping[str, City], home: City) -> Row:
    others = _other_cities(community, cities, home)
    if others:
        added = _("The members of %(community)s, also in %(cities)s", community=community.name, cities=in_words(others))
    else:
        added = _("The members of %(community)s", community=community.name)
    count = sum(community.members_by_city.values())
    return _row_of_members(added, ngettext("%(num)s person", "%(num)s people", count))


def _row_of_members(added: str, count: str = "") -> Row:
    return Audience.COMMUNITY, _("The community only"), added, count


def _staff(community: Community | None, cities: Mapping[str, City], home: City) -> str:
    """Name the staff, and the members who get nothing: what is for one city leaves it for no other."""
    others = _other_cities(community, cities, home) if community is not None else []
    if others:
        return str(
            _("Everyone who works for %(city)s, but nobody in %(cities)s", city=home.short, cities=in_words(others))
        )
    if community is None:
        return str(_("Everyone who works for %(city)s", city=home.short))
    return str(_("Also everyone who works for %(city)s", city=home.short))


def _other_cities(community: Community, cities: Mapping[str, City], home: City) -> list[str]:
    return [cities[origin].short for origin in community.members_by_city if origin in cities.keys() - {home.origin}]


def _partners(cities: Iterable[City], home: City) -> tuple[str, str]:
    """Name the partner cities, if the home is here; another city's partners are not known."""
    if not is_ours(home.origin):
        return _("Also everyone who signs in at a partner city of %(city)s", city=home.short), ""
    others = [city.short for city in cities if city.origin != home.origin]
    if not others:
        return _("Also everyone who signs in at a partner city, as soon as there is one"), ""
    count = len(others) + 1
    return (
        _("Also everyone who signs in at %(cities)s", cities=in_words(others)),
        ngettext("%(num)s city", "%(num)s cities", count),
    )


def in_words(names: list[str]) -> str:
    """Return "Heidelberg, Köln and Aalborg"."""
    if len(names) < 2:  # noqa: PLR2004  two are joined by a word
        return "".join(names)
    return str(_("%(first)s and %(last)s", first=", ".join(names[:-1]), last=names[-1]))
