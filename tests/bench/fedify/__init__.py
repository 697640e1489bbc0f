# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""An inbox made of Fedify, in its own process on the first core; `make bench` installs it."""

import json
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.bench.city import other_server

HERE = Path(__file__).parent
NODE = HERE / "node_modules" / ".bin" / "node"


def is_installed():
    return NODE.exists()


def fedify_inbox(keys):
    """Let it listen; it knows the public halves of these keys, as ours are pinned."""

    def command(port, folder):
        known = folder / "keys.json"
        known.write_text(json.dumps({key.key_id: _pem(key) for key in keys}))
        return [NODE, HERE / "server.mjs", port, folder / "fedify.sqlite", known]

    return other_server(command)


def _pem(key):
    return key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
