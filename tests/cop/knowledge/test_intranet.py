# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A community's articles for other sites."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from cop.base.audience import Audience
from cop.base.db import transaction
from cop.communities.models import Role
from cop.knowledge import intranet
from cop.settings import SettingsError
from tests.builders import a_community, a_record, an_article
from tests.reader import Reader

ATOM = "{http://www.w3.org/2005/Atom}"


class Scene:
    """A community with an article for each audience."""

    def __init__(self, app):
        self.app, self.client = app, app.test_client()
        with transaction():
            self.community = a_community("CoP Geheimrat", visibility=Audience.COMMUNITY)
            for audience in Audience:
                an_article(f"Für {audience}", body="**Text**\x01", community=self.community, audience=audience)
        self.path = f"/communities/{self.community.id}"

    def token(self):
        with transaction():
            return intranet.make_address(self.community)

    def titles(self, query=""):
        feed = ET.fromstring(self.client.get(f"{self.path}/knowledge.atom{query}").data)  # noqa: S314  ours
        return {entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")}


@pytest.fixture
def scene(app):
    return Scene(app)


def test_everybody_gets_what_is_public_and_no_name_of_a_community_that_is_not(scene):
    assert scene.titles() == {"Für public"}
    for page in ("knowledge.atom", "embed"):
        answer = scene.client.get(f"{scene.path}/{page}")
        assert "Geheimrat" not in answer.text
        assert "<strong>" in answer.text.replace("&lt;", "<").replace("&gt;", ">")


def test_the_secret_address_opens_what_the_city_may_read_and_never_the_community_s_own(scene):
    token = scene.token()

    assert scene.titles(f"?token={token}") == {"Für city", "Für peers", "Für public"}
    assert "Für community" not in scene.client.get(f"{scene.path}/embed?token={token}").text


@pytest.mark.parametrize("token", ["x", "ä" * 99, "x" * 5000])
def test_a_wrong_token_opens_nothing(scene, token):
    scene.token()

    assert scene.client.get(f"{scene.path}/embed", query_string={"token": token}).status_code == 404


def test_an_address_ends_with_the_next_one_or_at_once(scene):
    first, second = scene.token(), scene.token()

    assert scene.client.get(f"{scene.path}/embed?token={first}").status_code == 404
    assert scene.client.get(f"{scene.path}/embed?token={second}").status_code == 200
    with transaction():
        intranet.end_address(scene.community)
    assert scene.client.get(f"{scene.path}/embed?token={second}").status_code == 404


def test_only_named_sites_may_frame_the_page_and_it_runs_no_script(app, scene):
    nobody = scene.client.get(f"{scene.path}/embed")
    settings = app.extensions["cop.settings"]
    app.extensions["cop.settings"] = replace(settings, frame_ancestors="https://intranet.kassel.example")
    try:
        named, other = scene.client.get(f"{scene.path}/embed"), scene.client.get("/help")
    finally:
        app.extensions["cop.settings"] = settings

    assert "frame-ancestors 'none'" in nobody.headers["Content-Security-Policy"]
    assert nobody.headers["X-Frame-Options"] == other.headers["X-Frame-Options"] == "DENY"
    assert named.headers["Content-Security-Policy"].endswith("frame-ancestors https://intranet.kassel.example")
    assert "X-Frame-Options" not in named.headers
    assert "<script" not in named.text


@pytest.mark.parametrize("sites", ["*", "http://a.example", "https://a.example; script-src *", "https://a.example/x"])
def test_what_is_no_site_is_no_setting(app, sites):
    with pytest.raises(SettingsError):
        replace(app.extensions["cop.settings"], frame_ancestors=sites)


def test_a_coordinator_makes_the_address_and_sees_it_once(app, scene):
    with transaction():
        person = a_record(scene.community, role=Role.COORDINATOR).person
    reader = Reader(app, person)

    made = reader.post(f"{scene.path}/intranet").text

    assert made.count("?token=") == 2
    assert "?token=" not in reader.get(f"{scene.path}/intranet").text
    assert reader.post(f"{scene.path}/intranet/end").status_code == 303
