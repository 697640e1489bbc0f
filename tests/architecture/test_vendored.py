# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Vendored files are what their authors published, and no more than we need."""

from hashlib import sha256
from pathlib import Path

import cop.base

VENDOR = Path(cop.base.__file__).parent / "static" / "vendor"
MOST_BYTES = 1_000_000


def test_every_vendored_file_has_its_pinned_hash():
    pinned = dict(reversed(line.split("  ", 1)) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())

    found = {
        str(path.relative_to(VENDOR)): sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }

    assert found == pinned


def test_vendored_files_stay_small():
    assert sum(path.stat().st_size for path in VENDOR.rglob("*") if path.is_file()) < MOST_BYTES


def test_each_vendored_project_brings_its_licence():
    licences = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.name.startswith(("LICENSE", "OFL"))}

    assert licences == {"htmx/LICENSE", "kern/LICENSE.md", "kern/fonts/OFL.txt"}
