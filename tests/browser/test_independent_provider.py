# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Sign-in against an OpenID provider that we didn't write: errors on both sides can't cancel out."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.live.processes import CityProcesses, free_port

HERE = Path(__file__).parent


@pytest.fixture
def city(database: str, tmp_path: Path) -> Iterator[CityProcesses]:
    """One city whose only provider is npm's oidc-provider."""
    origin, port = f"http://127.0.0.1:{free_port()}", free_port()
    command = ["node", "provider.mjs", str(port), origin]
    provider = subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert provider.stdout is not None
    assert provider.stdout.readline() == "ready\n"
    city = CityProcesses(settings_of(origin, f"http://127.0.0.1:{port}", database), tmp_path)
    city.start("serve")
    yield city
    city.stop()
    provider.terminate()
    provider.wait(10)
    provider.stdout.close()


def settings_of(origin: str, issuer: str, database: str) -> dict[str, str]:
    return {
        "COP_ORIGIN": origin,
        "COP_SECRET_KEY": "a secret of thirty-two characters at least",
        "COP_CITY_NAME": "Stadt Kassel",
        "COP_CITY_SHORT": "Kassel",
        "COP_CITY_LETTERS": "KS",
        "COP_DATABASE": database,
        "COP_DEVELOPMENT": "true",
        "COP_ISSUERS": (
            f'[{{"url": "{issuer}", "client_id": "reihum", "client_secret": "a secret of the independent provider",'
            ' "name": "Stadt Kassel"}]'
        ),
    }


def test_a_member_signs_in_and_out(city: CityProcesses, profile: BrowserContext) -> None:
    page = profile.new_page()

    sign_in(page, city.origin)

    expect(page.get_by_role("heading", level=1)).to_contain_text("Ida Fremdling")

    page.locator(".cop-tools").get_by_text("Ida Fremdling").click()
    page.get_by_role("button", name="Abmelden").first.click()
    page.get_by_role("button", name="Yes, sign me out").click()

    page.wait_for_url(f"{city.origin}/signed-out**")
    page.goto(city.origin)
    assert "/login" in page.url


def sign_in(page: Page, origin: str) -> None:
    page.goto(origin)
    page.get_by_text("Mit dem Konto der Stadt Kassel anmelden").click()
    page.get_by_placeholder("Enter any login").fill("ida")
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{origin}/")
