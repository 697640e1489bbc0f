# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What kinds and licences are called."""

from collections.abc import Mapping
from dataclasses import dataclass

from cop.base.i18n import N_
from cop.knowledge.models import ArticleKind

KINDS: Mapping[ArticleKind, str] = {
    ArticleKind.PRACTICE: N_("Practice"),
    ArticleKind.GUIDE: N_("Guide"),
    ArticleKind.TEMPLATE: N_("Template"),
    ArticleKind.QUESTION: N_("Question"),
    ArticleKind.WISSEN_TO_GO: N_("Knowledge to go"),
    ArticleKind.MINUTES: N_("Minutes"),
}


@dataclass(frozen=True, slots=True)
class Licence:
    """What others may do with a text; `meaning` is a marked sentence."""

    name: str
    url: str
    meaning: str


DEFAULT_LICENCE = "CC-BY-4.0"

#: SPDX identifier -> licence
LICENCES: Mapping[str, Licence] = {
    "CC-BY-4.0": Licence(
        "CC BY 4.0",
        "https://creativecommons.org/licenses/by/4.0/",
        N_("Others may use it when they name the city."),
    ),
    "CC-BY-SA-4.0": Licence(
        "CC BY-SA 4.0",
        "https://creativecommons.org/licenses/by-sa/4.0/",
        N_("Others may use it when they name the city and pass it on under the same licence."),
    ),
    "CC0-1.0": Licence(
        "CC0 1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        N_("Others may use it as they like."),
    ),
}
