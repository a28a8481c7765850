"""How pages are made: templates, their assets, and the policy a browser holds them to.

Every page is whole without scripts. Whatever the data say is text: the templates escape it,
and signs that turn the direction of reading are spelled out.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from kg.vocab import compress
from kg.web import addresses, answers
from kg.web.answers import Kept
from kg.web.live import State
from kg.web.serving import Serving, client

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).resolve().parent
_TYPES = {".css": "text/css", ".js": "text/javascript"}
#: The same name is always the same content.
_LONG = "public, max-age=31536000, immutable"
#: Another form of a page: its path, its media type, and what it is called.
Link = tuple[str, str, str]


class Asset(NamedTuple):
    """A file that pages use: its name in addresses (with the hash of its content), and the rest."""

    name: str
    kept: Kept
    integrity: str


@cache
def assets() -> Mapping[str, Asset]:
    """Return the assets by the name that templates call them."""
    found = {}
    for path in sorted((*(_HERE / "assets").iterdir(), *(_HERE / "vendor").iterdir())):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            if path.name == "web.css":
                content = _colours().encode() + content
            found[path.name] = _asset(path, content)
    return found


def _asset(path: Path, content: bytes) -> Asset:
    digest = hashlib.sha256(content).digest()
    return Asset(
        f"{path.stem}.{digest.hex()[:16]}{path.suffix}",
        Kept(content, _TYPES[path.suffix], {"Cache-Control": _LONG}),
        "sha256-" + base64.b64encode(digest).decode(),
    )


def _colours() -> str:
    """Return the colours of the explorer's one table as custom properties, light and dark."""
    from kg.view import style

    look = style()

    def block(name: str) -> str:
        pairs = {role: hue for role, hue in look["theme"][name].items() if role != "scheme"}
        pairs |= {f"family-{family}": one[name] for family, one in look["families"].items()}
        pairs |= {f"sign-{sign}": one[name] for sign, one in look["signs"].items()}
        return "".join(f"--{role}:{hue};" for role, hue in pairs.items()) + f"color-scheme:{name};"

    dark = f"@media (prefers-color-scheme:dark){{:root{{{block('dark')}}}}}\n"
    return f":root{{{block('light')}}}\n{dark}"


async def asset(request: Request) -> Response:
    """Answer an asset; only names that are known are looked at, and no file is opened."""
    name = request.path_params["name"]
    found = next((one for one in assets().values() if one.name == name), None)
    if found is None:
        from starlette.exceptions import HTTPException

        raise HTTPException(404)
    return answers.whole(request, found.kept)


def _makers() -> list[Path]:
    """Return the files that pages are made by: ours, and those of the explorer's page."""
    view = _HERE.parent / "view"
    found = (*_HERE.glob("*.py"), *(_HERE / "templates").iterdir(), *view.rglob("*"))
    return sorted(path for path in found if path.is_file() and path.suffix != ".pyc")


@cache
def version() -> str:
    """Return what is different when pages look different over the same data."""
    digest = hashlib.sha256()
    for path in _makers():
        digest.update(path.read_bytes())
    for one in assets().values():
        digest.update(one.name.encode())
    return digest.hexdigest()[:16]


def policy(*scripts: str, nonce: str = "", frame: str = "'none'") -> str:
    """Return a content security policy that lets these assets run, and nothing else."""
    styles = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    hashes = " ".join(f"'{assets()[name].integrity}'" for name in scripts) or "'none'"
    return (
        f"default-src 'none'; script-src {hashes}; style-src {styles}; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; "
        f"frame-ancestors {frame}"
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from kg.view import shown

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=lambda value: shown(value) if type(value) is str else value,
    )
    environment.filters["curie"] = compress
    environment.filters["number"] = lambda value: f"{value:,}"
    environment.filters["outside"] = _outside
    environment.filters["spoken"] = _spoken
    environment.filters["quoted"] = lambda text: quote(text, safe="")
    return environment


