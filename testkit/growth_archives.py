"""Formats in ZIP files: archives whose parts are made of tokens, or are as many as the text is long.

Each function gets a text and reads an archive made of it; the tokens are those of the part that is made of the text.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Mapping

from lxml import etree

from assistant.ingest.formats.zipped import read_zip
from assistant.ingest.sandbox.limits import RefusedError
from testkit.office_files import ODF_NAMES, SLIDE_NAMES, epub, odt, pptx, xlsx, zipped

CELL_TOKENS = (
    "<row>", "</row>", "<row><c><v>{i}</v></c><c><v>1</v></c></row>", "<c><v>1</v></c>", "<c t='s'><v>0</v></c>",
    "<c t='inlineStr'><is><t>a{i}</t></is></c>", "<row><c t='inlineStr'><is><t>a{i}</t></is></c></row>",
    "<c r='AZ1'><v>1</v></c>", "<row r='{i}'><c r='A{i}'><v>5</v></c></row>", "<c s='1'><v>0.5</v></c>",
    "<c><f>A1</f><v>2</v></c>", "<c t='e'><v>#N/A</v></c>", "<row/>", "<c/>",
    "</sheetData><mergeCells><mergeCell ref='A1:B{i}'/></mergeCells><sheetData>",
    "<row><c t='inlineStr'><is><t>A sentence of the port {i}.</t></is></c><c><v>1</v></c></row>",
)  # fmt: skip
STRING_TOKENS = (
    "<si><t>a{i}</t></si>", "<si>", "</si>", "<t>", "</t>", "a ", "<r>", "</r>", "<rPh>", "</rPh>", "<si><t/></si>",
)  # fmt: skip
ODS_TOKENS = (
    "<t:table t:name='a{i}'>", "</t:table>", "<t:table-row>", "</t:table-row>", "<t:table-cell>", "</t:table-cell>",
    "<t:table-row><t:table-cell><x:p>a{i}</x:p></t:table-cell><t:table-cell><x:p>1</x:p></t:table-cell></t:table-row>",
    "<t:table-cell><x:p>a{i}</x:p></t:table-cell>", "<t:table-cell t:number-columns-repeated='999'/>",
    "<t:table-row t:number-rows-repeated='9'>",
    "<t:table-cell t:number-columns-repeated='9'><x:p>a</x:p></t:table-cell>",
    "<t:covered-table-cell/>", "<x:p>", "</x:p>", "a ", "<t:table-header-rows>", "</t:table-header-rows>",
    "<t:table><t:table-row><t:table-cell><x:p>a</x:p></t:table-cell></t:table-row></t:table>",
)  # fmt: skip
ODT_TOKENS = (
    "<x:p>", "</x:p>", "<x:p>A sentence of the port {i}.</x:p>", "<x:h x:outline-level='2'>a{i}</x:h>", "<x:list>",
    "</x:list>", "<x:list-item>", "</x:list-item>", "<x:list-item><x:p>a</x:p></x:list-item>", "<x:span>", "</x:span>",
    "<x:s/>", "<x:tab/>", "<x:line-break/>", "<x:note><x:note-body><x:p>a{i}</x:p></x:note-body></x:note>", "a ",
    "<d:frame><d:text-box><x:p>a</x:p></d:text-box></d:frame>", "<d:frame><d:text-box>", "</d:text-box></d:frame>",
    "<x:section>", "</x:section>", "<x:tracked-changes>", "</x:tracked-changes>", "<o:annotation>", "</o:annotation>",
    "<t:table>", "</t:table>", "<t:table-row>", "</t:table-row>", "<t:table-cell>", "</t:table-cell>",
    "<x:p x:style-name='Title'>a</x:p>", "<d:page>", "</d:page>",
)  # fmt: skip
SLIDE_TOKENS = (
    "<p:sp><p:txBody><a:p><a:r><a:t>a{i}</a:t></a:r></a:p></p:txBody></p:sp>", "<p:sp>", "</p:sp>", "<p:grpSp>",
    "</p:grpSp>", "<a:p>", "</a:p>", "<a:t>", "</a:t>", "a ", "<a:br/>",
    "<p:nvSpPr><p:nvPr><p:ph type='title'/></p:nvPr></p:nvSpPr>",
    "<p:sp><p:nvSpPr><p:nvPr><p:ph type='title'/></p:nvPr></p:nvSpPr></p:sp>", "<a:tr>", "</a:tr>",
    "<p:nvSpPr><p:nvPr><p:ph/></p:nvPr></p:nvSpPr>", "<p:graphicFrame>", "</p:graphicFrame>", "<a:tbl>", "</a:tbl>",
    "<a:tc><a:p><a:t>a</a:t></a:p></a:tc>", "<g:relIds r:dm='data'/>", "<m:Fallback>", "</m:Fallback>",
    "<p:graphicFrame><g:relIds r:dm='data'/></p:graphicFrame>",
)  # fmt: skip
PACKAGE_TOKENS = (
    "<item id='a{i}' href='a.xhtml'/>", "<itemref idref='a{i}'/>", "<item id='a' href='a.xhtml'/><itemref idref='a'/>",
    "<itemref idref='a'/>", "<item id='b{i}' href='b{i}.xhtml' properties='nav'/>", "<manifest>", "</manifest>",
    "<spine>", "</spine>", "<item id='a{i}' href='../a/../a.xhtml#b'/><itemref idref='a{i}'/>", "a",
)  # fmt: skip
NOTE_TOKENS = (
    "<w:footnote w:id='{i}'><w:p><w:r><w:t>a{i}</w:t></w:r></w:p></w:footnote>", "<w:footnote w:id='10000'>",
    "</w:footnote>", "<w:p><w:r><w:t>a</w:t></w:r></w:p>", "<w:p>", "</w:p>", "<w:footnoteReference w:id='{i}'/>",
)  # fmt: skip
STYLE_TOKENS = (
    "<w:style w:styleId='{i}'><w:name w:val='heading 1'/><w:basedOn w:val='10000'/></w:style>",
    "<w:style w:styleId='{i}'><w:pPr><w:numPr><w:numId w:val='{i}'/></w:numPr></w:pPr></w:style>",
    "<w:style w:styleId='10000'><w:basedOn w:val='{i}'/></w:style>", "<w:style>", "</w:style>", "<w:pPr>", "</w:pPr>",
    "<w:name w:val='title'/>", "<w:outlineLvl w:val='3'/>",
)  # fmt: skip
NUMBERING_TOKENS = (
    "<w:num w:numId='{i}'><w:abstractNumId w:val='{i}'/></w:num>",
    "<w:abstractNum w:abstractNumId='{i}'><w:lvl w:ilvl='0'><w:start w:val='3'/><w:numFmt w:val='upperRoman'/>"
    "<w:lvlText w:val='%1.'/></w:lvl></w:abstractNum>",
    "<w:abstractNum w:abstractNumId='{i}'><w:numStyleLink w:val='{i}'/></w:abstractNum>",
    "<w:num w:numId='{i}'><w:abstractNumId w:val='10000'/><w:lvlOverride w:ilvl='0'><w:startOverride w:val='9'/>"
    "</w:lvlOverride></w:num>", "<w:lvl w:ilvl='1'>", "</w:lvl>", "<w:lvlText w:val='%1%2%3%4%5%6%7%8%9'/>",
    "<w:abstractNum w:abstractNumId='10000'>", "</w:abstractNum>", "<w:isLgl/>", "<w:numFmt w:val='decimal'/>",
)  # fmt: skip

_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org"
_RELATIONS = f"{_OFFICE}/package/2006/relationships"
_WORD_NAMES = f'xmlns:w="{_OFFICE}/wordprocessingml/2006/main"'
_WORD = zipped({"word/document.xml": ""})
_XLSX, _ODT, _PPTX, _EPUB = xlsx(), odt(), pptx(), epub()
_PARAGRAPH = "<w:p><w:pPr>{}</w:pPr><w:r><w:t>A port.</w:t>{}</w:r></w:p>"


def _read(archive: bytes, parts: Mapping[str, str]) -> None:
    """Read the archive with other parts; XML in them is made well-formed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as before, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as made:
        for name in before.namelist():
            if name not in parts:
                made.writestr(name, before.read(name))
        for name, xml in parts.items():
            made.writestr(name, xml)
    with contextlib.suppress(RefusedError):
        read_zip(target.getvalue())


