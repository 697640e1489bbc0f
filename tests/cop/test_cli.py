# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What an operator types."""

import json
import os
import socket
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cop.cli import main
from cop.settings import load_settings
from tests.conftest import SECRET

ISSUERS = json.dumps([{"url": "http://127.0.0.1:9/kassel", "client_id": "reihum", "client_secret": "s"}])


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance whose settings come from the environment, with an empty database; its folder."""
    facts = {
        "COP_ORIGIN": "http://127.0.0.1:8101",
        "COP_SECRET_KEY": SECRET,
        "COP_CITY_NAME": "Stadt Kassel",
        "COP_CITY_SHORT": "Kassel",
        "COP_CITY_LETTERS": "KS",
        "COP_ISSUERS": ISSUERS,
        "COP_DEVELOPMENT": "true",
        "COP_DATABASE": f"sqlite:///{tmp_path / 'reihum.sqlite'}",
    }
    for name, value in facts.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def cop(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, words, input=typed)


def test_init_writes_settings_that_can_be_used_and_that_only_their_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "cop.toml"

    done = cop("init", str(file), typed="https://reihum.example.org\nStadt Beispiel\nBeispiel\nBS\n")

    settings = load_settings(file, environment={})
    assert done.exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (settings.origin, settings.city_short, settings.mail_sender) == (
        "https://reihum.example.org",
        "Beispiel",
        "reihum@reihum.example.org",
    )
    assert len(settings.secret_key) > 40


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    file = tmp_path / "cop.toml"
    file.write_text("mine")

    done = cop("init", str(file), typed="\n\n\n\n")

    assert (done.exit_code, file.read_text()) == (1, "mine")
    assert done.output.endswith(f"Error: {file} exists already.\n")


def test_without_settings_one_line_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("COP_")]:
        monkeypatch.delenv(name)

    done = cop("migrate")

    assert done.exit_code == 1
    assert done.output.startswith("Error: The settings can't be used: missing: origin (COP_ORIGIN), secret_key")


def test_migrate_makes_the_tables_and_may_be_repeated(environment: Path) -> None:
    first, second = cop("migrate"), cop("migrate")

    assert [(done.exit_code, done.output) for done in (first, second)] == [(0, "The tables are up to date.\n")] * 2


def test_doctor_says_what_is_broken_and_exits_with_1(environment: Path) -> None:
    done = cop("doctor")

    assert done.exit_code == 1
    assert "✗ The tables are not up to date: run `cop migrate`." in done.output.splitlines()


def test_doctor_speaks_to_machines(environment: Path) -> None:
    cop("migrate")

    done = cop("doctor", "--json")

    findings = {finding["name"]: finding["level"] for finding in json.loads(done.output)}
    assert (findings["tables"], findings["worker"], findings["login http://127.0.0.1:9/kassel"]) == (
        "well",
        "watch",
        "broken",
    )


def test_admin_invite_prints_a_link_of_this_instance(environment: Path) -> None:
    cop("migrate")

    done = cop("admin", "invite")

    assert done.output.startswith("http://127.0.0.1:8101/admin-invitation/")


def test_a_backup_is_put_back(environment: Path) -> None:
    cop("migrate")
    copy = cop("backup", str(environment / "backups")).output.strip()
    (environment / "reihum.sqlite").unlink()

    done = cop("restore", copy, "--yes")

    assert done.output.startswith("The copy is in place. Start web and worker;")
    assert cop("log", "verify").exit_code == 0
    assert cop("log", "begin-anew", "--yes").output.startswith("The log begins anew above 2000;")


def test_a_copy_of_a_newer_program_is_refused_in_words(environment: Path) -> None:
    cop("migrate")
    copy = cop("backup", str(environment / "backups")).output.strip()
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    done = cop("restore", copy, "--yes")

    assert done.output == "Error: The tables are of a newer program: install that one.\n"
    assert cop("migrate").output == done.output


def test_restore_asks_first(environment: Path) -> None:
    cop("migrate")
    copy = cop("backup", str(environment / "backups")).output.strip()

    assert cop("restore", copy, typed="n\n").exit_code == 1


def test_what_goes_wrong_with_a_copy_is_one_line(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = environment / "broken.sqlite"
    broken.write_text("no database")

    restored = cop("restore", str(broken), "--yes")
    monkeypatch.setenv("COP_DATABASE", "postgresql+psycopg:///nowhere?host=/nowhere")
    backed_up = cop("backup", str(environment))

    assert restored.output.startswith(f"Error: {broken} is damaged")
    assert backed_up.output.startswith("Error: pg_dump:")


def test_demo_says_in_one_line_that_a_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = cop("demo", "--folder", str(tmp_path / "demo"), "--port", str(port))

    assert done.exit_code == 1
    assert done.output.startswith(f"Error: Port {port} is in use.")


def test_help_lists_every_command() -> None:
    done = subprocess.run([sys.executable, "-m", "cop", "--help"], capture_output=True, text=True, check=True)

    assert all(f"  {name} " in done.stdout for name in main.commands)


@pytest.mark.parametrize("process", ["serve", "worker"])
def test_no_process_starts_with_keys_that_another_secret_made(
    environment: Path, monkeypatch: pytest.MonkeyPatch, process: str
) -> None:
    assert cop("migrate").exit_code == 0
    assert cop("key", "rotate").exit_code == 0
    monkeypatch.setenv("COP_SECRET_KEY", "another secret of thirty-two characters")

    refused = cop(process)

    assert refused.exit_code == 1
    assert "encrypted with another secret_key" in refused.output
