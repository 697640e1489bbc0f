# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Words for what happens in a room."""

from collections.abc import Mapping, Sequence

from cop.base.i18n import N_, _, translated
from cop.room.rules.board import Board, Outcome
from cop.room.rules.changes import Happening
from cop.room.rules.phases import Phase, PhaseKind
from cop.room.rules.timebox import Thumb

PHASES: Mapping[PhaseKind, str] = {
    PhaseKind.LOBBY: N_("Before we begin"),
    PhaseKind.CHECK_IN: N_("Check-in"),
    PhaseKind.ACTION_REVIEW: N_("Open tasks"),
    PhaseKind.IMPULSE: N_("Short talk"),
    PhaseKind.FIXED: N_("Agenda item"),
    PhaseKind.LEAN_COFFEE: N_("Our topics"),
    PhaseKind.BREAKOUT: N_("In groups"),
    PhaseKind.BREAK: N_("Break"),
    PhaseKind.TAKEAWAY: N_("Take along"),
    PhaseKind.NEXT_DATE: N_("Next date and roles"),
    PhaseKind.RETRO: N_("Feedback"),
    PhaseKind.CLOSE: N_("Close"),
}
THUMBS: Mapping[Thumb, str] = {
    Thumb.KEEP_GOING: N_("Keep going"),
    Thumb.NEUTRAL: N_("Neutral"),
    Thumb.NEXT: N_("Next topic"),
}
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.CONTINUE: N_("More people want to go on: the topic goes on."),
    Outcome.NEXT: N_("More people want the next topic."),
    Outcome.TIE: N_("A tie: on to the next topic"),
}
#: sentences that need no name
HAPPENED: Mapping[str, str] = {
    "dots_opened": N_("You can place your dots now."),
    "dots_closed": N_("The dots are counted."),
    "extension_opened": N_("Shall this topic go on? Please vote."),
    "timer_paused": N_("The clock is stopped."),
    "timer_resumed": N_("The clock goes on."),
    "time_added": N_("Two more minutes for this topic."),
    "ended": N_("The meeting is over."),
}
#: sentences with the title of a topic
TO_A_TOPIC: Mapping[str, str] = {
    "topic_added": N_("New topic: “%(title)s”"),
    "topic_started": N_("Now: “%(title)s”"),
    "topics_merged": N_("“%(title)s” went into another topic."),
}


def phase_title(phase: Phase) -> str:
    """Return what a phase is called: as the agenda has it, else in the reader's language."""
    return phase.title or translated(PHASES[phase.kind])


def last_said(happened: Sequence[Happening], board: Board) -> str:
    """Return one sentence on the last thing that people should hear of; empty when there was none."""
    return next((said for one in reversed(happened) if (said := _sentence(one, board))), "")


def _sentence(happening: Happening, board: Board) -> str:
    kind, facts = happening.kind, happening.facts
    card = board.cards.get(facts.get("card", facts.get("id", "")))
    if kind == "extension_closed":
        return translated(OUTCOMES[Outcome(facts["outcome"])])
    if kind == "phase_begun" and board.phase_now is not None:
        return _("Now: %(part)s", part=phase_title(board.phase_now))
    if kind == "moderators_changed" and facts["names"]:
        return _("%(name)s moderates.", name=facts["names"][0])
    if card is not None and kind in TO_A_TOPIC:
        return translated(TO_A_TOPIC[kind], {"title": card.title})
    return translated(HAPPENED.get(kind, ""))
