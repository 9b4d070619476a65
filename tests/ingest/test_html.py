"""HTML: metadata, structure, hostile markup."""

from __future__ import annotations

import time

import pytest

from assistant.ingest.formats.html.html_page import HtmlArticle, read_html
from assistant.ingest.parse import looks_like_html
from assistant.text.blocks import read_blocks

PROSE = (
    "<p>The council met on the first floor and spoke for two hours about the new bridge over the river.</p>"
    "<p>Most members were for it, because the ferry stops in winter, and voted for a wider road as well.</p>"
)


def page(head: str = "", body: str = PROSE) -> HtmlArticle:
    return read_html(f"<!doctype html><html><head>{head}</head><body>{body}</body></html>")


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        (
            "<title>Bridge vote - The Herald</title><meta property='og:site_name' content='The Herald'>",
            "",
            "Bridge vote",
        ),
        (
            "<title>The Herald | Bridge vote</title><meta property='og:site_name' content='The Herald'>",
            "",
            "Bridge vote",
        ),
        ("<title>Bridge vote | Politics | herald.example</title>", "<h1>Bridge vote</h1>", "Bridge vote"),
        ("<title>The Herald</title><meta property='og:site_name' content='The Herald'>", "<h1>Vote</h1>", "Vote"),
        ("<title>War - and peace</title>", "", "War - and peace"),
        ("<title>Herald e.V.: Will they vote?</title>", "<h1>Will they vote?</h1>", "Will they vote?"),
        ("<title>Bridge vote - The Daily</title>", "<h1><a href='/'>The Daily</a></h1>", "Bridge vote - The Daily"),
        (
            "<title>Bridge vote | The Herald of Ustka</title><link rel='canonical' href='https://herald.example/a/b'>",
            "",
            "Bridge vote",
        ),
        (
            "<title>Bridge vote</title><meta property='og:site_name' content='Bridge vote'>",
            "<h1>Bridge vote</h1>",
            "Bridge vote",
        ),
        ("<title>Bridge vote -</title>", "", "Bridge vote"),
        ("<meta property='og:title' content='Vote &amp;amp; bridge'>", "", "Vote & bridge"),
    ],
)
def test_title_is_never_the_site(head: str, body: str, title: str) -> None:
    assert page(head, body + PROSE).metadata.title == title


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "/relative", "file:///etc/passwd", "http://", "https://a b"]
)
def test_only_complete_web_addresses_count(address: str) -> None:
    assert page(f'<link rel="canonical" href="{address}">').metadata.url is None


def test_address_of_the_page_is_preferred_to_the_home_page() -> None:
    head = '<link rel="canonical" href="https://a.example/"><meta property="og:url" content="https://a.example/x/1">'
    assert page(head).metadata.url == "https://a.example/x/1"


@pytest.mark.parametrize(
    ("head", "body", "date"),
    [
        ('<meta property="article:published_time" content="2024-05-03T10:00:00Z">', "", "2024-05-03"),
        ('<meta name="date" content="2024-05-03">', "", "2024-05-03"),
        ("", '<h1>Vote</h1><time itemprop="datePublished" datetime="2024-05-03">3 May</time>', "2024-05-03"),
        ("", "<h1>Vote</h1><p>03/05/2024</p>", "2024-05-03"),
        ('<meta name="date" content="2024-05-03">', "<h1>Vote</h1><p>Wednesday 05/06/2024</p>", "2024-06-05"),
        ('<meta property="og:image" content="https://a.example/2025_09/05/10/x.png">', "", None),
        ("", "<p>&copy; 2019-2024 The Herald</p><p>The period 2020-2025 was long, as all of them agreed.</p>", None),
        ("", "<p>On 3 May 2024 the council had decided to vote once more about the bridge and its road.</p>", None),
    ],
)
def test_published_only_where_stated(head: str, body: str, date: str | None) -> None:
    assert page(head, body + PROSE).metadata.published == date


def test_scripts_styles_and_hidden_parts_are_no_text() -> None:
    hidden = (
        "<script>var secret=1</script><style>.secret{}</style><noscript>secret</noscript><div hidden>secret</div>"
        '<p style="display:none">secret</p><p style="visibility&#58; hidden">secret</p><template>secret</template>'
    )
    assert "secret" not in "\n".join(page(body=hidden + PROSE + hidden).blocks)


