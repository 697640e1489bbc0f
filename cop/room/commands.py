# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What one can do in a room, by the word in the address: its form, its service, and what one must hold for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cop.base.forms import FormSchema, NoFields
from cop.room import schemas as s
from cop.room.services import dots, moderation, notes, opening, timing, topics


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to do; `run` takes the room, the proof, and what the form says by its names."""

    form: type[FormSchema]
    run: Callable[..., object]
    moderates: bool
    """Whether the proof is a `Moderation`, else a `Membership`."""


def _members(form: type[FormSchema], run: Callable[..., object]) -> Command:
    return Command(form, run, moderates=False)


def _moderators(form: type[FormSchema], run: Callable[..., object]) -> Command:
    return Command(form, run, moderates=True)


COMMANDS: Mapping[str, Command] = {
    "topic": _members(s.TitleForm, topics.add_topic),
    "dots": _members(s.DotsForm, dots.place_dots),
    "abstain": _members(NoFields, dots.abstain),
    "vote": _members(s.ThumbForm, timing.vote),
    "split": _members(s.CardForm, topics.split),
    "takeaway": _members(s.LineForm, notes.say_takeaway),
    "take-over": _members(NoFields, moderation.take_over),
    "phase": _moderators(s.PhaseForm, opening.begin_phase),
    "move-phase": _moderators(s.MovePhaseForm, opening.move_phase),
    "open-dots": _moderators(NoFields, dots.open_dots),
    "close-dots": _moderators(NoFields, dots.close_dots),
    "start": _moderators(s.NextForm, topics.start_topic),
    "discussed": _moderators(NoFields, topics.end_topic),
    "park": _moderators(s.CardForm, topics.park),
    "bring-back": _moderators(s.CardForm, topics.bring_back),
    "move": _moderators(s.MoveForm, topics.move),
    "merge": _moderators(s.MergeForm, topics.merge),
    "pause": _moderators(NoFields, timing.pause),
    "resume": _moderators(NoFields, timing.resume),
    "add-time": _moderators(NoFields, timing.add_time),
    "ask": _moderators(NoFields, timing.ask_for_more),
    "close-vote": _moderators(NoFields, timing.close_vote),
    "notes": _moderators(s.NotesForm, notes.write_notes),
    "decision": _moderators(s.DecisionForm, notes.record_decision),
    "action": _moderators(s.ActionForm, notes.record_action),
    "remove-action": _moderators(s.ActionIdForm, notes.remove_action),
    "hand-over": _moderators(s.PersonForm, moderation.hand_over),
}
