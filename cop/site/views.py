# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages behind the footer, and what a monitor asks."""

from flask import Blueprint, Response, render_template
from sqlalchemy import text

from cop.base.db import db
from cop.base.web import public

pages = Blueprint("site", __name__, template_folder="templates")


@pages.get("/imprint")
@public
def imprint() -> str:
    """Say who runs this instance."""
    return render_template("site/imprint.html")


@pages.get("/privacy")
@public
def privacy() -> str:
    """Say what is stored and why."""
    return render_template("site/privacy.html")


@pages.get("/was")
@pages.get("/accessibility")
@public
def accessibility() -> str:
    """Say how accessible this is, and where to complain."""
    return render_template("site/accessibility.html")


@pages.get("/help")
@public
def help_page() -> str:
    """Explain the few things one needs."""
    return render_template("site/help.html")


@pages.get("/healthz")
@public
def healthz() -> Response:
    """Answer 200 when pages and database work."""
    db.session.execute(text("SELECT 1 FROM lease"))  # an empty database has no tables
    return Response("ok\n", mimetype="text/plain")


@public
def patterns() -> str:
    """Show every pattern of the look; in development only."""
    return render_template("base/pattern_library.html")