@pytest.mark.parametrize(
    "panel",
    [
        "<h3><button aria-expanded='false'>Deposit</button></h3><div hidden>{}</div>",
        "<h3><button aria-expanded='false'>Deposit</button></h3><div style='display: none' aria-hidden='true'>{}</div>",
        "<button aria-controls='a'>Deposit</button><i></i><div id='a' hidden>{}</div>",
        "<div class='head'><a data-toggle='collapse' href='#a'>Deposit</a></div>"
        "<div id='a' style='display:none'>{}</div>",
        "<ul role='tablist'><li role='tab' id='t'>Deposit</li><li role='tab'>Other</li></ul>"
        "<div role='tabpanel' aria-labelledby='t' hidden>{}</div>",
        "<details><summary>Deposit</summary>{}</details>",
        "<dl><dt><button>Deposit</button></dt><dd hidden>{}</dd></dl>",
    ],
    ids=["heading", "style", "controls", "collapse", "tab", "details", "term"],
)
def test_panel_is_read_under_the_name_of_what_opens_it(panel: str) -> None:
    panels = panel.format("<p>A boat costs a deposit of 80 euros, which is paid back on its return.</p>")
    text = "\n".join(page(body=f"<main><h1>Boats</h1>{PROSE}{panels}</main>").blocks)
    assert "A boat costs a deposit of 80 euros" in text
    assert text.index("Deposit") < text.index("A boat costs")
    assert text.count("Deposit") == 1


@pytest.mark.parametrize(
    "hidden",
    [
        "<header><button aria-controls='m'>Menu</button><div id='m' hidden>{}</div></header>",
        "<button aria-expanded='false'>Sign in</button><div role='dialog' hidden>{}</div>",
        "<h2>Bridge</h2><div hidden>{}</div>",
        "<button>One</button><button>Two</button><div hidden class='newsletter-popup'>{}</div>",
    ],
    ids=["menu", "dialog", "heading without a button", "popup"],
)
def test_hidden_part_that_is_no_panel_is_no_text(hidden: str) -> None:
    part = hidden.format("<p>Please choose a secret word of at least twelve letters for your account.</p>")
    assert "secret" not in "\n".join(page(body=f"<main>{PROSE}{part}</main>").blocks)


def test_page_behind_an_open_dialog_is_read() -> None:
    body = f"<div aria-hidden='true'><main><h1>Bridge</h1>{PROSE}</main></div><div role='dialog'><p>Sign in.</p></div>"
    assert page(body=body).blocks[1].startswith("The council met")


CONSENT = (
    "<h2>We value your privacy</h2><p>We and our 812 partners store and read cookies on your device, and show you "
    "advertisements by what you read and for how long, here and elsewhere.</p><p>You may withdraw your consent at any "
    "time with the button at the lower left, or read in our policy which cookies we store, and for how long.</p>"
)


@pytest.mark.parametrize(
    "dialog",
    [
        "<div role='dialog'>{}</div>",
        "<dialog open>{}</dialog>",
        "<div id='onetrust-banner-sdk'>{}</div>",
        "<section class='cookie-bar'>{}</section>",
    ],
)
@pytest.mark.parametrize("body", ["<main><p>Open daily.</p></main>", "<h1>Hours</h1><p>Open daily.</p>"])
def test_consent_dialog_is_not_the_article_however_short_that_is(dialog: str, body: str) -> None:
    for markup in (dialog.format(CONSENT) + body, body + dialog.format(CONSENT)):
        text = "\n".join(page(body=markup).blocks)
        assert "Open daily." in text
        assert "cookies" not in text


@pytest.mark.parametrize(
    "body",
    [
        "<div class='cookie-policy'><h1>Cookies</h1>{}</div>",
        "<main><section class='cookies'>{}</section></main>",
        "<div role='dialog'>{}</div>",
    ],
    ids=["article", "section", "all there is"],
)
def test_text_about_cookies_is_read_where_it_is_the_page(body: str) -> None:
    assert "812 partners" in "\n".join(page(body=body.format(CONSENT)).blocks)


def test_line_breaks_are_spaces_in_prose_and_lines_in_verse() -> None:
    body = PROSE + "<p>Over the bridge<br>and under the moon<br>goes the road.</p>" + PROSE
    assert "Over the bridge\nand under the moon\ngoes the road." in page(body=body).blocks
    assert page(body="<p>The ferry stops\nin winter, and\tthe&nbsp;road&shy;works do.</p>").blocks == (
        "The ferry stops in winter, and the roadworks do.",
    )