def _spoken(label: str) -> str:
    """Return a property of somebody else's that has no label here in words.

    >>> _spoken("dcterms:accessRights"), _spoken("has party"), _spoken("wdt:P509")
    ('access rights', 'has party', 'wdt:P509')
    """
    found = re.fullmatch(r"[a-z]+:([A-Za-z]+)", label)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", found[1]).lower() if found else label


def _outside(url: str) -> str:
    """Return an address that may be a link: of the web, and without tricks."""
    from kg.view import link

    return link(url.replace("http://www.wikidata.org/", "https://www.wikidata.org/", 1))


class Page(NamedTuple):
    """A page to be: its template, what that shows, its other forms, and what it carries."""

    template: str
    values: Mapping[str, Any]
    title: str
    alternates: tuple[Link, ...] = ()
    scripts: tuple[str, ...] = ("web.js",)
    status: int = 200
    #: A word that styles made by its scripts carry; empty where there are none.
    nonce: str = ""


def render(page: Page, *, address: str, root: str) -> Kept:
    """Return a page as it is sent, with the fields that go with it."""
    text = (
        _environment()
        .get_template(page.template)
        .render(
            **page.values,
            title=page.title,
            alternates=[(f"{address}{path}", kind, name) for path, kind, name in page.alternates],
            scripts=[assets()[name] for name in page.scripts],
            css=assets()["web.css"],
            nonce=page.nonce,
            root=root,
            address=address,
            page=lambda iri: root + addresses.document(iri),
            json=_json,
            lines=_lines,
        )
    )
    headers = {"Content-Security-Policy": policy(*page.scripts, nonce=page.nonce)}
    links = [f'<{address}{path}>; rel="alternate"; type="{t}"' for path, t, _ in page.alternates]
    if links:
        headers["Link"] = ", ".join(links)
    return Kept(text.encode("utf-8", "replace"), "text/html", headers)


def _json(value: object) -> Any:
    """Return JSON for an element of a page that no script is in."""
    from markupsafe import Markup

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for char, code in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e")):
        text = text.replace(char, code)
    return Markup(text)  # noqa: S704  escaped above


def _lines(text: str) -> Any:
    """Return text with its line breaks, each line as text may be shown."""
    from markupsafe import Markup, escape

    from kg.view import shown

    return Markup("\n").join(escape(shown(line)) for line in text.split("\n"))


async def respond(
    serving: Serving,
    request: Request,
    *parts: str,
    make: Callable[[State], Kept | Page] | None = None,
    bounded: bool = True,
    lasting: bool = True,
    asking: Callable[[State], Awaitable[Kept | Page]] | None = None,
) -> Response:
    """Answer what hangs on the data, the address and these parts; remembered, and made in a thread.

    What is not ``bounded`` waits for a worker, and takes its turn among the client's queries.
    What is not ``lasting`` may be another answer the next time: it is not remembered.
    ``asking`` is for what sees to that itself.
    """
    address, root = serving.address(request), addresses.root(serving.settings.base)
    with serving.live.now() as state:
        key = state.key if lasting else ""
        tag = answers.tag(key, "page", version(), address, *parts)
        if answers.unchanged(request, tag):
            return answers.not_modified(tag)
        kept, status = serving.memory.get(tag) if tag else None, 200
        if kept is None:
            if asking is not None:
                made = await asking(state)
            elif make is None:
                raise TypeError("nothing makes the page")
            elif bounded:
                work = partial(make, state)
                made = await serving.turns.run(client(request), work, state=state, request=request)
            else:
                made = await serving.query(request, lambda: make(state))
            if isinstance(made, Page):
                status = made.status
                made = await serving.in_thread(render, made, address=address, root=root)
            kept = made
            if status == 200:
                serving.memory.put(tag, kept)
        return answers.whole(request, kept, tag if status == 200 else "", status, key=state.key)
