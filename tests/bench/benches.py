# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every benchmark by its name."""

from tests.bench import catchup, fanout, idling, inbox, pages, query_counts, room, starting

BENCHES = {
    "inbox": inbox.measure,
    "fanout": fanout.measure,
    "catchup": catchup.measure,
    "page": pages.measure,
    "room": room.measure,
    "queries": query_counts.measure,
    "demo": starting.measure,
    "worker": idling.measure,
}