def items_of(markup: str) -> list[str]:
    """Return the items of a list that stands between paragraphs."""
    text, _, _ = read_blocks("\n".join(page(body=f"<main>{PROSE}{markup}{PROSE}</main>").blocks))
    return [line for line in text.split("\n") if not line.startswith(("The council", "Most members"))]


@pytest.mark.parametrize(
    ("markup", "items"),
    [
        ("<ol><li>Dig.</li><li>Sow.</li></ol>", ["1. Dig.", "2. Sow."]),
        ("<ol start='9'><li>Dig.</li><li value='20'>Sow.</li><li>Rake.</li></ol>",
         ["9. Dig.", "20. Sow.", "21. Rake."]),
        ("<ol reversed><li>Dig.</li><li>Sow.</li></ol>", ["2. Dig.", "1. Sow."]),
        ("<ol type='A' start='27'><li>Dig.</li></ol>", ["- AA. Dig."]),
        ("<ol style='list-style-type: lower-roman'><li>Dig.</li><li>Sow.</li></ol>", ["i. Dig.", "ii. Sow."]),
        ("<ol style='list-style:none'><li>Dig.</li></ol>", ["- Dig."]),
        ("<ol><li>a) Dig.</li></ol>", ["a) Dig."]),
        ("<ol><li>Dig:<ol type='a'><li>deep,</li><li>wide.</li></ol></li><li>Sow.</li></ol>",
         ["1. Dig:", "a. deep,", "b. wide.", "2. Sow."]),
        ("<ol><li><p>Dig.</p><p>Not too deep.</p></li></ol>", ["1. Dig. Not too deep."]),
        ("<ol start='x' type='?'><li value=''>Dig.</li></ol>", ["1. Dig."]),
    ],
)  # fmt: skip
def test_ordered_items_have_the_labels_that_a_browser_prints(markup: str, items: list[str]) -> None:
    assert items_of(markup) == items


@pytest.mark.parametrize(
    ("markup", "items"),
    [
        ("<dl><dt>Spade</dt><dd>digs.</dd><dt>Rake</dt><dd>levels.</dd></dl>", ["- Spade: digs.", "- Rake: levels."]),
        ("<dl><div><dt>Spade:</dt><dd>digs.</dd></div></dl>", ["- Spade: digs."]),
        ("<dl><dt>Spade</dt><dt>Shovel</dt><dd>digs.</dd></dl>", ["- Spade, Shovel: digs."]),
        ("<dl><dt>Spade</dt><dd>digs.</dd><dd>has a handle.</dd></dl>", ["- Spade: digs.", "- Spade: has a handle."]),
        ("<dl><dt>Spade</dt><dd><p>digs.</p><p>is heavy.</p></dd></dl>", ["- Spade: digs. is heavy."]),
        ("<dl><dt>Spade</dt></dl><dl><dd>digs.</dd></dl>", ["- Spade", "- digs."]),
    ],
)
def test_term_stands_before_each_of_its_descriptions(markup: str, items: list[str]) -> None:
    assert items_of(markup) == items


def test_term_with_a_list_introduces_it() -> None:
    definitions = "<dl><dt>Spade</dt><dd><ul><li>digs for you,</li><li>is made of steel.</li></ul></dd></dl>"
    text = "\n".join(page(body=f"<main>{PROSE}{definitions}{PROSE}</main>").blocks)
    assert "Spade:\n- digs for you,\n- is made of steel." in text


