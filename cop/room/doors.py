# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The ways into a room from a wall: a short code to type, and the same as a picture that a phone reads."""

import segno
from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cop.base.errors import Invalid, NotFound
from cop.base.forms import FormSchema, in_words, line, read_form
from cop.base.i18n import N_
from cop.base.web import public
from cop.room import queries
from cop.room.services.opening import CODE_LENGTH

doors = Blueprint("doors", __name__, template_folder="templates")
UNKNOWN = N_("There is no room with this code. Please look once more: it has six letters and digits.")


class CodeForm(FormSchema):
    """The code on the wall; how it is written doesn't matter."""

    code = line(20)


@doors.get("/join")
@public
def ask() -> str:
    """Ask for the code."""
    return render_template("room/join.html", values={}, errors={})


@doors.post("/join")
@public
def join() -> Response | tuple[str, int]:
    """Lead to the room; who may come in, the room decides."""
    try:
        code = read_form(CodeForm(), request.form)["code"]
        return redirect(url_for("doors.enter", code=_plain(code)), code=303)
    except Invalid as problem:
        return render_template("room/join.html", values=request.form, errors=in_words(problem)), problem.status


@doors.get("/r/<code>")
@public
def enter(code: str) -> Response:
    """Lead whoever scanned or typed a code to the room.

    Raises:
        NotFound: when no room has this code.
    """
    room = queries.room_with(_plain(code))
    if room is None:
        raise NotFound(UNKNOWN)
    return redirect(url_for("room.show", meeting_id=room.meeting_id), code=303)


def picture(code: str) -> str:
    """Return the way into a room as a QR code: a data address of an SVG (ISO/IEC 18004)."""
    return segno.make(url_for("doors.enter", code=code, _external=True), error="m").svg_data_uri(scale=8, border=2)


def _plain(code: str) -> str:
    return "".join(sign for sign in code.upper() if sign.isalnum())[:CODE_LENGTH]
