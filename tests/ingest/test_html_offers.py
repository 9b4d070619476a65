"""What a page offers besides its article is left out; leads, captions and section names are read as what they are."""

from __future__ import annotations

import pytest

from assistant.ingest.formats.html.html_offers import is_credit, without_credit
from assistant.ingest.formats.html.html_page import read_html

FIRST = (
    "The council of the island opened the new bridge on Monday, after two years of work by four companies, and thanked "
    "all who had waited for the ferry in the rain."
)
LAST = (
    "Buses will cross it every twenty minutes from April, and bicycles may use the northern lane at all times, the "
    "council said in a letter to the people of both villages."
)


def page(inside: str, before: str = "", after: str = "") -> str:
    """The text of a page whose article has something inside, before its first paragraph, or after its last."""
    markup = (
        f"<html><body><main><h1>A bridge to the island</h1>{before}<p>{FIRST}</p>{inside}<p>{FIRST} It rained.</p>"
        f"<p>{LAST}</p>{after}</main></body></html>"
    )
    return "\n\n".join(read_html(markup).blocks)


@pytest.mark.parametrize(
    "line",
    [
        "<p>Sign up to our newsletter and get the news of the island every Friday morning, free of charge.</p>",
        "<p>Zapisz się do naszego newslettera i dostawaj wiadomości z wyspy w każdy piątek rano, za darmo.</p>",
        "<p>Đăng ký nhận bản tin của đảo vào mỗi sáng thứ sáu hằng tuần, hoàn toàn miễn phí cho bạn đọc.</p>",
        '<p>Read also: <a href="/b">The old ferry is sold to a museum on the other side of the bay</a></p>',
        '<p>Czytaj też: <a href="/b">Stary prom trafi do muzeum po drugiej stronie zatoki jeszcze w maju</a></p>',
        '<p>Xem thêm: <a href="/b">Chiếc phà cũ được bán cho bảo tàng ở bên kia vịnh trong tháng năm</a></p>',
        '<p>Follow us on <a href="https://facebook.com/a">Facebook</a> and <a href="https://www.youtube.com/a">YouTube</a>'
        " and never miss what happens on the island.</p>",
        "<p>Please log in to write a comment about this article, or read what others have to say about it.</p>",
        "<p>(Photo: Lan Anh / Island News)</p>",
        "<p>Ảnh: Lan Anh</p>",
        "<p>Zdjęcie: Jan Kowalski</p>",
        '<div class="author-bio"><p>The author has written about ships for years, and lives by the sea.</p></div>',
        '<div class="newsletterForm"><p>Never miss a story: the news of the island, every Friday.</p></div>',
    ],
)
def test_offers_and_credits_are_no_part_of_the_article(line: str) -> None:
    assert page(line) == page("")


@pytest.mark.parametrize("line", ["<p>By Lan Anh</p>", "<p>Tác giả: Lan Anh</p>", "<p>Autor: Jan Kowalski</p>"])
def test_the_author_above_and_below_goes_and_the_reading_time(line: str) -> None:
    assert page("", before=line + "<p>3 min read</p>") == page("", after=line) == page("")


@pytest.mark.parametrize(
    "line",
    [
        "<p>The newsletter of the council costs nothing.</p>",
        "<p>See also the map that hangs in the town hall, where all paths are drawn in red and blue ink.</p>",
        "<p>Comments on the plan may be sent to the council until the end of March, by letter only.</p>",
        "<p>Photo sensors count those who cross the bridge by day and by night, in both directions.</p>",
        '<p>The council tells more on <a href="https://facebook.com/a">its page</a>, which many people read.</p>',
        "<p>Ảnh: 2 ảnh cỡ 3x4, chụp trong sáu tháng gần đây</p>",
        "<p>By the sea stands the house of the keeper, who opens the gate for tall ships on two days a week.</p>",
    ],
)
def test_sentences_with_such_words_stay(line: str) -> None:
    assert page(line) != page("")


def test_a_page_of_offers_alone_keeps_its_text() -> None:
    text = "Sign up to our newsletter and get the news of the island every Friday morning, free of charge."
    assert read_html(f"<html><body><p>{text}</p></body></html>").blocks == (text,)


def test_a_lead_named_as_such_is_read_although_a_teaser_holds_it() -> None:
    lead = "Nobody has to wait for the ferry any more: the bridge is open, and crossing it costs nothing."
    text = page("", before=f'<div class="teaser"><p class="article-abstract">{lead}</p></div>')
    assert lead in text.split("\n\n")


def test_a_caption_ends_before_the_credit() -> None:
    shown = "<figure><img src='a.jpg'><figcaption>The bridge seen from the harbour. {}</figcaption></figure>"
    for credit in ("Photo: Lan Anh", "Ảnh: NT", "- Zdjęcie: Jan Kowalski"):
        text = page(shown.format(credit))
        assert "harbour" not in text or "The bridge seen from the harbour." in text.split("\n\n")
        assert credit not in text


@pytest.mark.parametrize(
    ("caption", "text"),
    [
        ("Khách tham quan cầu mới - Ảnh: NT", "Khách tham quan cầu mới"),
        ("The bridge opens (Photo: AFP/Getty)", "The bridge opens"),
        ("Nowy most. Fot. Jan Kowalski", "Nowy most. Fot. Jan Kowalski"),
        ("Nowy most. Fot.: Jan Kowalski", "Nowy most."),
        ("Photo: AFP", "Photo: AFP"),
        ("The photo: a bridge. It was new.", "The photo: a bridge. It was new."),
    ],
)
def test_credits_are_cut_from_the_end_of_captions_only(caption: str, text: str) -> None:
    assert without_credit(caption) == text


def test_a_credit_says_nothing_else() -> None:
    assert is_credit("Ảnh: Lan Anh")
    assert not is_credit("Photo: the bridge opens. The mayor cuts a ribbon.")


def test_a_bold_line_at_the_start_of_a_paragraph_is_the_name_of_a_section() -> None:
    text = page(f"<p><b>Other Faculties</b><br>{LAST}</p>")
    assert f"### Other Faculties\n\n{LAST}" in text
    label = page(f"<p><b>Price:</b><br>{LAST}</p>")
    assert "### Price" not in label
    verse = page("<p><b>Roses</b> are red<br><b>violets</b> are blue</p>" + f"<p>{LAST}</p>")
    assert "###" not in verse
