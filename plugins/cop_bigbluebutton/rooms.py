# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rooms on a BigBlueButton server: opened when somebody enters, with tables beside them in a breakout."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from cop.plugin_api import VideoFailed, VideoGuest, VideoMeeting
from cop_bigbluebutton.breakout import Breakout
from cop_bigbluebutton.calls import Refused, Server

#: `messageKey` of a room that is open already, and of one that isn't
OPEN = "idNotUnique"
ABSENT = "notFound"
#: nothing is recorded, and nobody can begin to
UNRECORDED = {"record": "false", "autoStartRecording": "false", "allowStartStopRecording": "false"}
SHORTEST_NAME, LONGEST_NAME = 2, 64
NOBODYS = "reihum-asks-whether-you-answer"


@dataclass(frozen=True, slots=True)
class BigBlueButton:
    """A video service, see `cop.plugin_api.VideoService`; for BigBlueButton 2.4 and newer."""

    name: str
    server: Server
    label: str = "BigBlueButton"

    def join(self, meeting: VideoMeeting, guest: VideoGuest) -> str:
        """Return the address by which somebody enters: whoever moderates as MODERATOR, all others as VIEWER.

        The room of all is opened if it isn't open; a table was opened by `breakouts`.

        Raises:
            VideoFailed: when the server fails, or no room is open whose table it could be.
        """
        if guest.table:
            room = Breakout(self._internal_id(self._info(meeting)), guest.table).room
        else:
            room = meeting.key
            self._create(meeting.title, {"meetingID": room, "logoutURL": meeting.page})
        role = "MODERATOR" if guest.moderates else "VIEWER"
        return self.server.address("join", {"fullName": guest.name, "meetingID": room, "role": role})

    def breakouts(self, meeting: VideoMeeting, count: int) -> None:
        """Open rooms for tables 1 to `count` beside the room of all, where people are already; twice is once.

        Raises:
            VideoFailed: when the server fails, the room of all isn't open, or a table gets another id.
        """
        info = self._info(meeting)
        there = {room.text for room in info.iterfind("breakoutRooms/breakout")}
        tables = [Breakout(self._internal_id(info), table) for table in range(1, count + 1)]
        for breakout in tables:
            if breakout.room in there:
                continue
            asked = breakout.as_parameters() | {"logoutURL": meeting.page}
            if self._create(f"{breakout.table} · {meeting.title}", asked) not in {breakout.room, None}:
                raise VideoFailed("create calls a breakout otherwise than expected")

    def is_running(self, meeting: VideoMeeting) -> bool:
        """Tell whether somebody is in the room of all.

        Raises:
            VideoFailed: when the server fails.
        """
        return self.server.ask("isMeetingRunning", {"meetingID": meeting.key}).findtext("running") == "true"

    def end(self, meeting: VideoMeeting) -> None:
        """Close the room, and with it its tables; one that is not open stays so.

        Raises:
            VideoFailed: when the server fails.
        """
        try:
            self.server.ask("end", {"meetingID": meeting.key})
        except Refused as refused:
            if refused.key != ABSENT:
                raise

    def check(self) -> None:
        """Ask about a room that nobody has: only who knows the secret is answered.

        Raises:
            VideoFailed: when the server fails, or refuses our checksum.
        """
        self.server.ask("isMeetingRunning", {"meetingID": NOBODYS})

    def _create(self, name: str, asked: dict[str, str]) -> str | None:
        """Open a room and return its id; None when it is open already."""
        named = name[:LONGEST_NAME].ljust(SHORTEST_NAME, "·")
        try:
            return self.server.ask("create", {"name": named, **asked, **UNRECORDED}).findtext("meetingID")
        except Refused as refused:
            if refused.key != OPEN:
                raise
            return None

    def _info(self, meeting: VideoMeeting) -> Element:
        return self.server.ask("getMeetingInfo", {"meetingID": meeting.key})

    @staticmethod
    def _internal_id(info: Element) -> str:
        """Return how the server calls a room among its own, which is new each time the room is opened."""
        found = info.findtext("internalMeetingID")
        if not found:
            raise VideoFailed("getMeetingInfo names no internalMeetingID")
        return found
