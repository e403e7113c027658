"""The desk as a person sees it, in Debian's Chromium: walks with scripts off, and axe on every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desks import ELSEWHERE, FALLEN, PASSWORD, Served
from small_runs import code

from riskml.casework.attachments import Given
from riskml.core.principal import Principal
from riskml.services import casework as service
from riskml.services.casework import Opening

CHROMIUM = Path("/usr/bin/chromium")
PAGES = (
    "/enterprises", "/worklists", "/regions", "/expectations", "/password", "/sessions", f"/enterprises/{ELSEWHERE}0",
    *(f"/enterprises/{FALLEN}{path}" for path in ("", "/records", "/years", "/ties")),
    *(f"/enterprises/{FALLEN}{path}" for path in ("/future", "/what-if", "/way-back")),
)  # fmt: skip

PAGES_OF_CASES = (
    "/cases", "/cases?worklist=visits", "/cases/new?kind=objection", "/cases/new?kind=warning", "/cases/0", "/persons",
    f"/enterprises/{FALLEN}/cases",
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
    page.get_by_role("link", name="The way back").click()
    assert "B" in page.get_by_role("main").inner_text()
    page.get_by_role("link", name="What if").click()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Grade again with the steps chosen").click()
    assert page.get_by_role("heading", name="Supposed steps").count() == 1


def open_case(page, kind: str, **given: str) -> None:
    """Open a case by the form of its kind."""
    page.get_by_role("link", name="Cases", exact=True).click()
    page.get_by_role("link", name=kind, exact=True).click()
    fill(page.locator("form.fields"), **given)
    page.get_by_role("button", name="Open the case").click()
    page.wait_for_load_state()


def take(page, step: str, **given: str) -> None:
    """Take a step by its form on the case's page."""
    form = page.locator("details").filter(has=page.locator("summary", has_text=re.compile(f"^{step}$")))
    if form.get_attribute("open") is None:
        form.locator("summary").click()
    fill(form, **given, Why=f"why {step}")
    form.get_by_role("button", name=step, exact=True).click()
    page.wait_for_load_state()


def fill(form, **given: str) -> None:
    """Fill in the fields of a form by their labels, in which a blank is written _."""
    for label, text in given.items():
        field = form.get_by_label(re.compile(f"^{label.replace('_', ' ')}"))
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.fill(text)


def test_an_objection_is_filed_by_the_enterprise_and_answered(browser, served, tmp_path):
    firm, officer, head = (
        signed_in(browser, served, name, scripts=False) for name in ("firm", "case-officer", "approver")
    )
    paper = tmp_path / "缴款凭证.pdf"
    paper.write_bytes(b"%PDF-1.7 paid")
    firm.get_by_role("link", name="Cases", exact=True).click()
    firm.get_by_role("link", name="Objection", exact=True).click()
    form = firm.locator("form.fields")
    fill(form, Scheme="langfang", day_received="2026-11-27", who_objects="李大成", what_is_objected_to="等级",
         proof="缴款凭证", Why="再次提出")  # fmt: skip
    form.get_by_label(re.compile("^Files")).set_input_files(paper)
    firm.get_by_role("button", name="Open the case").click()
    firm.wait_for_load_state()
    assert "compare the information" in firm.get_by_role("main").inner_text()
    case = firm.url
    for page in (officer, head):
        page.goto(case)
    assert "缴款凭证.pdf" in officer.get_by_role("main").inner_text()
    take(officer, "accept")
    take(officer, "verify", finding="已缴清", information_compared="税务局回执")
    head.reload()
    take(head, "correct", what_is_corrected="欠税记录")
    officer.reload()
    take(officer, "answer", day_answered="2026-11-30", answer="已更正")
    firm.goto(case)
    read = firm.get_by_role("main").inner_text()
    assert "answer: 已更正" in read
    assert "已缴清" not in read


