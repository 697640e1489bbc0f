# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A bare socket.io server in its own process on the first core; `make bench` installs it."""

import shutil
from pathlib import Path

from tests.bench.city import other_process

HERE = Path(__file__).parent
NODE = shutil.which("node")


def is_installed():
    return NODE is not None and (HERE / "node_modules").exists()


def socketio_server():
    """Let it listen; the process has `origin` and `pid`."""
    return other_process(lambda port, _: [NODE, HERE / "server.mjs", port])
