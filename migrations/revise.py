# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Write the next migration: `make db-revision M="Add the waiting list"`.

Compares the models with a fresh database that stands at the present head.
"""

import sys
import tempfile

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from cop.schema import alembic_config, upgrade

with tempfile.TemporaryDirectory() as folder:
    engine = create_engine(f"sqlite:///{folder}/reihum.sqlite")
    with engine.connect() as connection:
        config = alembic_config(connection)
        number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
        if number > 1:
            upgrade(connection)
        command.revision(config, sys.argv[1], autogenerate=True, rev_id=f"{number:04d}")
