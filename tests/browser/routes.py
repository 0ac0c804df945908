"""How to reach every page that can be opened, in every state worth looking at. What is looked for is in the tests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyotp
from playwright.sync_api import Page

from app.exchange.uploads import STEP
from tests.sample import INSTRUCTIONS_LIMIT, make_sample

# Enough rows for a second page, and one of each special kind.
SAMPLE = make_sample()
ROWS: list[dict[str, Any]] = SAMPLE["data"]
BAD_ROW = {"id": "asst_bad", "object": "assistant", "created_at": 1, "model": "", "name": "Not whole"}


def _id_of(row: dict[str, Any]) -> str:
    return str(row["id"])


LONGEST = next(_id_of(row) for row in ROWS if len(row["instructions"] or "") == INSTRUCTIONS_LIMIT)
EMPTY = next(_id_of(row) for row in ROWS if row["instructions"] is None)
# All 128 functions are the same to the eye as three, and take a browser a minute to look at.
FUNCTIONS = next(_id_of(row) for row in ROWS if 2 < len(row["tools"]) < 128)
SCHEMA = next(_id_of(row) for row in ROWS if row["response_format"] not in ("auto",) and "strict" in str(row))
PAIRS = next(_id_of(row) for row in ROWS if len(row["metadata"]) == 16)
LONG_NAME = next(_id_of(row) for row in ROWS if row["name"] == "n" * 256)
WITHOUT_STORE = next(_id_of(row) for row in ROWS if row["tool_resources"] == {"file_search": {"vector_store_ids": []}})
SHORT = next(_id_of(row) for row in ROWS if 0 < len(row["instructions"] or "") < 2_000 and row["name"])


@dataclass(frozen=True)
class Stop:
    """A page to look at: what it is called here, the endpoint it belongs to, and how to get there.

    One with the longest text is read by axe in light alone, which takes long enough: its colours and its narrow layout
    are those of the same page with a short one.
    """

    name: str
    endpoint: str
    go: Callable[[Page], None]
    status: int = 200
    is_long: bool = False


def at(path: str) -> Callable[[Page], None]:
    def go(page: Page) -> None:
        page.goto(path)

    return go


def sent(path: str, button: str, **typed: str) -> Callable[[Page], None]:
    """Open the page, type into fields (by name) and press the button."""

    def go(page: Page) -> None:
        page.goto(path)
        for name, text in typed.items():
            page.locator(f"main [name={name}]").fill(text)
        with page.expect_navigation():
            page.locator("main form").get_by_role("button", name=button, exact=True).last.click()

    return go


def undecided(page: Page) -> None:
    """Both changed the description, and nobody has said which one stays."""
    in_conflict(page, description="Mine")
    with page.expect_navigation():
        page.get_by_role("button", name="Save the merge").click()


def deleted_meanwhile(page: Page) -> None:
    page.goto(f"/assistants/{ROWS[-2]['id']}/edit")
    with page.context.new_page() as other:
        sent(f"/assistants/{ROWS[-2]['id']}/delete", "Delete")(other)
    save(page)


def signed_out_meanwhile(page: Page) -> None:
    sent("/sign-in", "Sign in", email="ada@example.org", password="a long enough password")(page)
    page.goto("/assistants/new")
    page.context.clear_cookies()
    save(page)


def save(page: Page) -> None:
    with page.expect_navigation():
        page.locator(".save-bar").get_by_role("button", name="Save", exact=True).click()


def in_conflict(page: Page, **typed: str) -> None:
    """Somebody else saves while the form is open."""
    page.goto(f"/assistants/{SHORT}/edit")
    with page.context.new_page() as other:
        sent(
            f"/assistants/{SHORT}/edit", "Save", note="Faster", description=f"Changed at {page.evaluate('Date.now()')}"
        )(other)
    for name, text in (typed or {"name": "Slower"}).items():
        page.locator(f"main [name={name}]").fill(text)
    save(page)


def with_unsaved_changes(query: str) -> Callable[[Page], None]:
    """The edit page of somebody who has typed and gone away."""

    def go(page: Page) -> None:
        page.goto(f"/assistants/{FUNCTIONS}/edit?continue=1")
        page.locator("[name=description]").fill(f"Typed at {page.evaluate('Date.now()')}")
        page.locator("[data-keep-state=kept]").wait_for()
        page.goto(f"/assistants/{FUNCTIONS}/edit{query}")

    return go


def finding(page: Page) -> None:
    """Find and replace with hits, beside the outline and the opened checks."""
    page.goto(f"/assistants/{PAIRS}/edit")
    page.locator("#instructions").fill("# One\n\none TODO two\n\n## Two\n\none\u200b")
    page.locator("summary", has_text="Find and replace").click()
    page.get_by_label("Find", exact=True).fill("one")
    page.get_by_label("Replace with").fill("two")
    page.locator(".find-hit").first.wait_for()


def cleaning(page: Page) -> None:
    """What cleaning would do, once the form with something to clean was drawn again."""
    page.goto(f"/assistants/{EMPTY}/edit")
    page.locator("#instructions").fill("zero\u200bwidth and a\u00a0space")
    for button in ("Add a pair", "Clean…"):
        if button == "Clean…":
            page.locator("summary", has_text="Worth a look").click()
        with page.expect_navigation():
            page.get_by_role("button", name=button).click()


def with_a_history(page: Page) -> None:
    """One version more, with a note, on top of whatever there is."""
    text = f"# Tone\nBe calm at {page.evaluate('Date.now()')}.\n"
    sent(f"/assistants/{SHORT}/edit", "Save", note="To look at", instructions=text, temperature="0.5")(page)
    page.goto(f"/assistants/{SHORT}/history")


def compared(page: Page) -> None:
    with_a_history(page)
    page.goto(f"/assistants/{SHORT}/compare?from=1&to=live")


def restored_too_late(page: Page) -> None:
    """Somebody else saves while the page of a version is open."""
    with_a_history(page)
    page.goto(f"/assistants/{SHORT}/history/1")
    with page.context.new_page() as other:
        with_a_history(other)
    with page.expect_navigation():
        page.get_by_role("button", name="Restore version 1").click()


def checked_import(page: Page) -> None:
    """A dry run with every verdict: a new row, a changed one, an unchanged one and a refused one."""
    new = ROWS[3] | {"id": "asst_new", "name": "New here"}
    rows = [new, ROWS[4] | {"name": "Changed here"}, ROWS[5], BAD_ROW]
    _upload(page, json.dumps({"object": "list", "data": rows}).encode())


def finished_import(page: Page) -> None:
    checked_import(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Import 2 assistants").click()


def unfinished_import(page: Page) -> None:
    """One that was left after its first part; its assistants are older than all others."""
    rows = [{"id": f"asst_part{number}", "model": "m", "created_at": 1} for number in range(STEP + 1)]
    _upload(page, json.dumps(rows).encode())
    token = page.locator("#confirm [name=csrf_token]").input_value()
    page.request.post(f"{page.url}/confirm", form={"csrf_token": token})
    page.reload()


def refused_upload(page: Page) -> None:
    _upload(page, b"<html>not a list</html>")


def _upload(page: Page, content: bytes) -> None:
    page.goto("/import")
    page.get_by_label("File").set_input_files({"name": "saved.json", "mimeType": "application/json", "buffer": content})
    with page.expect_navigation():
        page.get_by_role("button", name="Check the file").click()


def with_a_full_trash(page: Page) -> None:
    sent(f"/assistants/{ROWS[-1]['id']}/delete", "Delete")(page)
    page.goto("/trash")


def replacing(page: Page, find: str = "the", **typed: str) -> None:
    """The preview of a replacement in texts that nobody changes meanwhile."""
    sent("/replace", "Show every place", find=find, replacement=f"<b>{find}</b>", **typed)(page)


def replacing_nothing(page: Page) -> None:
    replacing(page, find="no text of the sample has this")


def places_of_one(page: Page) -> None:
    page.goto(f"/replace?id={LONGEST}")
    page.locator("[name=find]").fill("e")
    for button in ("Show every place", re.compile("^All .* places")):
        with page.expect_navigation():
            page.get_by_role("button", name=button).click()


def labelling(page: Page) -> None:
    """The preview of a label for two assistants."""
    page.goto(f"/bulk?id={ROWS[40]['id']}&id={ROWS[41]['id']}")
    page.get_by_label("Add a label").check()
    page.get_by_role("textbox", name="Label").fill(f"Looked at {page.evaluate('Date.now()')}")
    with page.expect_navigation():
        page.get_by_role("button", name="Show what would change").click()


def confirming(page: Page) -> None:
    labelling(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Go on").click()


def confirmed_too_late(page: Page) -> None:
    """Somebody else has saved one of them after the preview."""
    confirming(page)
    with page.context.new_page() as other:
        edit = f"/assistants/{ROWS[40]['id']}/edit"
        sent(edit, "Save", description=f"Changed at {page.evaluate('Date.now()')}")(other)
    press_change(page)


def press_change(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("^Change 2")).click()


def confirmed(page: Page) -> None:
    confirming(page)
    press_change(page)


def undoing(page: Page) -> None:
    """A batch of which one assistant was changed since."""
    confirmed(page)
    with page.context.new_page() as other:
        edit = f"/assistants/{ROWS[41]['id']}/edit"
        sent(edit, "Save", description=f"Changed at {page.evaluate('Date.now()')}")(other)
    with page.expect_navigation():
        page.get_by_role("link", name="Undo this batch").click()


def undone(page: Page) -> None:
    undoing(page)
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("^Undo it")).click()


def invited(page: Page) -> None:
    """The page with the new person's link."""
    number = page.evaluate("Date.now()")
    sent("/people/new", "Make the link", name="Greta Guest", email=f"greta{number}@example.org")(page)


