"""PowerPoint: slides as pages with titles, lists, tables and notes, what is passed over, and bad files."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from assistant.ingest.parse import ParsedDocument, parse_file
from assistant.records import Document, Failure
from testkit.papers import ENGLISH, POLISH, VIETNAMESE

MAIN = "http://schemas.openxmlformats.org/"
SPACES = (
    f'xmlns:p="{MAIN}presentationml/2006/main" xmlns:a="{MAIN}drawingml/2006/main" '
    f'xmlns:r="{MAIN}officeDocument/2006/relationships" xmlns:dgm="{MAIN}drawingml/2006/diagram" '
    f'xmlns:mc="{MAIN}markup-compatibility/2006"'
)


def shape(*texts: str, kind: str | None = None) -> str:
    filled = "" if kind is None else f'<p:ph type="{kind}"/>' if kind else '<p:ph idx="1"/>'
    made = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in texts)
    return f"<p:sp><p:nvSpPr><p:nvPr>{filled}</p:nvPr></p:nvSpPr><p:txBody>{made}</p:txBody></p:sp>"


def table(*rows: tuple[str, ...]) -> str:
    def cell(text: str) -> str:
        return f"<a:tc><a:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></a:txBody></a:tc>"

    made = "".join(f"<a:tr>{''.join(map(cell, row))}</a:tr>" for row in rows)
    return f"<p:graphicFrame><p:nvGraphicFramePr/><a:graphic><a:tbl>{made}</a:tbl></a:graphic></p:graphicFrame>"


def slide(content: str, more: str = "") -> str:
    return f"<p:sld {SPACES} {more}><p:cSld><p:spTree>{content}</p:spTree></p:cSld></p:sld>"


def relationships(**targets: str) -> str:
    made = "".join(
        f'<Relationship Id="{key}" Type="{MAIN}x/{target.split("/")[-1].rstrip("0123456789.xml")}" Target="{target}"/>'
        for key, target in targets.items()
    )
    return f'<Relationships xmlns="{MAIN}package/2006/relationships">{made}</Relationships>'


def pptx(*slides: str, **parts: str) -> bytes:
    listed = "".join(f'<p:sldId r:id="r{number}"/>' for number in range(len(slides)))
    targets = {f"r{number}": f"slides/slide{number}.xml" for number in range(len(slides))}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ppt/presentation.xml", f"<p:presentation {SPACES}>{listed}</p:presentation>")
        archive.writestr("ppt/_rels/presentation.xml.rels", relationships(**targets))
        for number, content in enumerate(slides):
            archive.writestr(f"ppt/slides/slide{number}.xml", content)
        if parts:
            archive.writestr("ppt/slides/_rels/slide0.xml.rels", relationships(**{k: f"../{k}.xml" for k in parts}))
        for name, content in parts.items():
            archive.writestr(f"ppt/{name}.xml", content)
    return target.getvalue()


def read(data: bytes) -> Document:
    parsed = parse_file("a.pptx", data, None)[0][1]
    assert isinstance(parsed, ParsedDocument), parsed
    assert parsed.document is not None
    return parsed.document


def test_slides_are_pages_with_titles_lists_tables_and_notes() -> None:
    first = slide(
        shape("Ground floor", "First floor", kind="") + shape("Fire drill", kind="title") + shape("7", kind="sldNum")
    )
    second = slide(
        shape("Places", kind="ctrTitle") + table(("floor", "way out"), ("1", "yard"), ("2", "roof")) + shape(POLISH)
    )
    notes = f"<p:notes {SPACES}><p:cSld>{shape('x', kind='sldImg')}{shape(VIETNAMESE, kind='body')}</p:cSld></p:notes>"
    made = read(pptx(first, slide(""), second, notesSlide=notes))
    assert made.text.split("\n\n") == [
        "## Fire drill", "- Ground floor\n- First floor", VIETNAMESE,
        "## Places", "floor: 1 | way out: yard", "floor: 2 | way out: roof", POLISH,
    ]  # fmt: skip
    at = made.text.index("## Places")
    assert made.pages == (0, at, at)  # the empty slide counts
    assert made.title == "Fire drill"


def test_text_in_groups_and_diagrams_is_read_and_copies_for_older_programs_are_not() -> None:
    content = (
        f"<p:grpSp>{shape('In a group')}</p:grpSp><mc:AlternateContent><mc:Choice>{shape('Once')}</mc:Choice>"
        f"<mc:Fallback>{shape('Once')}</mc:Fallback></mc:AlternateContent>"
        '<p:graphicFrame><a:graphic><dgm:relIds r:dm="data"/></a:graphic></p:graphicFrame>'
    )
    point = "<dgm:pt><dgm:t><a:p><a:r><a:t>A step</a:t></a:r></a:p></dgm:t></dgm:pt>"
    data = f"<dgm:dataModel {SPACES}>{point}</dgm:dataModel>"
    assert read(pptx(slide(content), data=data)).text == "In a group\n\nOnce\n\n- A step"


def test_a_diagram_that_is_shown_many_times_is_read_once() -> None:
    point = "<dgm:pt><dgm:t><a:p><a:r><a:t>A step</a:t></a:r></a:p></dgm:t></dgm:pt>"
    frame = '<p:graphicFrame><a:graphic><dgm:relIds r:dm="data"/></a:graphic></p:graphicFrame>'
    data = f"<dgm:dataModel {SPACES}>{point}</dgm:dataModel>"
    assert read(pptx(slide(frame * 3), data=data)).text == "- A step"


def test_hidden_slides_are_not_read() -> None:
    made = read(pptx(slide(shape("Hidden"), 'show="0"'), slide(shape(ENGLISH))))
    assert (made.text, made.pages) == (ENGLISH, (0, 0))


GOOD = pptx(slide(shape(ENGLISH)))
ENTITY = "<!DOCTYPE a [<!ENTITY b 'bbbbbbbb'>]>"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (GOOD[:-40], "damaged"),
        (pptx(slide(shape(ENGLISH))[:-20]), "damaged"),
        (pptx(ENTITY + slide(shape("&b;"))), "entities"),
        (pptx(slide(shape(" " * 40_000_000))), "would grow"),
        (pptx(*["<x/>"] * 2_001), "more than 2,000 slides"),
        (pptx(slide("")), "no text"),
        (pptx(), "no text"),
    ],
)
def test_bad_files_are_listed_failures(data: bytes, said: str) -> None:
    found = parse_file("a.pptx", data, None)[0][1]
    assert isinstance(found, Failure)
    assert re.search(said, found.error)
    assert found.hint
