# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""An article as a file: Markdown, JSON, OpenDocument text, PDF where it is installed.

What makes the last two is imported when the first file is asked for.
"""

from cop.knowledge.exports.atom import as_atom
from cop.knowledge.exports.pdf import as_pdf, makes_pdf
from cop.knowledge.exports.plain import as_json, as_markdown
from cop.knowledge.exports.sheet import Sheet, sheet_of

__all__ = ["Sheet", "as_atom", "as_json", "as_markdown", "as_pdf", "makes_pdf", "sheet_of"]
