# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What members can do with rotations and turns. Nothing here commits."""

from cop.rotation.queries import my_turns, turns_of
from cop.rotation.services.answers import answer_turn, confirm_turn, pass_turn, take_turn
from cop.rotation.services.copies import apply_copy, forget_copy, keep_own_choice
from cop.rotation.services.members import (
    join_rotation,
    opt_out,
    stop_taking_turns,
    take_turns,
    wish_to_stop,
    wish_to_take_turns,
)
from cop.rotation.services.rotations import rotation_of
from cop.rotation.services.turns import assign_turn, cancel_turns, mark_served, move_turns

__all__ = [
    "answer_turn",
    "apply_copy",
    "assign_turn",
    "cancel_turns",
    "confirm_turn",
    "forget_copy",
    "join_rotation",
    "keep_own_choice",
    "mark_served",
    "move_turns",
    "my_turns",
    "opt_out",
    "pass_turn",
    "rotation_of",
    "stop_taking_turns",
    "take_turn",
    "take_turns",
    "turns_of",
    "wish_to_stop",
    "wish_to_take_turns",
]
