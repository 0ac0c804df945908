"""A visitor who reads pages as a browser would: follows redirects, submits the forms a page really offers, and lints
every page on the way. What a page must always have is said in `lint`."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urljoin

from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.multipart import encode_multipart

Values = Any
SWALLOWED = re.compile(r"(<textarea[^>]*>)\r?\n")


@dataclass
class Page:
    """A page as loaded. `path` is where the visitor ended up after redirects."""

    path: str
    response: TestResponse

    @cached_property
    def soup(self) -> BeautifulSoup:
        """Parsed as a browser parses: the newline after `<textarea>` is swallowed, and a NUL can't be shown."""
        html = SWALLOWED.sub(r"\1", self.response.get_data(as_text=True).replace("\x00", "\ufffd"))
        return BeautifulSoup(html, "html.parser")

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        """The visible words, white space folded."""
        return " ".join(self.soup.get_text(" ").split())

    @property
    def h1(self) -> str:
        return " ".join(self.soup.h1.get_text().split())

    @property
    def errors(self) -> list[str]:
        """The messages beside the fields."""
        return [tag.get_text(" ").split("Error:", 1)[-1].strip() for tag in self.soup.select(".field-error")]

    @property
    def summary(self) -> list[str]:
        """The lines of the summary on top."""
        return [tag.get_text().strip() for tag in self.soup.select(".error-summary li")]

    def link(self, text: str) -> str:
        """The address of the one link with this text."""
        found = [a["href"] for a in self.soup.find_all("a") if " ".join(a.get_text(" ").split()) == text]
        assert found, f"No link '{text}' on {self.path}"
        return str(found[0])

    def form(self, selector: str | None = None) -> Tag:
        """The form meant: by CSS selector, or the only form in the main part of the page."""
        forms = self.soup.select(selector) if selector else self.soup.select("main form[method=post]")
        assert len(forms) == 1, f"{len(forms)} forms match on {self.path}: {self.text[:300]}"
        return forms[0]


