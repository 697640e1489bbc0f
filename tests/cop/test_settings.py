# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""An operator hears all that is wrong at once, and the environment wins."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from cop.base.instance import City
from cop.cli import main
from cop.settings import Issuer, Settings, SettingsError, load_settings
from tests.conftest import SECRET, settings_for

FACTS = {
    "COP_ORIGIN": "https://reihum.example.org",
    "COP_SECRET_KEY": SECRET,
    "COP_CITY_NAME": "Stadt Kassel",
    "COP_CITY_SHORT": "Kassel",
    "COP_CITY_LETTERS": "KS",
    "COP_ISSUERS": json.dumps([{"url": "https://login.example.org", "client_id": "reihum", "client_secret": "s"}]),
}


def test_everything_can_come_from_the_environment() -> None:
    settings = load_settings(environment=FACTS | {"COP_CITY_HUE": "200", "COP_DEVELOPMENT": "false", "OTHER": "x"})

    assert settings.issuers == (Issuer("https://login.example.org", "reihum", "s"),)
    assert (settings.city_hue, settings.development) == (200, False)
    assert settings.city == City(
        "https://reihum.example.org", "Stadt Kassel", "Kassel", "KS", 200, "de", "Europe/Berlin"
    )


def test_a_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "cop.toml"
    file.write_text(
        f'origin = "https://a.example"\nsecret_key = "{SECRET}"\ncity_name = "A"\ncity_short = "A"\ncity_letters = "A"\n'
        'locale = "da"\n[[issuers]]\nurl = "https://login.example"\nclient_id = "c"\nclient_secret = "s"\n'
    )

    settings = load_settings(environment={"COP_CONFIG": str(file), "COP_ORIGIN": "https://b.example"})

    assert (settings.origin, settings.locale) == ("https://b.example", "da")


def test_a_secret_can_lie_in_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n")
    environment = {name: value for name, value in FACTS.items() if name != "COP_SECRET_KEY"}

    settings = load_settings(environment=environment | {"COP_SECRET_KEY_FILE": str(secret)})

    assert settings.secret_key == SECRET


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(environment={"COP_ORIGIN": "https://a.example", "COP_CITY_NAME": "A"})

    assert str(error.value) == (
        "missing: secret_key (COP_SECRET_KEY), city_short (COP_CITY_SHORT), city_letters (COP_CITY_LETTERS), "
        "issuers (COP_ISSUERS)"
    )


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        replace(settings_for("sqlite:///x"), secret_key="short", locale="fr", zone="Mars/Base", issuers=())

    assert str(error.value) == (
        "secret_key needs 32 characters; locale must be de, da or en; zone 'Mars/Base' is unknown; "
        "issuers needs at least one OpenID provider"
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"origin": "https://a.example/"}, "origin must be https://host without a path"),
        ({"origin": "https://user@a.example"}, "origin must be https://host without a path"),
        ({"origin": "http://a.example"}, "origin must begin with https://"),
        ({"origin": "https://a.example", "development": True}, "development is for loopback origins only"),
        ({"zone": "../etc/passwd"}, "zone '../etc/passwd' is unknown"),
    ],
)
def test_what_is_unsafe_is_refused(changes: dict[str, object], sentence: str) -> None:
    facts = {"origin": "https://a.example", "development": False} | changes

    with pytest.raises(SettingsError) as error:
        settings_for("sqlite:///x", **facts)

    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("change", "beginning"),
    [
        ({"COP_CITY_HUE": "blue"}, "city_hue can't be read: "),
        ({"COP_DEVELOPMENT": "perhaps"}, "development can't be read: "),
        ({"COP_ISSUERS": "[{}]"}, "issuers can't be read: "),
        ({"COP_ISSUERS": "no json"}, "issuers can't be read: "),
        ({"COP_SECRET_KEY_FILE": "/nowhere/secret"}, "can't read COP_SECRET_KEY_FILE: "),
        ({"COP_CONFIG": "/nowhere/cop.toml"}, "can't read /nowhere/cop.toml: "),
    ],
)
def test_what_cannot_be_read_is_named(change: dict[str, str], beginning: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(environment=FACTS | change)

    assert str(error.value).startswith(beginning)


def test_a_misspelt_setting_is_named(tmp_path: Path) -> None:
    file = tmp_path / "cop.toml"
    file.write_text('orgin = "https://a.example"\n')

    with pytest.raises(SettingsError, match=r"^unknown settings: orgin$"):
        load_settings(file, environment={})


def test_plugins_have_a_table_each_and_the_environment_wins(tmp_path: Path) -> None:
    file, secret = tmp_path / "cop.toml", tmp_path / "secret"
    file.write_text('[plugins.jitsi]\nurl = "https://meet.example"\nsecret = "of the file"\n')
    secret.write_text("of a file of its own\n")

    settings = load_settings(
        file,
        environment=FACTS
        | {
            "COP_PLUGINS_JITSI_APP_ID": "reihum",
            "COP_PLUGINS_JITSI_SECRET_FILE": str(secret),
            "COP_PLUGINS_BIGBLUEBUTTON_SECRET": "s",
            "COP_PLUGINS_BIGBLUEBUTTON_SECRET_FILE": str(secret),
        },
    )

    assert settings.plugins == {
        "jitsi": {"url": "https://meet.example", "secret": "of a file of its own", "app_id": "reihum"},
        "bigbluebutton": {"secret": "s"},
    }
    assert "of a file" not in repr(settings)


def test_a_setting_of_plugins_that_is_no_table_is_named(tmp_path: Path) -> None:
    file = tmp_path / "cop.toml"
    file.write_text('plugins = {jitsi = "on"}\n')

    with pytest.raises(SettingsError, match=r"^plugins can't be read: "):
        load_settings(file, environment=FACTS)


@pytest.mark.parametrize(
    ("plugins", "sentence"),
    [
        ({"jitzi": {}}, "no such plugins: jitzi"),
        ({"jitsi": {"app_id": "x", "secret": "x" * 32}}, "missing: plugins.jitsi.url (COP_PLUGINS_JITSI_URL)"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_named_at_the_start(
    plugins: dict[str, dict[str, str]], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in FACTS.items():
        monkeypatch.setenv(name, value)
    for name, table in plugins.items():
        monkeypatch.setenv(f"COP_PLUGINS_{name.upper()}_SECRET", "x" * 32)
        for setting, value in table.items():
            monkeypatch.setenv(f"COP_PLUGINS_{name.upper()}_{setting.upper()}", value)

    done = CliRunner().invoke(main, ["doctor"])

    assert (done.exit_code, done.output) == (1, f"Error: The settings can't be used: {sentence}\n")


def test_no_settings_shows_its_secrets_by_accident() -> None:
    settings: Settings = settings_for("postgresql://reihum:hidden@db/reihum")

    assert SECRET not in repr(settings)
    assert "hidden" not in repr(settings)
    assert "secret'" not in repr(settings.issuers)