def test_layout_tables_are_paragraphs_and_data_tables_rows() -> None:
    layout = f"<table><tr><td>{PROSE}</td></tr></table>"
    data = "<table><tr><th>Year</th><th>Cost</th></tr><tr><td>2024</td><td>5</td></tr></table>"
    blocks = page(body=layout + data).blocks
    assert blocks[0].endswith("the river.")
    assert blocks[-1] == "Year: 2024 | Cost: 5"


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (
            "<tr><th rowspan='2'>Quay</th><th colspan='2'>Depth</th></tr><tr><th>low</th><th>high</th></tr>"
            "<tr><td>East</td><td>2 m</td><td>4 m</td></tr>",
            "Quay: East | Depth low: 2 m | Depth high: 4 m",
        ),
        (
            "<tr><td rowspan='2'>East</td><td>2 m</td></tr><tr><td>4 m</td></tr><tr><td>West</td><td>3 m</td></tr>",
            "East | 2 m\nEast | 4 m\nWest | 3 m",
        ),
        (
            "<tr><td>East</td><td rowspan='0'>free</td></tr><tr><td>West</td></tr><tr><td>Old</td></tr>",
            "East | free\nWest | free\nOld | free",
        ),
        ("<tr><td><p>East</p></td><td><div>2 m</div><div>deep</div></td></tr>", "East | 2 m deep"),
        ("<tr><th>Quay</th><th>For</th></tr><tr><td>East</td><td><ul><li>tugs</li><li>yachts</li></ul></td></tr>",
         "Quay: East | For: tugs; yachts"),
        ("<tr><td>East</td><td colspan='x' rowspan='-1'>2 m</td></tr>", "East | 2 m"),
    ],
    ids=["header", "column", "to the end", "paragraphs", "list", "nonsense"],
)  # fmt: skip
def test_merged_cells_give_their_value_to_every_row_and_column(rows: str, text: str) -> None:
    assert text in page(body=f"<main>{PROSE}<table>{rows}</table>{PROSE}</main>").blocks


def test_merged_cells_cannot_blow_up_a_page() -> None:
    wide = "<tr>" + f"<td rowspan=0 colspan=60>{'x' * 290}" * 100 + "</tr>" + "<tr><td>y<td>z</tr>" * 300
    started = time.perf_counter()
    assert sum(map(len, page(body=f"<main>{PROSE}<table>{wide}</table></main>").blocks)) < 1_000_000
    assert time.perf_counter() - started < 5


def test_saved_page_of_an_old_editor_in_one_form_is_read() -> None:
    assert len(page(body=f'<form id="aspnetForm" class="nav-wrapper">{PROSE}</form>').blocks) == 2


def test_page_of_links_keeps_them() -> None:
    body = "<h1>Forms</h1>" + "".join(f'<p><a href="/{i}">Form number {i} for the builders</a></p>' for i in range(9))
    assert sum("Form number" in block for block in page(body=body).blocks) == 9


def test_text_in_the_page_data_serves_where_the_page_is_drawn_by_a_script() -> None:
    data = '{"@type":"Article","articleBody":"The bridge stands.\\nIt is wide."}'
    assert page(f'<script type="application/ld+json">{data}</script>', '<div id="root"></div>').blocks == (
        "The bridge stands.",
        "It is wide.",
    )


@pytest.mark.parametrize(
    "section",
    [
        "<h2>Fees</h2><ul><li>Bikes: free</li><li>Carts: 2 crowns</li></ul>",
        "<h2>Fees</h2><table><tr><td>Bikes</td><td>free</td></tr></table>",
        "<h2>Fees</h2><p>Carts: 2 crowns</p>",
        "<h2>Fees</h2><h3>Carts</h3><ul><li>2 crowns</li></ul>",
        "<h2>Fees</h2><dl><dt>Carts</dt><dd>2 crowns</dd></dl>",
    ],
    ids=["list", "table", "line", "headings", "terms"],
)
@pytest.mark.parametrize("after", ["", PROSE])
def test_heading_above_something_short_stays(section: str, after: str) -> None:
    assert "## Fees" in page(body=f"<main><h1>Bridge</h1>{PROSE}{section}{after}</main>").blocks


def test_heading_above_a_line_at_the_end_stays_in_a_section_like_those_before() -> None:
    sections = f"<section><h2>History</h2>{PROSE}</section><section><h2>Keeper</h2><p>Ole, cabin 3</p></section>"
    assert "## Keeper" in page(body=f"<main><h1>Bridge</h1>{sections}</main>").blocks


@pytest.mark.parametrize(
    "below",
    [
        "<h2>Read on</h2><p>Or if you have an account, <a href='/in'>sign in here and now</a></p><h2>Comments</h2>",
        "<div class='offer'><h2>Read on</h2><p>For two crowns.</p></div>",
        "<div class='paywall'><h2>Read on</h2><p>For two crowns.</p></div>",
    ],
    ids=["link", "place of its own", "paywall"],
)
def test_heading_of_no_part_of_the_article_goes(below: str) -> None:
    assert "## Read on" not in page(body=f"<main><h1>Bridge</h1><h2>History</h2>{PROSE}{below}</main>").blocks


