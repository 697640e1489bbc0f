# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What plugins may add to meetings."""

from collections.abc import Mapping
from typing import Any

from cop.base.plugins import hookspec


@hookspec(firstresult=True)
def recognise_link(url: str) -> Mapping[str, Any] | None:
    """Say what a link that an organiser pasted is.

    Returns:
        `{"kind": "room" | "whiteboard" | "tasks", "label": "Webex"}`, or None when this plugin doesn't know it.
    """
