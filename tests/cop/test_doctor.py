# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The doctor says what is well, what to watch, and how to mend what is not."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from cop import doctor
from cop.app import create_app
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.lease import take_lease
from cop.base.mail import Mail, post_mail
from cop.doctor import Finding, examine
from cop.plugin_api import PluginSettings
from cop.schema import upgrade
from cop.settings import Issuer, Settings
from cop.sharing.keys import add_key, own_keys
from cop.sharing.models import DeliveryRecord, DeliveryState, LogEntry, PeerRecord
from cop.sharing.stores import SqlLog
from cop_bigbluebutton import video_service
from federation.keys import Purpose
from federation.origins import Origin
from federation.testing import an_activity
from tests.builders import a_peer
from tests.conftest import SECRET, settings_for
from tests.plugins.bbb_server import SECRET as BBB_SECRET
from tests.plugins.bbb_server import a_bbb


class Provider(BaseHTTPRequestHandler):
    """An OpenID provider that calls itself what its address says, or not."""

    def do_GET(self) -> None:
        name = "other" if self.path.startswith("/wrong") else "city"
        body = json.dumps({"issuer": f"http://127.0.0.1:{self.server.server_port}/{name}"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def provider() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def migrated(app: Flask) -> Flask:
    """The app on tables that carry their version."""
    with db.engine.connect() as connection:
        db.metadata.drop_all(connection)
        connection.commit()
        upgrade(connection)
    return app


def settings_at(provider: str, **changes: object) -> Settings:
    issuer = Issuer(f"{provider}/city", "reihum", "secret", "Kassel")
    facts = {"imprint_url": "https://kassel.example/i", "privacy_url": "https://kassel.example/p"}
    return replace(settings_for("sqlite:///x", issuers=(issuer,), **facts), **changes)


def levels(settings: Settings) -> dict[str, str]:
    return {finding.name.partition(" ")[0]: finding.level for finding in examine(settings)}


def sentence(settings: Settings, name: str) -> str:
    return next(finding.sentence for finding in examine(settings) if finding.name.startswith(name))


def test_all_is_well_where_everything_runs(migrated: Flask, provider: str) -> None:
    take_lease("worker", uuid4())

    found = levels(settings_at(provider))

    assert found == {
        "database": "well",
        "development": "watch",
        "login": "well",
        "translations": "well",
        "tables": "well",
        "worker": "well",
        "clock": "well",
        "mail": "well",
        "keys": "well",
        "chain": "well",
    }


def test_keys_that_another_secret_made_are_broken(migrated: Flask, provider: str) -> None:
    assert own_keys(SECRET)

    settings = settings_at(provider, secret_key="another secret of thirty-two characters")

    assert levels(settings)["keys"] == "broken"
    assert "put the former one back" in sentence(settings, "keys")


def test_cities_that_do_not_know_the_newest_key_are_named(migrated: Flask, provider: str) -> None:
    assert own_keys(SECRET)
    with transaction():
        partner = a_peer().origin
        add_key(Purpose.PEER, SECRET)

    assert levels(settings_at(provider))["keys"] == "watch"
    assert partner in sentence(settings_at(provider), "keys")


def test_a_log_that_was_changed_is_broken(migrated: Flask, provider: str) -> None:
    with transaction():
        SqlLog().append(an_activity(), object_id="https://peer.example/o/1", to=[])
    with transaction():
        db.session.execute(update(LogEntry).values(activity={"id": "x"}))

    assert levels(settings_at(provider))["chain"] == "broken"
    assert sentence(settings_at(provider), "chain").startswith("Entry 1 of the log does not say what was said.")


def test_tables_that_were_never_made_are_named_with_the_command(app: Flask, provider: str) -> None:
    with db.engine.connect() as connection:
        db.metadata.drop_all(connection)
        connection.commit()

    assert sentence(settings_at(provider), "tables") == "The tables are not up to date: run `cop migrate`."
    assert "worker" not in levels(settings_at(provider))


def test_tables_of_an_older_version_are_named_with_the_command(migrated: Flask, provider: str) -> None:
    with db.engine.connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
        connection.commit()

    assert levels(settings_at(provider))["tables"] == "broken"


def test_a_missing_worker_is_watched(migrated: Flask, provider: str) -> None:
    found = sentence(settings_at(provider), "worker")

    assert found == "No worker runs: nothing is delivered or mailed. Start `cop worker`."


def test_mail_that_does_not_leave_is_counted(migrated: Flask, provider: str) -> None:
    with transaction():
        post_mail("bram@kassel.example", "Stuck", "…")
    with transaction():
        db.session.scalars(select(Mail)).one().attempts = 3

    assert sentence(settings_at(provider), "mail") == "Mails that could not be sent: 1. Check `mail_url`."


def test_partners_who_wait_or_are_silent_are_named(migrated: Flask, provider: str) -> None:
    facts = {"letters": "AA", "hue": 200, "locale": "da", "made_at": now()}
    with transaction():
        db.session.add(
            PeerRecord(origin="https://a.example", name="Aalborg", short="Aalborg", state="asked", **facts),
        )
        db.session.add(
            PeerRecord(
                origin="https://b.example",
                name="Bremen",
                short="Bremen",
                state="active",
                failures=2,
                last_error="timeout",
                **facts,
            )
        )
        db.session.add(PeerRecord(origin="https://c.example", name="Celle", short="Celle", state="active", **facts))

    found = [finding for finding in examine(settings_at(provider)) if finding.name.startswith("partner")]

    assert [finding.as_dict() for finding in found] == [
        {
            "level": "watch",
            "name": "partner https://a.example",
            "sentence": "Aalborg took up an invitation: compare and confirm it, `cop peer confirm https://a.example`.",
        },
        {
            "level": "watch",
            "name": "partner https://b.example",
            "sentence": "Bremen is silent. It didn't answer in time. Nothing is lost; waiting for it: nothing.",
        },
    ]


def test_what_a_partner_refused_is_named_with_the_command(migrated: Flask, provider: str) -> None:
    with transaction():
        a_peer("https://b.example", short="B")
        SqlLog().append({"id": "1", "type": "Create"}, object_id="1", to=[Origin("https://b.example")])
        db.session.query(DeliveryRecord).update({"state": DeliveryState.DEAD})

    told = sentence(settings_at(provider), "partner https://b.example")

    assert told == "B refused messages: 1. Look: `cop peer dead-letters https://b.example`."


def test_a_provider_that_calls_itself_otherwise_is_broken(migrated: Flask, provider: str) -> None:
    settings = settings_at(provider, issuers=(Issuer(f"{provider}/wrong", "reihum", "s"),))

    assert sentence(settings, "login") == (
        f"The provider calls itself '{provider}/other': write just that into `issuers`."
    )


def test_a_provider_that_does_not_answer_is_broken_in_one_short_line(migrated: Flask) -> None:
    found = sentence(settings_for("sqlite:///x"), "login")

    assert found == "http://127.0.0.1:8100/kassel does not answer (ConnectionError). Check `issuers`."


def test_missing_legal_pages_are_watched(migrated: Flask, provider: str) -> None:
    found = levels(settings_at(provider, imprint_url="", privacy_url=""))

    assert (found["imprint"], found["privacy"]) == ("watch", "watch")


def test_a_database_that_does_not_answer_is_broken_and_the_rest_is_still_said(tmp_path: Path, provider: str) -> None:
    settings = settings_at(provider, database=f"sqlite:///{tmp_path / 'folder'}")
    (tmp_path / "folder").mkdir()

    with create_app(settings).app_context():
        found = examine(settings)

    assert found[0].level == Finding.BROKEN
    assert [finding.name for finding in found[1:]] == ["development", f"login {provider}/city", "translations"]


def test_languages_that_are_not_compiled_are_broken(
    migrated: Flask, provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "da" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "da" / "LC_MESSAGES" / "messages.po").touch()
    monkeypatch.setattr(doctor, "CATALOGS", tmp_path)

    assert sentence(settings_at(provider), "translations") == "Not compiled: da. Run `make i18n`."


def test_on_postgresql_nothing_is_said_about_trying_out(migrated: Flask, provider: str) -> None:
    settings = settings_at(provider, database="postgresql://db/reihum")

    assert sentence(settings, "database") == "The database answers."


def test_each_level_has_its_sign() -> None:
    signs = [Finding(level, "x", "x").sign for level in (Finding.WELL, Finding.WATCH, Finding.BROKEN)]

    assert signs == ["✓", "!", "✗"]


def test_a_video_server_is_asked_whether_it_takes_our_secret(migrated: Flask, provider: str) -> None:
    with a_bbb() as (url, _server):
        found = {}
        for secret in (BBB_SECRET, "another"):
            table = {"url": url, "secret": secret}
            service = video_service(PluginSettings({"bigbluebutton": table}, development=True))
            migrated.extensions["cop.video"] = {"bigbluebutton": service}
            found[levels(settings_at(provider))["video"]] = sentence(settings_at(provider), "video")

    assert found == {
        "well": "BigBlueButton answers.",
        "broken": (
            "BigBlueButton can't be used: isMeetingRunning was refused: checksumError. Check `[plugins.bigbluebutton]`."
        ),
    }
