# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Invented people of the two cities; any likeness is chance."""

from cop.devidp.realms import Persona

KASSEL = (
    Persona(
        "nadja",
        "Nadja Petrikat",
        "nadja.petrikat@kassel.example",
        "Stadt Kassel",
        "Personalentwicklung",
        ("reihum-admin",),
        "Koordiniert die CoP Personalentwicklung, verwaltet Reihum",
    ),
    Persona(
        "miriam",
        "Miriam Ahlsdorf",
        "miriam.ahlsdorf@kassel.example",
        "Stadt Kassel",
        "Personalentwicklung",
        (),
        "Mitglied, moderiert reihum",
    ),
    Persona(
        "tjark",
        "Tjark Wolnow",
        "tjark.wolnow@kassel.example",
        "Stadt Kassel",
        "Organisation und Digitalisierung",
        (),
        "Mitglied, moderiert reihum",
    ),
    Persona(
        "selin",
        "Selin Aydoru",
        "selin.aydoru@kassel.example",
        "Stadt Kassel",
        "Jugendamt",
        (),
        "Noch in keiner Gemeinschaft",
    ),
)

AALBORG = (
    Persona(
        "mette",
        "Mette Kjærsholm",
        "mette.kjaersholm@aalborg.example",
        "Aalborg Kommune",
        "HR og Kompetenceudvikling",
        (),
        "Endnu ikke med i Kassels fællesskab",
    ),
    Persona(
        "lars",
        "Lars Bundgård",
        "lars.bundgaard@aalborg.example",
        "Aalborg Kommune",
        "HR og Kompetenceudvikling",
        ("reihum-admin",),
        "Tovholder for ledernetværket, administrerer Reihum",
    ),
    Persona(
        "signe",
        "Signe Vestermark",
        "signe.vestermark@aalborg.example",
        "Aalborg Kommune",
        "Sundhed og Omsorg",
        (),
        "Leder, med i ledernetværket",
    ),
)

PERSONAS = {"kassel": KASSEL, "aalborg": AALBORG}