class Visitor:
    """Somebody with a browser, signed in or not."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, *, lint_page: bool = True, **kwargs: Any) -> Page:
        return self._loaded(self.client.get(path, follow_redirects=True, **kwargs), lint_page)

    def post(self, path: str, data: Any = None, *, multipart: bool = False, **kwargs: Any) -> TestResponse:
        """A raw POST, without the page's own form; redirects aren't followed."""
        if multipart:
            data, kwargs["content_type"] = encode_multipart(data)
        return self.client.post(path, data=data, **kwargs)

    def submit(
        self,
        page: Page,
        selector: str | None = None,
        *,
        button: str | None = None,
        follow: bool = True,
        **values: Values,
    ) -> Page:
        """Submit a form as the browser would, with `values` typed in; `button` is the text of the one pressed."""
        form = page.form(selector)
        data = encode(form, values, button)
        pressed = _button(form, button)
        action = (pressed.get("formaction") if pressed else None) or form.get("action") or page.path
        response = self.post(
            urljoin(page.path, str(action)),
            data,
            multipart=form.get("enctype") == "multipart/form-data",
            follow_redirects=follow,
        )
        return self._loaded(response, lint_page=follow)

    def submit_get(self, page: Page, selector: str = "main form[method=get]", **values: Values) -> Page:
        """Submit the first such form, whose values go into the address."""
        form = page.soup.select(selector)[0]
        return self.get(
            f"{urljoin(page.path, str(form['action']))}?{urlencode(list(encode(form, values).items(multi=True)))}"
        )

    def _loaded(self, response: TestResponse, lint_page: bool) -> Page:
        request = response.request
        query = request.query_string.decode() if isinstance(request.query_string, bytes) else request.query_string
        page = Page(request.path + (f"?{query}" if query else ""), response)
        if lint_page and response.mimetype == "text/html":
            lint(page)
        return page


def encode(form: Tag, values: dict[str, Values], button: str | None = None) -> MultiDict[str, Any]:
    """What a browser sends for this form: its controls' values, with `values` in place of the named ones.

    Newlines are sent as CRLF. A value of None leaves the control out, as an unticked box is.
    """
    data: MultiDict[str, Any] = MultiDict()
    for control in form.select("input, select, textarea"):
        name = control.get("name")
        if not name or control.has_attr("disabled") or control.get("type") in {"submit", "button", "image"}:
            continue
        for value in _values(control):
            data.add(str(name), value)
    for name, value in values.items():
        assert form.select_one(f'[name="{name}"]') is not None, f"The form has no field '{name}'"
        data.poplist(name)
        if value is not None:
            data.setlist(name, value if isinstance(value, list) else [value])
    pressed = _button(form, button)
    if pressed is not None and pressed.get("name"):
        data.add(str(pressed["name"]), pressed.get("value", ""))
    for name in list(data):
        data.setlist(name, [_crlf(value) for value in data.getlist(name)])
    return data


def _button(form: Tag, text: str | None) -> Tag | None:
    buttons = [button for button in form.select("button") if button.get("type", "submit") == "submit"]
    if text is None:
        return buttons[0] if buttons else None
    found = [button for button in buttons if " ".join(button.get_text(" ").split()) == text]
    assert found, f"No button '{text}' in the form"
    return found[0]


def _values(control: Tag) -> list[Any]:
    if control.name == "textarea":
        return [control.get_text()]
    if control.name == "select":
        chosen = control.select("option[selected]") or control.select("option")[:1]
        return [option.get("value", option.get_text()) for option in chosen]
    if control.get("type") in {"checkbox", "radio"}:
        return [control.get("value", "on")] if control.has_attr("checked") else []
    if control.get("type") == "file":
        return []
    return [control.get("value", "")]


def _crlf(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


def lint(page: Page) -> None:
    """What every page must have; the message says what to mend."""
    where, tags = page.path, page.soup.find_all(True)
    headings = [tag for tag in tags if tag.name == "h1"]
    assert len(headings) == 1, f"{where}: a page has one h1, this has {len(headings)}"
    title = page.soup.title.get_text().removeprefix("Error: ") if page.soup.title else ""
    heading = _folded(headings[0].get_text())
    assert _folded(title).startswith(heading), f"{where}: the title begins with the h1, not '{title}'"
    ids = Counter(str(tag["id"]) for tag in tags if tag.has_attr("id"))
    assert max(ids.values()) == 1, f"{where}: ids stand for one thing each: {ids.most_common(3)}"
    labelled = {str(tag["for"]) for tag in tags if tag.name == "label" and tag.has_attr("for")}
    for tag in tags:
        _lint_tag(tag, where, set(ids), labelled)


def _lint_tag(tag: Tag, where: str, ids: set[str], labelled: set[str]) -> None:
    inline = tag.name == "style" or any(name == "style" or name.startswith("on") for name in tag.attrs)
    assert not inline, f"{where}: styles and scripts are files: {tag}"
    described = f"{tag.get('aria-describedby', '')} {tag.get('aria-labelledby', '')}".split()
    assert ids >= set(described), f"{where}: {tag.name} refers to ids that aren't there: {described}"
    if tag.name == "script":
        assert tag.get("src"), f"{where}: scripts are files"
    if tag.name == "a":
        assert tag.get("href") not in {None, "", "#"}, f"{where}: a link leads somewhere: {tag}"
    if tag.name == "form" and str(tag.get("method", "get")).lower() == "post":
        assert tag.find(attrs={"name": "csrf_token"}), f"{where}: a form that posts carries a CSRF token"
    if tag.name in {"input", "select", "textarea"} and tag.get("type") != "hidden":
        named = tag.get("aria-label") or tag.get("aria-labelledby") or tag.get("id") in labelled
        assert named, f"{where}: a field has a label: {tag}"
        assert not tag.has_attr("maxlength"), f"{where}: maxlength cuts what people paste: {tag}"


def _folded(text: str) -> str:
    return " ".join(text.split())