def _closed(xml: str) -> str:
    """Return XML with its open elements closed and the others dropped, as a damaged file is repaired."""
    tree = etree.fromstring(xml, etree.XMLParser(recover=True, huge_tree=True))
    return str(etree.tostring(tree, encoding="unicode"))


def _numbers(text: str, each: int) -> range:
    """Return the numbers of the things of about `each` characters in a file as long as `text`."""
    return range(1, 2 + len(text) // each)


def read_sheet(cells: str) -> None:
    """Read a workbook with these rows and cells."""
    xml = _closed(f'<worksheet xmlns="{_SHEET}"><sheetData>{cells}</sheetData></worksheet>')
    _read(_XLSX, {"xl/worksheets/sheet1.xml": xml})


def read_shared_strings(strings: str) -> None:
    """Read a workbook with these strings, each shown twice."""
    cells = "".join(f"<row><c t='s'><v>{n - 1}</v></c></row>" * 2 for n in _numbers(strings, 40))
    _read_strings(_closed(f'<sst xmlns="{_SHEET}">{strings}</sst>'), cells)


def read_repeated_string(text: str) -> None:
    """Read a workbook with one long string, shown in many cells."""
    strings = f'<sst xmlns="{_SHEET}"><si><t>A port. {"a " * (len(text) // 4)}</t></si></sst>'
    _read_strings(strings, "<row><c t='s'><v>0</v></c></row>" * (len(text) // 80))


def _read_strings(strings: str, cells: str) -> None:
    with zipfile.ZipFile(io.BytesIO(_XLSX)) as archive:
        types = archive.read("[Content_Types].xml").decode()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    parts = {
        "[Content_Types].xml": types.replace("</Types>", override),
        "xl/sharedStrings.xml": strings,
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_SHEET}"><sheetData>{cells}</sheetData></worksheet>',
    }
    _read(_XLSX, parts)


def read_sheets(text: str) -> None:
    """Read a workbook of many sheets with many styles and merged cells."""
    numbers = _numbers(text, 500)
    sheets = "".join(f"<sheet name='a{n}' sheetId='{n}' r:id='r{n}'/>" for n in numbers)
    formats = "".join(f"<numFmt numFmtId='{200 + n}' formatCode='0.0&quot; a{n}&quot;'/>" for n in numbers)
    styles = "".join(f"<xf numFmtId='{200 + n}' fontId='0' fillId='0' borderId='0' xfId='0'/>" for n in numbers)
    merged = "".join(f"<mergeCell ref='A{n}:B{n}'/>" for n in range(1, 9))
    relations = "".join(
        f"<Relationship Id='r{n}' Type='{_OFFICE}/officeDocument/2006/relationships/worksheet' "
        f"Target='worksheets/sheet{n}.xml'/>"
        for n in numbers
    )
    parts = {
        f"xl/worksheets/sheet{n}.xml": f'<worksheet xmlns="{_SHEET}"><sheetData><row><c s="{n}"><v>{n}</v></c><c t='
        f'"inlineStr"><is><t>a{n}</t></is></c></row></sheetData><mergeCells>{merged}</mergeCells></worksheet>'
        for n in numbers
    }
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}/officeDocument/2006/relationships"><sheets>{sheets}</sheets>'
        "</workbook>"
    )
    relations += f"<Relationship Id='s' Type='{_OFFICE}/officeDocument/2006/relationships/styles' Target='styles.xml'/>"
    parts["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{_RELATIONS}">{relations}</Relationships>'
    parts["xl/styles.xml"] = (
        f'<styleSheet xmlns="{_SHEET}"><numFmts>{formats}</numFmts><fonts><font/></fonts>'
        "<fills><fill><patternFill/></fill></fills>"
        f"<borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf/>{styles}</cellXfs></styleSheet>"
    )
    _read(_XLSX, parts)


def _read_odf(kind: str, body: str, styles: str = "") -> None:
    xml = _closed(
        f"<o:document-content {ODF_NAMES}><o:automatic-styles>{styles}</o:automatic-styles><o:body><o:{kind}>{body}"
        f"</o:{kind}></o:body></o:document-content>"
    )
    _read(_ODT, {"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": xml})


def read_ods(tables: str) -> None:
    """Read an OpenDocument spreadsheet with these tables, in two ways: alone, and inside of one."""
    _read_odf("spreadsheet", tables)
    _read_odf("spreadsheet", f"<t:table>{tables}</t:table>")


def read_repeated_cells(text: str) -> None:
    """Read a spreadsheet in which rows of a long text are repeated."""
    cell = f"<t:table-cell t:number-columns-repeated='999'><x:p>{text}</x:p></t:table-cell>"
    _read_odf("spreadsheet", f"<t:table><t:table-row t:number-rows-repeated='999'>{cell}</t:table-row></t:table>")


def read_odt(body: str) -> None:
    """Read an OpenDocument text, and a presentation with the same body and many styles."""
    _read_odf("text", body)
    styles = "".join(f"<s:style s:name='a{n}' s:parent-style-name='Title'/>" for n in _numbers(body, 60))
    _read_odf("presentation", body, styles)


def read_slide(shapes: str) -> None:
    """Read a presentation of one slide with these shapes, and a diagram that they may show."""
    points = "<g:t><a:p><a:r><a:t> </a:t></a:r></a:p></g:t>" * (len(shapes) // 60)
    _read(
        _PPTX,
        {
            "ppt/slides/slide1.xml": _closed(f"<p:sld {SLIDE_NAMES}>{shapes}</p:sld>"),
            "ppt/slides/_rels/slide1.xml.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="data" '
            'Type="diagramData" Target="../data.xml"/></Relationships>',
            "ppt/data.xml": f"<g:dataModel {SLIDE_NAMES}>{points}</g:dataModel>",
        },
    )


def read_slides(text: str) -> None:
    """Read a presentation of many slides, which all refer to the same long notes many times."""
    numbers = _numbers(text, 400)
    listed = "".join(f"<p:sldId r:id='r{n}'/>" for n in numbers)
    relations = "".join(f"<Relationship Id='r{n}' Type='slide' Target='slides/slide{n}.xml'/>" for n in numbers)
    notes = "".join(f"<Relationship Id='n{n}' Type='notesSlide' Target='../notes.xml'/>" for n in range(3))
    shape = "<p:sp><p:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp>"
    parts = {f"ppt/slides/slide{n}.xml": f"<p:sld {SLIDE_NAMES}>{shape.format(n)}</p:sld>" for n in numbers}
    for n in numbers:
        relation = f'<Relationships xmlns="{_RELATIONS}">{notes}</Relationships>'
        parts[f"ppt/slides/_rels/slide{n}.xml.rels"] = relation
    parts["ppt/presentation.xml"] = f"<p:presentation {SLIDE_NAMES}>{listed}</p:presentation>"
    parts["ppt/_rels/presentation.xml.rels"] = f'<Relationships xmlns="{_RELATIONS}">{relations}</Relationships>'
    parts["ppt/notes.xml"] = f"<p:notes {SLIDE_NAMES}>{shape.format(' ') * (len(text) // 60)}</p:notes>"
    _read(_PPTX, parts)


def read_package(package: str) -> None:
    """Read an e-book with this package, which lists the chapters."""
    _read(_EPUB, {"book.xml": _closed(f'<package xmlns="http://www.idpf.org/2007/opf">{package}</package>')})


def read_chapters(text: str) -> None:
    """Read an e-book of many chapters, each listed many times."""
    numbers = _numbers(text, 100)
    items = "".join(f"<item id='a{n}' href='a{n}.xhtml'/>" for n in numbers)
    spine = "".join(f"<itemref idref='a{n}'/>" * 3 for n in numbers)
    book = f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest><spine>{spine}</spine></package>'
    chapters = {f"a{n}.xhtml": f"<html><body><h1>a{n}</h1><p>A port.</p></body></html>" for n in numbers}
    _read(_EPUB, {"book.xml": book, **chapters})


def _read_word(parts: Mapping[str, str], paragraphs: str) -> None:
    body = f"<w:document {_WORD_NAMES}><w:body>{paragraphs}</w:body></w:document>"
    _read(_WORD, {"word/document.xml": body, **parts})


def read_notes(notes: str) -> None:
    """Read a Word file with these footnotes, each referred to."""
    xml = _closed(f"<w:footnotes {_WORD_NAMES}>{notes}</w:footnotes>")
    used = _numbers(notes, 60)
    body = "".join(_PARAGRAPH.format("", f"<w:footnoteReference w:id='{9_999 + n}'/>") for n in used)
    _read_word({"word/footnotes.xml": xml}, body)


def read_styles(styles: str) -> None:
    """Read a Word file with these styles, each used."""
    xml = _closed(f"<w:styles {_WORD_NAMES}>{styles}</w:styles>")
    body = "".join(_PARAGRAPH.format(f"<w:pStyle w:val='{9_999 + n}'/>", "") for n in _numbers(styles, 60))
    _read_word({"word/styles.xml": xml}, body)


def read_numbering(lists: str) -> None:
    """Read a Word file with these lists, each used."""
    xml = _closed(f"<w:numbering {_WORD_NAMES}>{lists}</w:numbering>")
    places = (
        f"<w:numPr><w:ilvl w:val='{n % 9}'/><w:numId w:val='{9_999 + n}'/></w:numPr>" for n in _numbers(lists, 60)
    )
    _read_word({"word/numbering.xml": xml}, "".join(_PARAGRAPH.format(place, "") for place in places))
