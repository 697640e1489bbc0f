# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What other web processes changed: PostgreSQL's LISTEN, on one connection of its own."""

import asyncio
import logging
from collections.abc import Callable

import psycopg
from sqlalchemy import Engine

from cop.base.live import NOTICES

RETRY_S = 1.0
#: a server that went away without a word is noticed after about 15 s
ALIVE = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 2, "connect_timeout": 5}
log = logging.getLogger(__name__)


async def follow(engine: Engine, *, hear: Callable[[str, int], None], missed: Callable[[], None]) -> None:
    """Hear of changes until cancelled, over a connection that is made again when it breaks.

    Args:
        engine: whose database it is; nothing is taken out of its pool.
        hear: called with channel and number.
        missed: called whenever it listens anew: what was said before is unknown.
    """
    while True:
        try:
            await _listen(engine, hear, missed)
        except psycopg.OperationalError as error:
            log.warning("not told of changes: %s", type(error).__name__)
        await asyncio.sleep(RETRY_S)


async def _listen(engine: Engine, hear: Callable[[str, int], None], missed: Callable[[], None]) -> None:
    words, named = engine.dialect.create_connect_args(engine.url)
    async with await psycopg.AsyncConnection.connect(*words, **{**ALIVE, **named}, autocommit=True) as connection:
        await connection.execute(f"LISTEN {NOTICES}")
        missed()
        async for notice in connection.notifies():
            number, _, channel = notice.payload.partition(" ")
            hear(channel, int(number))
