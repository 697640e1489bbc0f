# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Faults of the surroundings that need no other machine than this one."""

import pytest

from cop.settings import SettingsError, load_settings
from tests.hostile.catalogue import cases

RIGHT = {
    "COP_ORIGIN": "https://city-a.example",
    "COP_SECRET_KEY": "a secret of thirty-two characters at least",
    "COP_CITY_NAME": "Stadt Kassel",
    "COP_CITY_SHORT": "Kassel",
    "COP_CITY_LETTERS": "KS",
    "COP_ISSUERS": '[{"url": "https://id.example", "client_id": "reihum", "client_secret": "s"}]',
}
WRONG = {
    "COP_ORIGIN": [
        "",
        "city-a.example",
        "http://city-a.example",
        "https://user@city-a.example",
        "https://city-a.example/x",
    ],
    "COP_SECRET_KEY": ["", "short"],
    "COP_ISSUERS": ["[]", "not json", '[{"no": "issuer"}]'],
    "COP_LOCALE": ["xx"],
    "COP_ZONE": ["Europe/Nowhere"],
    "COP_CITY_HUE": ["blue"],
    "COP_DEVELOPMENT": ["perhaps", "true"],
    "COP_SIGN_INS_PER_MINUTE": ["many"],
}


def _settings_are_named(case):
    """Each wrong setting is named at the start, and missing ones all at once."""
    assert load_settings(environment=RIGHT).city_short == "Kassel"
    for name, values in WRONG.items():
        for value in values:
            with pytest.raises(SettingsError, match=name.removeprefix("COP_").lower()):
                load_settings(environment=RIGHT | {name: value})
    with pytest.raises(SettingsError) as refusal:
        load_settings(environment={})
    assert [name for name in RIGHT if name not in str(refusal.value)] == []


PLAYS = {"FAULT-048": _settings_are_named}


@cases("fault")
def test_a_fault(case):
    PLAYS[case.id](case)
