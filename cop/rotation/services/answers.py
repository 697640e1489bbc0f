# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What somebody says about a turn: I take it, I pass it on, I step in."""

from uuid import UUID

from cop.base.db import db
from cop.base.errors import Conflict, Forbidden
from cop.base.i18n import N_
from cop.base.instance import is_ours
from cop.base.pending import PendingRequest, ask_home
from cop.communities.rules import Membership
from cop.communities.services import member_uri
from cop.rotation.models import Assignment, TurnState
from cop.rotation.queries import members_of
from cop.rotation.rules import Reason
from cop.rotation.services.rotations import hold
from cop.rotation.services.turns import choice_for, give, tell

OVER = N_("This turn is over.")
NOT_YOURS = N_("This is somebody else's turn.")

ANSWERS = frozenset({"confirm", "pass", "take"})


def answer_turn(turn: Assignment, member: Membership, answer: str) -> PendingRequest | None:
    """Confirm a turn, pass it on or take it; where its home is elsewhere, ask there.

    Raises:
        Forbidden: when it is somebody else's turn, or of another community.
        Conflict: when it is over, or somebody else was quicker.
    """
    if member.community_id != turn.community_id or answer not in ANSWERS:
        raise Forbidden(NOT_YOURS)
    if not is_ours(turn.origin):
        return _ask(turn, member, answer)
    if answer == "take":
        take_turn(turn, member)
    elif answer == "pass":
        pass_turn(turn, member.person_id)
    else:
        confirm_turn(turn, member.person_id)
    return None


def confirm_turn(turn: Assignment, person_id: UUID) -> None:
    """Say that one takes the turn one has; twice is once.

    Raises:
        Forbidden: when it is somebody else's.
        Conflict: when it is over.
    """
    _hold(turn)
    _require_own(turn, person_id)
    if turn.state == TurnState.PROPOSED:
        turn.state = TurnState.CONFIRMED
        tell(turn)


def pass_turn(turn: Assignment, person_id: UUID) -> None:
    """Pass a turn on to whom the rule chooses among the rest; nobody left means an open call. Twice is once.

    Raises:
        Forbidden: when it is somebody else's.
        Conflict: when it is over.
    """
    _hold(turn)
    if turn.person_id != person_id and str(person_id) in turn.declined:
        return
    _require_own(turn, person_id)
    turn.declined = [*turn.declined, str(person_id)]
    give(turn, choice_for(turn), source="passed", because=Reason("passed_on"))


def take_turn(turn: Assignment, member: Membership) -> None:
    """Step in where nobody was found. An open call goes to everyone who takes turns, and so counts for all of them.

    Raises:
        Conflict: when somebody else was quicker.
    """
    _hold(turn)
    if turn.person_id == member.person_id and turn.state == TurnState.CONFIRMED:
        return
    if turn.state != TurnState.OPEN_CALL:
        raise Conflict(N_("Somebody else was quicker. This turn is taken."))
    called = {str(one.person_id) for one in members_of(turn.community_id, turn.role)} | {str(member.person_id)}
    turn.person_id, turn.state, turn.source = member.person_id, TurnState.CONFIRMED, "volunteer"
    turn.eligible = sorted(called)
    turn.reasons = [{"code": "volunteer"}]
    tell(turn)


def _hold(turn: Assignment) -> None:
    """Read the turn anew under the lock: two answers at once come one after the other."""
    hold(turn.community_id)
    db.session.flush()  # the refresh would drop what is not written
    db.session.refresh(turn)


def _require_own(turn: Assignment, person_id: UUID) -> None:
    if turn.person_id != person_id:
        raise Forbidden(NOT_YOURS)
    if turn.state not in {TurnState.PROPOSED, TurnState.CONFIRMED}:
        raise Conflict(OVER)


def _ask(turn: Assignment, member: Membership, answer: str) -> PendingRequest:
    return ask_home(
        turn.origin,
        "answer_turn",
        person_id=member.person_id,
        object_uri=turn.uri,
        answer=answer,
        member_uri=member_uri(member.community_id, member.person_id),
    )
