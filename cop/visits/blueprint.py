# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where the pages of visits live."""

from flask import Blueprint

pages = Blueprint("visits", "cop.visits", template_folder="templates")