def test_a_case_of_article_15_3_is_decided_with_a_second_signature(browser, served):
    officer, head = (signed_in(browser, served, name, scripts=False) for name in ("case-officer", "approver"))
    open_case(officer, "Determination", Enterprise=code(9), Scheme="yunnan", rule="serious_negative_effect",
              ids_of_the_records="C-9-10-21", Why="投诉集中")  # fmt: skip
    take(officer, "decide", grade="D")
    assert "waits for a second signature" in officer.get_by_role("main").inner_text()
    head.goto(officer.url)
    take(head, "sign")
    assert "The decision is line" in head.get_by_role("main").inner_text()


def test_what_is_due_tomorrow_is_seen(browser, served):
    page = signed_in(browser, served, "case-officer", scripts=False)
    open_case(page, "On-site visit", Enterprise=FALLEN, Scheme="yunnan", day_it_is_due="2026-12-01", Why="高风险")
    page.get_by_role("link", name="Worklists").click()
    page.get_by_role("link", name="Due tomorrow").click()
    assert "Everything that is due up to tomorrow" in page.get_by_role("main").inner_text()
    row = page.get_by_role("row").filter(has_text=FALLEN).filter(has_text="2026-12-01: visit on site")
    assert row.count() >= 1


def test_a_step_of_a_case_is_taken_by_the_keyboard_alone(browser, served, case):
    page = signed_in(browser, served, "case-officer", scripts=False)
    page.goto(f"{served.address}{case}")
    page.locator("summary", has_text=re.compile("^accept$")).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("齐全")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("main").get_by_text("accepted").first.wait_for()


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


@pytest.fixture
def case(served: Served) -> str:
    """The path of an objection that was received, with a file."""
    given = {"received_on": "2026-11-27", "from": "李大成", "about": "等级", "proof": ["缴款凭证", "判决书"]}
    opening = Opening("objection", "langfang", FALLEN, "来件", given, files=(Given("证.pdf", b"%PDF-1.7"),))
    made = service.open_case(served.workspace, Principal("clerk", frozenset({"case_officer"})), opening)
    return f"/cases/{made.case.id}"


def test_axe_finds_nothing_on_any_page(browser, served, case):
    from axe_playwright_python.sync_playwright import Axe

    page, axe = signed_in(browser, served, "case-officer", scripts=True), Axe()
    for path in (*PAGES, *PAGES_OF_CASES, case):
        page.goto(f"{served.address}{path}")
        found = axe.run(page).response["violations"]
        assert [(path, one["id"], one["nodes"][0]["html"]) for one in found] == []
    visitor = browser.new_context(locale="zh-CN").new_page()
    visitor.goto(f"{served.address}/login")
    assert axe.run(visitor).response["violations"] == []


def test_no_page_is_broader_than_a_telephone(browser, served, case):
    page = signed_in(browser, served, "case-officer", scripts=True)
    page.set_viewport_size({"width": 420, "height": 800})
    for path in (*PAGES, *PAGES_OF_CASES, case):
        page.goto(f"{served.address}{path}")
        assert (path, page.evaluate("document.documentElement.scrollWidth")) == (path, 420)


def test_a_print_of_a_case_has_its_steps_and_no_forms(browser, served, case):
    page = signed_in(browser, served, "case-officer", scripts=True)
    page.goto(f"{served.address}{case}")
    page.emulate_media(media="print")
    assert page.get_by_text("Printed by case-officer").is_visible()
    assert page.get_by_text("判决书").is_visible()
    assert not page.get_by_role("button", name="accept").is_visible()


def test_a_print_says_who_printed_it_and_leaves_menus_out(browser, served):
    page = signed_in(browser, served, "inspector", scripts=True)
    page.goto(f"{served.address}/enterprises/{FALLEN}")
    page.emulate_media(media="print")
    assert page.get_by_text("Printed by inspector").is_visible()
    assert not page.locator("header.desk").is_visible()
