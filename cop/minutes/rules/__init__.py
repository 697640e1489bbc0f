# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Minutes as texts: their draft, names, hidden passages and amendments; one file a subject."""

from cop.minutes.rules.amending import passages, take_over
from cop.minutes.rules.draft import OPEN_PLACE, Happened, HappenedTopic, Headings, open_places, plain, write_draft
from cop.minutes.rules.hidden import MARKS, hidden_passages, with_hidden, without_hidden
from cop.minutes.rules.names import Finding, find_names, replace_name

__all__ = [
    "MARKS",
    "OPEN_PLACE",
    "Finding",
    "Happened",
    "HappenedTopic",
    "Headings",
    "find_names",
    "hidden_passages",
    "open_places",
    "passages",
    "plain",
    "replace_name",
    "take_over",
    "with_hidden",
    "without_hidden",
    "write_draft",
]
