"""The desk as a person sees it, in Debian's Chromium: walks with scripts off, and axe on every page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desks import ELSEWHERE, FALLEN, PASSWORD, Served

CHROMIUM = Path("/usr/bin/chromium")
PAGES = (
    "/enterprises", "/worklists", "/regions", "/expectations", "/password", "/sessions", f"/enterprises/{ELSEWHERE}0",
    *(f"/enterprises/{FALLEN}{path}" for path in ("", "/records", "/years", "/ties")),
    *(f"/enterprises/{FALLEN}{path}" for path in ("/future", "/what-if", "/way-back")),
)  # fmt: skip

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"needs {CHROMIUM}: apt-get install chromium (.ci/run does)"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield found
        found.close()


def signed_in(browser, served: Served, name: str, *, scripts: bool):
    """A page on which somebody signed in, by typing."""
    page = browser.new_context(java_script_enabled=scripts, locale="en-GB").new_page()
    page.goto(f"{served.address}/login")
    page.get_by_label("Account").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()
    return page


def test_an_inspector_finds_an_enterprise_and_cites_the_record_that_decided(browser, served):
    page = signed_in(browser, served, "inspector", scripts=False)
    page.get_by_role("searchbox").fill("yncs12")
    page.get_by_role("button", name="Find").first.click()
    page.get_by_role("link", name="云南测试12有限公司").click()
    assert page.locator(".verdict").inner_text().startswith("Directly determined by Art. 15(1) as grade D")
    assert "L-12" in page.locator(".rule.decides .evidence").inner_text()
    page.get_by_role("link", name="Records first").click()
    assert page.get_by_role("row").filter(has_text="L-12").count() == 1
    page.get_by_role("link", name="What if").click()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Grade again with the steps chosen").click()
    assert page.get_by_role("heading", name="Supposed steps").count() == 1


def test_another_regions_inspector_is_refused(browser, served):
    page = signed_in(browser, served, "other", scripts=False)
    answer = page.goto(f"{served.address}/enterprises/{FALLEN}")
    assert answer.status == 403
    assert f"{FALLEN} is outside this account's region" in page.get_by_role("main").inner_text()


def test_the_keyboard_alone_leads_from_the_first_key_to_an_enterprise(browser, served):
    page = signed_in(browser, served, "inspector", scripts=False)
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    for _ in range(20):  # as long as the menu is
        page.keyboard.press("Tab")
        if page.locator(":focus").get_attribute("type") == "search":
            break
    page.keyboard.type("测试12")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    page.get_by_role("link", name="云南测试12有限公司").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/enterprises/{FALLEN}*")


def test_axe_finds_nothing_on_any_page(browser, served):
    from axe_playwright_python.sync_playwright import Axe

    page, axe = signed_in(browser, served, "analyst", scripts=True), Axe()
    for path in PAGES:
        page.goto(f"{served.address}{path}")
        found = axe.run(page).response["violations"]
        assert [(path, one["id"], one["nodes"][0]["html"]) for one in found] == []
    visitor = browser.new_context(locale="zh-CN").new_page()
    visitor.goto(f"{served.address}/login")
    assert axe.run(visitor).response["violations"] == []


def test_no_page_is_broader_than_a_telephone(browser, served):
    page = signed_in(browser, served, "analyst", scripts=True)
    page.set_viewport_size({"width": 420, "height": 800})
    for path in PAGES:
        page.goto(f"{served.address}{path}")
        assert (path, page.evaluate("document.documentElement.scrollWidth")) == (path, 420)


def test_a_print_says_who_printed_it_and_leaves_menus_out(browser, served):
    page = signed_in(browser, served, "inspector", scripts=True)
    page.goto(f"{served.address}/enterprises/{FALLEN}")
    page.emulate_media(media="print")
    assert page.get_by_text("Printed by inspector").is_visible()
    assert not page.locator("header.desk").is_visible()
