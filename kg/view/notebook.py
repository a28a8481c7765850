"""How a projection shows itself in a notebook: its page, in a frame that reaches nothing."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kg.errors import KgError
from kg.store import Store
from kg.view import render

if TYPE_CHECKING:
    from kg.projection import Projection

#: A notebook keeps every output in its file: a larger page is not put into it.
MAX_BYTES = 8_000_000
_HEIGHT = 620
# Scripts, but as nobody: no origin, so no reach into the notebook, its cookies or its
# kernel. Sources may open in a tab and exports be saved when the reader asks for it.
_SANDBOX = "allow-scripts allow-downloads allow-popups allow-popups-to-escape-sandbox"


def bundle(
    store: Store,
    projection: Projection,
    *,
    title: str = "Gambit: claims and sources",
    max_bytes: int = MAX_BYTES,
) -> dict[str, str]:
    """Return what ``_repr_mimebundle_`` gives: the page in a sandboxed frame, and one sentence.

    The sentence (``text/plain``) is what a terminal shows, and a notebook that is not
    trusted. A page that is too large is named instead, with the way to get it.
    """
    said = projection.summary()
    try:
        page = render(store, projection, title=title)
    except KgError as error:
        return {"text/plain": said, "text/html": _instead(said, str(error), error.hint or "")}
    if len(page) > max_bytes:
        size = f"its page has {len(page) / 1e6:.1f} MB, too much to keep in a notebook"
        return {
            "text/plain": said,
            "text/html": _instead(said, size, 'write it to a file: g.view("graph.html")'),
        }
    frame = (
        f'<iframe sandbox="{_SANDBOX}" title="{escape(title)}" referrerpolicy="no-referrer" '
        f'style="width:100%;height:{_HEIGHT}px;border:1px solid #767F8C" '
        f'srcdoc="{escape(page.decode("utf-8"))}"></iframe>'
    )
    return {"text/plain": said, "text/html": frame}


def _instead(said: str, why: str, hint: str) -> str:
    more = f" ({escape(hint)})" if hint else ""
    return f"<p>{escape(said)}</p><p>Not drawn here: {escape(why)}{more}.</p>"
