# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""An inbox made of Fedify, in its own process on the first core; `make bench` installs it."""

import json
import subprocess
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.bench.load import keep_on_first_core
from tests.live.processes import CityProcesses, free_port

HERE = Path(__file__).parent
NODE = HERE / "node_modules" / ".bin" / "node"


def is_installed():
    return NODE.exists()


@contextmanager
def fedify_inbox(keys):
    """Let it listen; it knows the public halves of these keys, as ours are pinned."""
    with TemporaryDirectory() as folder:
        server = _Inbox({"COP_ORIGIN": f"http://127.0.0.1:{free_port()}"}, Path(folder))
        (server.folder / "keys.json").write_text(json.dumps({key.key_id: _pem(key) for key in keys}))
        try:
            server.start("serve")
            keep_on_first_core(server.running["serve"].pid)
            yield server.origin
        finally:
            server.stop()


class _Inbox(CityProcesses):
    def start(self, *names):
        words = [NODE, HERE / "server.mjs", self.origin.rpartition(":")[2]]
        words += [self.folder / "fedify.sqlite", self.folder / "keys.json"]
        with (self.folder / "serve.log").open("ab") as log:
            self.running["serve"] = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)
        self.wait_until_it_answers()


def _pem(key):
    return key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