def welcome(page: Page) -> None:
    """What the newcomer sees who opens the link."""
    invited(page)
    page.goto(page.get_by_role("group", name="The link").inner_text())


def refused_welcome(page: Page) -> None:
    welcome(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Save the password and sign in").click()


def set_up_second_factor(page: Page) -> None:
    page.goto("/account/second-factor")
    secret = page.get_by_role("group", name="The key").inner_text().replace(" ", "")
    page.locator("main [name=code]").fill(pyotp.TOTP(secret).now())
    with page.expect_navigation():
        page.get_by_role("button", name="Set it up").click()


def second_factor_stops(email: str, password: str) -> tuple[Stop, ...]:
    """For somebody signed in who has no second factor yet, one after the other."""
    own, remove = "/account/second-factor", "/account/second-factor/remove"
    return (
        Stop("second factor", "second_factor.show", at(own)),
        Stop("second factor, refused", "second_factor.show", sent(own, "Set it up", code="12"), 400),
        Stop("recovery codes", "second_factor.show_codes", set_up_second_factor),
        Stop("account, second factor on", "accounts.account", at("/account")),
        Stop("new recovery codes", "second_factor.show", at(own)),
        Stop("new codes, refused", "second_factor.show_codes", sent(own, "Make new codes", code="12"), 400),
        Stop("remove the second factor", "second_factor.ask_remove", at(remove)),
        Stop("remove it, refused", "second_factor.ask_remove", sent(remove, "Remove it", code="12"), 400),
        Stop("signed out", "accounts.sign_in", sign_out),
        Stop("code", "second_factor.ask", sent("/sign-in", "Sign in", email=email, password=password)),
        Stop("code, refused", "second_factor.ask", sent("/sign-in/code", "Sign in", code="12"), 400),
    )


STOPS = (
    Stop("list", "search.list_assistants", at("/assistants")),
    Stop("list, oldest first", "search.list_assistants", at("/assistants?order=asc")),
    Stop("list, second page", "search.list_assistants", at(f"/assistants?after={ROWS[30]['id']}")),
    Stop("list, searched", "search.list_assistants", at("/assistants?query=reader+decides")),
    Stop("list, filtered", "search.list_assistants", at("/assistants?model=gpt-4o&metadata_key=team&order=asc")),
    Stop("list, nothing found", "search.list_assistants", at("/assistants?query=nowhere+else&model=gpt-4o")),
    Stop("list, no words", "search.list_assistants", at("/assistants?query=**")),
    Stop("list, question refused", "search.list_assistants", at("/assistants?changed_since=yesterday"), 400),
    Stop("assistant, found by a search", "assistants.show", at(f"/assistants/{SHORT}?find=the")),
    Stop("assistant, not found by a search", "assistants.show", at(f"/assistants/{SHORT}?find=nowhere")),
    Stop("assistant", "assistants.show", at(f"/assistants/{SHORT}")),
    Stop("assistant, longest text", "assistants.show", at(f"/assistants/{LONGEST}"), is_long=True),
    Stop("assistant, no text", "assistants.show", at(f"/assistants/{EMPTY}")),
    Stop("assistant, functions", "assistants.show", at(f"/assistants/{FUNCTIONS}")),
    Stop("assistant, schema", "assistants.show", at(f"/assistants/{SCHEMA}")),
    Stop("assistant, metadata", "assistants.show", at(f"/assistants/{PAIRS}")),
    Stop("assistant, longest name", "assistants.show", at(f"/assistants/{LONG_NAME}")),
    Stop("assistant, not found", "assistants.show", at("/assistants/asst_none"), 404),
    Stop("edit", "editing.edit", at(f"/assistants/{SHORT}/edit")),
    Stop("edit, longest text", "editing.edit", at(f"/assistants/{LONGEST}/edit"), is_long=True),
    Stop("edit, functions", "editing.edit", at(f"/assistants/{FUNCTIONS}/edit")),
    Stop("edit, schema", "editing.edit", at(f"/assistants/{SCHEMA}/edit")),
    Stop("edit, metadata", "editing.edit", at(f"/assistants/{PAIRS}/edit")),
    Stop("edit, longest name", "editing.edit", at(f"/assistants/{LONG_NAME}/edit")),
    Stop(
        "edit, refused",
        "editing.edit",
        sent(f"/assistants/{SHORT}/edit", "Save", temperature="hot", top_p="9", model="", name="n" * 300),
        400,
    ),
    Stop("edit, in conflict", "editing.edit", in_conflict, 409),
    Stop("edit, in conflict, undecided", "", undecided, 400),
    Stop("edit, deleted meanwhile", "editing.edit", deleted_meanwhile, 404),
    Stop("edit, unsaved changes offered", "editing.edit", with_unsaved_changes("")),
    Stop("edit, continued", "editing.edit", with_unsaved_changes("?continue=1")),
    Stop("edit, find and replace", "editing.edit", finding),
    Stop("edit, cleaning", "editing.edit", cleaning),
    Stop("duplicate", "editing.duplicate", at(f"/assistants/{FUNCTIONS}/duplicate")),
    Stop("new", "editing.new", at("/assistants/new")),
    Stop("new, refused", "editing.new", sent("/assistants/new", "Save"), 400),
    Stop("history", "history.list_versions", with_a_history),
    Stop(
        "history, filtered to nothing", "history.list_versions", at(f"/assistants/{SHORT}/history?noted=y&door=example")
    ),
    Stop("version", "history.show", at(f"/assistants/{SHORT}/history/1")),
    Stop("version, longest text", "history.show", at(f"/assistants/{LONGEST}/history/1"), is_long=True),
    Stop("version, functions", "history.show", at(f"/assistants/{FUNCTIONS}/history/1")),
    Stop("version of a moment", "history.show", at(f"/assistants/{SHORT}/history/at?on=2100-01-01T00:00")),
    Stop("version of a moment, none", "history.at", at(f"/assistants/{SHORT}/history/at?on=1999-01-01"), 404),
    Stop("words in a history", "history.find_sentence", at(f"/assistants/{SHORT}/history/sentence?sentence=e")),
    Stop("comparison", "history.compare", compared),
    Stop("restore, in conflict", "", restored_too_late, 409),
    Stop("delete", "assistants.delete", at(f"/assistants/{SHORT}/delete")),
    Stop("trash", "assistants.list_trash", with_a_full_trash),
    Stop("list, models that retire", "search.list_assistants", at("/assistants?retiring=y")),
    Stop("find and replace", "bulk.replace", at("/replace")),
    Stop("find and replace, refused", "bulk.replace", sent("/replace", "Show every place"), 400),
    Stop("replacing", "bulk.preview", replacing),
    Stop("replacing, nothing found", "bulk.preview", replacing_nothing),
    Stop("replacing, places of one", "bulk.show_hits", places_of_one),
    Stop("change many", "bulk.choose", at("/bulk")),
    Stop("change many, refused", "bulk.choose", sent("/bulk", "Show what would change"), 400),
    Stop("change many, preview", "bulk.preview", labelling),
    Stop("change many, confirm", "bulk.ask_confirm", confirming),
    Stop("change many, changed meanwhile", "bulk.ask_confirm", confirmed_too_late, 409),
    Stop("batch", "batches.show", confirmed),
    Stop("batch, undo", "batches.ask_undo", undoing),
    Stop("batch, undone", "batches.show", undone),
    Stop("batches", "batches.list_batches", at("/batches")),
    Stop("import", "exchange.upload", at("/import")),
    Stop("import, refused", "exchange.upload", refused_upload, 400),
    Stop("import, checked", "exchange.show_import", checked_import),
    Stop("import, finished", "exchange.show_import", finished_import),
    Stop("import, unfinished", "exchange.show_import", unfinished_import),
    Stop("export", "exchange.export_page", at("/export")),
    Stop("as a request", "exchange.show_request", at(f"/assistants/{FUNCTIONS}/responses")),
    Stop("as a request, longest", "exchange.show_request", at(f"/assistants/{LONGEST}/responses"), is_long=True),
    Stop("as a request, with warnings", "exchange.show_request", at(f"/assistants/{WITHOUT_STORE}/responses")),
    Stop("keys", "keys.list_keys", at("/keys")),
    Stop("new key", "keys.new_key", at("/keys/new")),
    Stop("new key, refused", "keys.new_key", sent("/keys/new", "Make the key"), 400),
    Stop("key made", "keys.show_new", sent("/keys/new", "Make the key", name="Night job")),
    Stop("revoke a key", "keys.ask_revoke", at("/keys/1/revoke")),
    Stop("people", "accounts.list_people", at("/people")),
    Stop("invite", "accounts.new_person", at("/people/new")),
    Stop("invite, refused", "accounts.new_person", sent("/people/new", "Make the link"), 400),
    Stop("invited", "accounts.show_link", invited),
    Stop("edit a person", "accounts.edit_person", at("/people/2/edit")),
    Stop("edit a person, refused", "accounts.edit_person", sent("/people/2/edit", "Save", name=""), 400),
    Stop("deactivate a person", "accounts.ask_deactivate", at("/people/2/deactivate")),
    Stop("remove somebody's second factor", "second_factor.ask_reset", at("/people/2/second-factor/remove")),
    Stop("choose a password", "accounts.choose_password", welcome),
    Stop("choose a password, refused", "accounts.choose_password", refused_welcome, 400),
    Stop("choose a password, old link", "accounts.choose_password", at("/welcome?token=used"), 404),
    Stop("account", "accounts.account", at("/account")),
    Stop("account, refused", "accounts.account", sent("/account", "Change the password"), 400),
    Stop("activity", "audit.list_entries", at("/activity")),
    Stop("activity, filtered to nothing", "audit.list_entries", at("/activity?verb=key.refused&since=2020-01-01")),
    Stop("activity, refused", "audit.list_entries", at("/activity?about=no+such+thing"), 400),
    Stop("models", "catalogue.list_models", at("/models")),
    Stop("new model", "catalogue.new", at("/models/new")),
    Stop("new model, refused", "catalogue.new", sent("/models/new", "Add the model"), 400),
    Stop("edit a model", "catalogue.edit", at("/models/gpt-4o/edit")),
    Stop("remove a model", "catalogue.ask_remove", at("/models/gpt-4o/remove")),
)
"""On a Greenroom with the sample in it, somebody signed in as an administrator. In any order, each once."""


def begin_wrongly(link: str) -> Callable[[Page], None]:
    return sent(link, "Set up Greenroom", name="", email="nobody", password="short")


def begin(link: str) -> Callable[[Page], None]:
    return sent(link, "Set up Greenroom", name="Ada Admin", email="ada@example.org", password="a long enough password")


def sign_out(page: Page) -> None:
    page.goto("/assistants")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out").click()


def first_stops(link: str) -> tuple[Stop, ...]:
    """On an empty Greenroom that printed this set-up link, one after the other."""
    return (
        Stop("sign in, nobody yet", "accounts.sign_in", at("/sign-in")),
        Stop("set up", "accounts.set_up", at(link)),
        Stop("set up, refused", "accounts.set_up", begin_wrongly(link), 400),
        Stop("first key", "keys.show_new", begin(link)),
        Stop("welcome", "search.list_assistants", at("/assistants")),
        Stop("batches, none", "batches.list_batches", at("/batches")),
        Stop("trash, empty", "assistants.list_trash", at("/trash")),
        Stop("export, nothing", "exchange.export_page", at("/export")),
        Stop("sign in", "accounts.sign_in", sign_out),
        Stop("sign in, with a form", "editing.new", signed_out_meanwhile, 403),
        Stop("sign in, refused", "accounts.sign_in", sent("/sign-in", "Sign in", email="a@example.org"), 400),
        Stop("set up, old link", "accounts.set_up", at(link), 404),
        Stop("page not found", "", at("/nope"), 404),
    )