@pytest.mark.parametrize(
    "markup",
    [
        "<p><b>May I bring a dog?</b></p><p>Yes.</p>",
        "<p><strong>May I bring a dog?</strong> Yes.</p>",
        "<p><b>May I bring a dog?</b><br>Yes.</p>",
        "<dl><dt>May I bring a dog?</dt><dd>Yes.</dd></dl>",
        "<details><summary>May I bring a dog?</summary>Yes.</details>",
        "<h3>May I bring a dog?</h3><p>Yes.</p>",
        "<div itemscope itemtype='https://schema.org/Question'><div itemprop='name'>May I bring a dog?</div>"
        "<div itemprop='acceptedAnswer' itemscope hidden><p itemprop='text'>Yes.</p></div></div>",
        '<script type="application/ld+json">{"@type":"FAQPage","mainEntity":[{"@type":"Question","name":"May I bring a '
        'dog?","acceptedAnswer":{"@type":"Answer","text":"<p>Yes.</p>"}}]}</script>',
    ],
    ids=["bold", "bold before text", "bold before a line", "terms", "details", "heading", "microdata", "JSON-LD"],
)
def test_question_is_the_heading_of_its_answer_however_short(markup: str) -> None:
    blocks = page(body=f"<main><h1>Questions</h1>{PROSE}{markup}</main>").blocks
    assert blocks[-2].lstrip("# ") == "May I bring a dog?"
    assert blocks[-2].startswith("##")
    assert blocks[-1] == "Yes."


def test_answer_that_the_page_shows_is_not_taken_from_its_data_again() -> None:
    answer = "A boat costs a deposit of 80 euros, which is paid back on its return."
    data = (
        '<script type="application/ld+json">{"@type":"FAQPage","mainEntity":{"@type":"Question","name":"Deposit?",'
        f'"acceptedAnswer":{{"text":"{answer}"}}}}}}</script>'
    )
    text = "\n".join(page(body=f"<main>{PROSE}<h2>Deposit?</h2><p>{answer}</p></main>{data}").blocks)
    assert text.count(answer) == 1


FOOTER = f"<footer>{PROSE}</footer><script src='/app.js'></script>"


@pytest.mark.parametrize(
    "body",
    [
        f"<div id='root'></div>{FOOTER}",
        f"<header><h1>Harbour</h1></header><main><div class='spinner'>Loading…</div></main>{FOOTER}",
        f"<p>You need to enable JavaScript to run this app.</p>{FOOTER}",
    ],
    ids=["root", "loading", "call"],
)
def test_page_that_scripts_would_fill_is_empty(body: str) -> None:
    assert page(body=body).blocks == ()


@pytest.mark.parametrize(
    "body",
    [
        f"<main><p>The office is open on weekdays.</p></main>{FOOTER}",
        f"<main><h1>Scripts</h1><p>JavaScript runs in browsers.</p></main>{FOOTER}",
        f"<footer>{PROSE}</footer>",
    ],
    ids=["short", "about scripts", "no scripts"],
)
def test_short_page_is_read_although_it_has_scripts(body: str) -> None:
    assert page(body=body).blocks


@pytest.mark.parametrize(
    "markup",
    [
        "<p onclick=alert(1)>Text of the page<b><i><p>goes on <a href=",
        "<html><body>" + "<div>" * 100_000 + "Text of the page" + "</body></html>",
        "<html><body>" + "<b><p>" * 3_000 + "Text of the page",
        "<table>" * 500 + "<tr><td>Text of the page",
        "<!-- <html> --><html><p>Text of the page</p><!-- never closed <p>x",
        "<html><p>Text of\x00 the \ud800page</p>",
        "<html lang='\x00'><head><title></title></head><p>Text of the page</p></html></html></body>",
        '<html><script type="application/ld+json">' + "[" * 100_000 + "</script><p>Text of the page</p>",
    ],
    ids=range(8),
)
def test_hostile_markup_is_read_in_time(markup: str) -> None:
    started = time.perf_counter()
    assert "Text of the page" in "\n".join(read_html(markup).blocks)
    assert time.perf_counter() - started < 5


def test_html_is_told_from_text_that_mentions_tags() -> None:
    assert looks_like_html("  <!-- saved --><!DOCTYPE html><html></html>")
    assert looks_like_html("<div><p>One.</p>\n<p>Two.</p></div>")
    assert not looks_like_html("Write <p> to begin a paragraph.\nClose it with </p>.\nThat is all.\n" * 3)
    assert not looks_like_html("# Guide\n\nText with <br> and <b>bold</b>.\n\n## Next\n\n<div>note</div>\n")
