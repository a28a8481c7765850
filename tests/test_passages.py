from __future__ import annotations

import textwrap
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import MissingError, UnreadableError
from kg.passages import Fingerprint, fingerprint, normalise, normalise_words, read_text, search

SENTENCES = (
    "The re-armed guards of Arland crossed the bridge, drums beating.",
    "No envoy of Borland was told beforehand; the council protested at once.",
    "A long-standing pact of mutual assistance obliges both crowns in case of an attack.",
    "Its clauses, as the herald put it, are “iron”.",
)


def prints(*sentences: str) -> list[Fingerprint]:
    return [Fingerprint(f"p{i}", *fingerprint(s)) for i, s in enumerate(sentences)]


def copy(tmp_path: Path, text: str, name: str = "copy.txt") -> Path:
    folder = tmp_path / "copies"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Troops were sent.", "troops\nwere  SENT"),
        ("co-operation", "cooperation"),
        ("co-\noperation", "co-operation"),
        ("“quoted” – dashed", '"quoted" - dashed'),
        ("in the event of aggression.<sup>23</sup>", "in the event of aggression."),
        ("in the event of aggression.23 Then", "in the event of aggression. Then"),
        ("as he said¹²", "as he said"),
        ("ﬁrst of[12] all", "first of all"),
        ("the so\u00adcalled pact", "the socalled pact"),
    ],
)
def test_typography_and_footnote_marks_make_no_difference(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("on 12 November", "on 11 November"),
        ("50,000 died", "5,000 died"),
        ("version 1.2 is out", "version 1. is out"),
        ("Korean", "Koreans"),
        ("it could lead", "it will lead"),
    ],
)
def test_a_changed_word_or_figure_changes_the_fingerprint(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


@given(st.text(st.characters(blacklist_categories=["Cs", "N", "Mn"]), max_size=80))
def test_normalising_a_word_twice_is_normalising_it_once(text: str) -> None:
    words = [word for word in normalise_words(text) if not unicodedata.combining(word[0])]
    assert [normalise(word) for word in words] == words


def test_every_sentence_is_found_in_a_plain_copy(tmp_path: Path) -> None:
    report = search(copy(tmp_path, " ".join(SENTENCES)), prints(*SENTENCES))
    assert set(report.found) == {"p0", "p1", "p2", "p3"}
    assert report.missing == ()
    assert list(report.uncovered.values()) == [()]


@pytest.mark.parametrize("width", [20, 33, 47])
def test_sentences_are_found_however_the_lines_break(tmp_path: Path, width: int) -> None:
    wrapped = textwrap.fill(" ".join(SENTENCES), width)
    assert search(copy(tmp_path, wrapped), prints(*SENTENCES)).missing == ()


def test_a_word_broken_by_a_hyphen_at_the_line_end_is_found(tmp_path: Path) -> None:
    text = " ".join(SENTENCES).replace("beforehand", "before-\nhand").replace("mutual", "mu-\ntual")
    assert search(copy(tmp_path, text), prints(*SENTENCES)).missing == ()


def test_a_sentence_interrupted_by_the_foot_of_a_page_is_found(tmp_path: Path) -> None:
    text = (
        "A long-standing pact of mutual\n\n---\n\n<sup>1</sup> The herald of Arland, personal letter.\n"
        "<sup>2</sup> Ibid.\n\nassistance obliges both crowns in case of an attack.\n"
    )
    report = search(copy(tmp_path, text), prints(SENTENCES[2]))
    assert report.found["p0"].interrupted
    assert "herald" not in report.found["p0"].text


def test_an_interruption_does_not_glue_unrelated_halves_together(tmp_path: Path) -> None:
    text = "A long-standing pact of mutual\nhatred divides them.\n" + "filler words here.\n" * 400
    text += "assistance obliges both crowns in case of an attack.\n"
    assert search(copy(tmp_path, text), prints(SENTENCES[2])).missing == ("p0",)


def test_an_altered_sentence_is_reported_missing(tmp_path: Path) -> None:
    text = " ".join(SENTENCES).replace("obliges both", "obliges neither of the")
    report = search(copy(tmp_path, text), prints(*SENTENCES))
    assert report.missing == ("p2",)
    assert any(
        "neither" in stretch for stretches in report.uncovered.values() for stretch in stretches
    )


def test_html_is_read_without_markup_scripts_and_note_marks(tmp_path: Path) -> None:
    body = "".join(f"<p>{s.replace('pact', '<b>pa</b>ct')}<sup>7</sup></p>" for s in SENTENCES)
    page = f"<html><head><script>var x = 'No envoy';</script></head><body>{body}</body></html>"
    report = search(copy(tmp_path, page, "copy.html"), prints(*SENTENCES))
    assert report.missing == ()
    assert list(report.uncovered.values()) == [()]


def test_pdf_text_with_glued_note_numbers_is_read(tmp_path: Path) -> None:
    text = "Source: the herald4\nNo envoy of Borland was told beforehand; the council protested at once.12 More."
    assert search(copy(tmp_path, text), prints("Source: the herald", SENTENCES[1])).missing == ()


def test_a_real_pdf_is_read(tmp_path: Path) -> None:
    # A one-page PDF made by hand: pypdf reads it, and its text is ours.
    stream = b"BT /F1 12 Tf 72 720 Td (The council of Borland protested at once.) Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    pdf, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(pdf)
    pdf += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % o for o in offsets)
    pdf += b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "copy.pdf").write_bytes(pdf)
    assert search(folder, prints("The council of Borland protested at once.")).missing == ()


def test_a_broken_pdf_is_skipped_with_its_reason(tmp_path: Path) -> None:
    folder = copy(tmp_path, SENTENCES[0])
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nothing more")
    report = search(folder, prints(SENTENCES[0]))
    assert "broken PDF" in report.skipped[folder / "broken.pdf"]
    assert report.missing == ()


def test_a_folder_without_readable_copies_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    with pytest.raises(MissingError):
        search(tmp_path, prints(SENTENCES[0]))
    with pytest.raises(MissingError):
        search(tmp_path / "nowhere", prints(SENTENCES[0]))
    with pytest.raises(UnreadableError):
        read_text(tmp_path / "picture.png")
