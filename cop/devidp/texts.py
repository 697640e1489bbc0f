# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The few words of the provider's pages, in the language of the issuer."""

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "de": {
        "title": "Anmeldung {name}",
        "heading": "Als wer möchten Sie sich anmelden?",
        "explain": "Diese Anmeldung ist zum Ausprobieren da. Alle Personen sind erfunden, ein Kennwort gibt es nicht.",
        "back": "Danach geht es weiter bei {site}.",
        "cancel": "Abbrechen",
        "signed_out": "Sie sind abgemeldet",
        "signed_out_explain": "Sie können dieses Fenster schließen.",
    },
    "da": {
        "title": "Login {name}",
        "heading": "Hvem vil du logge ind som?",
        "explain": "Dette login er til at prøve med. Alle personer er opdigtede, og der er ingen adgangskode.",
        "back": "Derefter fortsætter du hos {site}.",
        "cancel": "Annullér",
        "signed_out": "Du er logget ud",
        "signed_out_explain": "Du kan lukke vinduet.",
    },
    "en": {
        "title": "Sign in {name}",
        "heading": "Who would you like to sign in as?",
        "explain": "This sign-in is for trying things out. All people are invented, and there is no password.",
        "back": "You then go on at {site}.",
        "cancel": "Cancel",
        "signed_out": "You are signed out",
        "signed_out_explain": "You can close this window.",
    },
}
