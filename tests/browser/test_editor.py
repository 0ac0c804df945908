"""The islands of the page on which an assistant is written, with full-length texts."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.stoppable import Server
from tests.browser.writing import LIMIT, editor, long_text, open_editor, state, type_at_end

pytestmark = pytest.mark.soak


class TestCounts:
    def test_an_emoji_is_one_character(self, page: Page, server: Server) -> None:
        open_editor(page, server, "Hello")
        editor(page).fill("a 😀 b 👩‍👩‍👧")
        expect(page.locator("#instructions-count")).to_have_text("11 of 256,000 characters")
        expect(page.locator("[data-facts-for=instructions]")).to_have_text("4 words, about 3 tokens")

    def test_crossing_the_limit_is_said_and_announced(self, page: Page, server: Server) -> None:
        open_editor(page, server, long_text(LIMIT - 1))
        line, live = page.locator("#instructions-count"), page.locator("#instructions-count-live")
        type_at_end(page, "a")
        expect(line).to_have_text("256,000 of 256,000 characters")
        expect(live).to_be_empty()
        type_at_end(page, "b😀")
        expect(line).to_have_text("256,002 of 256,000 characters, 2 too many")
        expect(line).to_have_class(re.compile("is-over"))
        expect(live).to_have_text("256,002 of 256,000 characters, 2 too many")


class TestTyping:
    def test_no_folded_part_is_kept_for_searching_while_one_writes(self, page: Page, server: Server) -> None:
        """While one is, Chromium takes twice as long to find the caret's place at the end of a long text."""
        open_editor(page, server, "Hello")
        kept = """all => all.map(part => getComputedStyle(part, "::details-content").contentVisibility)"""
        folded = page.locator("details:not([open])")
        assert set(folded.evaluate_all(kept)) == {"visible"}
        name = page.get_by_label("Schema name")
        expect(name).to_be_hidden()
        page.locator("summary", has_text="Schema of the answer").click()
        expect(name).to_be_visible()


class TestOutline:
    def test_it_follows_the_text_and_goes_to_a_section(self, page: Page, server: Server) -> None:
        open_editor(page, server, long_text())
        entries = page.locator(".outline li")
        expect(entries.first).to_contain_text("Section 1")
        last = entries.last.locator("button")
        title = last.locator("span").first.inner_text()
        last.focus()
        page.keyboard.press("Enter")
        place = page.evaluate(
            """() => {
              const area = document.activeElement;
              return [area.id, area.value.slice(area.selectionStart).split("\\n")[0], area.scrollTop];
            }"""
        )
        assert place[0] == "instructions"
        assert place[1] == f"## {title}"
        assert place[2] > 1000
        expect(last).to_have_attribute("aria-current", "location")
        page.keyboard.type("# 😀 New\n")
        expect(page.locator(".outline li").nth(-2)).to_contain_text("😀 New")
        expect(page.locator(".outline li").nth(-2)).to_contain_text("8 characters")
        expect(page.locator(".outline li").nth(-2)).to_have_attribute("aria-level", "1")

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("# A\n##B\n   ### C ##\n    # code", [("A", 1), ("C", 3)]),
            ("```\n# A\n```\n# B\n~~~~\n# C\n~~~\n# D", [("B", 1)]),
            ('<a>\n<b x="1">\ntext\n</b>\n</a>\n<c>', [("<a>", 1), ("<b>", 2)]),
            ("TONE OF VOICE:\n- NOT THIS\n1 NOR THIS\nAB\nText", [("TONE OF VOICE", 2)]),
        ],
    )
    def test_the_rules(self, page: Page, server: Server, text: str, found: list[tuple[str, int]]) -> None:
        sections = page.evaluate("async t => (await import('/static/js/outline.js')).outline(t)", text)
        assert [(section["title"], section["level"]) for section in sections] == found


class TestFind:
    def open(self, page: Page, wanted: str, replacement: str = "") -> None:
        page.locator("summary", has_text="Find and replace").click()
        page.get_by_label("Find", exact=True).fill(wanted)
        page.get_by_label("Replace with").fill(replacement)

    def test_going_from_hit_to_hit_keeps_the_focus_out_of_the_text(self, page: Page, server: Server) -> None:
        open_editor(page, server, "one two\none two\none twosome")
        self.open(page, "TWO")
        status = page.locator("[data-find-status]")
        expect(status).to_have_text("1 of 3")
        page.get_by_label("Find", exact=True).press("Enter")
        expect(status).to_have_text("2 of 3")
        page.get_by_label("Whole words").check()
        expect(status).to_have_text(re.compile("of 2$"))
        page.get_by_label("Match case").check()
        expect(status).to_have_text("Not found")
        assert editor(page).input_value() == "one two\none two\none twosome"
        page.get_by_label("Match case").uncheck()
        page.locator(".find-hit").nth(1).click()
        assert page.evaluate("() => [document.activeElement.id, document.activeElement.selectionStart]") == [
            "instructions",
            12,
        ]
        page.keyboard.type("three")
        assert editor(page).input_value() == "one two\none three\none twosome"

    def test_one_replacement_is_undone_by_the_browser(self, page: Page, server: Server) -> None:
        text = long_text()
        open_editor(page, server, text)
        self.open(page, "refund", "gift 😀")
        expect(page.locator(".find-hit").first).to_contain_text("added: gift 😀")
        page.get_by_role("button", name="Replace", exact=True).click()
        assert editor(page).input_value() == text.replace("refund", "gift 😀", 1)
        editor(page).press("Control+z")
        assert editor(page).input_value() == text

    def test_all_replaced_at_full_length_and_put_back(self, page: Page, server: Server) -> None:
        text = long_text()
        open_editor(page, server, text)
        self.open(page, "words", "$& words\n")
        count = text.count("words")
        assert count > 4000
        expect(page.locator("[data-find-status]")).to_have_text(f"1 of {count:,}")
        page.get_by_role("button", name="Replace all", exact=True).click()
        expect(page.locator("[data-find-status]")).to_have_text(f"{count:,} replaced")
        assert editor(page).input_value() == text.replace("words", "$& words\n")
        page.get_by_role("button", name="Undo replace all").click()
        assert editor(page).input_value() == text

    def test_nothing_of_the_panel_is_sent_or_counts_as_a_change(self, page: Page, server: Server) -> None:
        open_editor(page, server, "one two")
        self.open(page, "one", "x")
        page.get_by_label("Whole words").check()
        page.get_by_label("Whole words").press("Enter")
        expect(state(page)).to_have_text("No changes yet")
        assert "find" not in page.evaluate(
            "() => [...new FormData(document.querySelector('form[data-keep-url]'))].join()"
        )


def test_tab_leaves_the_text(page: Page, server: Server) -> None:
    open_editor(page, server, "Text")
    editor(page).focus()
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.id") != "instructions"
    expect(editor(page)).to_have_value("Text")


def test_axe_finds_nothing(page: Page, server: Server) -> None:
    open_editor(page, server, "# One\n\none two\n\n## Two\n\none")
    page.locator("summary", has_text="Find and replace").click()
    page.get_by_label("Find", exact=True).fill("one")
    page.get_by_label("Replace with").fill("two")
    expect(page.locator(".find-hit").first).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
