"""Boilerplate that the pages of a site share is dropped from all of them, and what only looks like it stays."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from assistant.ingest.load import load_documents
from assistant.ingest.site_boilerplate import remove_site_boilerplate
from assistant.records import Document
from assistant.text.normalise import opening_words
from testkit.parsed_here import ParsedHere

pytestmark = pytest.mark.slow  # sites are read by processes

SUBJECTS = {
    "en": ("The {a} of {b}", "In {b} the {a} was repaired for {n} thousand crowns, said the engineer {c}.",
           "Nobody in the {c} street had expected that the {a} would close for {n} days in the {b} season."),
    "pl": ("{a} w mieście {b}", "W mieście {b} naprawiono {a} za {n} tysięcy koron, powiedział inżynier {c}.",
           "Nikt przy ulicy {c} nie spodziewał się, że {a} zostanie zamknięty na {n} dni w sezonie {b}."),
    "vi": ("{a} ở {b}", "Tại {b}, {a} đã được sửa chữa với chi phí {n} nghìn đồng, theo lời kỹ sư {c}.",
           "Không ai trên phố {c} nghĩ rằng {a} sẽ đóng cửa trong {n} ngày vào mùa {b} năm nay."),
}  # fmt: skip
BOILERPLATE = {
    "en": ("Coast Portal of the North", "Share this story", "Read also on our portal",
           "Sign up for our weekly letter and never miss a story from the coast again.",
           "The editors of the portal check every story before it is published here.", "All rights reserved"),
    "pl": ("Portal Wybrzeża Północy", "Udostępnij ten artykuł", "Czytaj także w portalu",
           "Zapisz się do naszego cotygodniowego listu i nie przegap żadnej wiadomości z wybrzeża.",
           "Redakcja portalu sprawdza każdy tekst, zanim zostanie on tutaj opublikowany.",
           "Wszelkie prawa zastrzeżone"),
    "vi": ("Cổng thông tin miền duyên hải", "Chia sẻ bài viết này", "Đọc thêm trên cổng thông tin",
           "Đăng ký nhận thư hằng tuần của chúng tôi để không bỏ lỡ bất kỳ tin tức nào từ miền biển.",
           "Ban biên tập kiểm tra mọi bài viết trước khi đăng tải trên cổng thông tin này.", "Giữ toàn quyền tác giả"),
}  # fmt: skip
WORDS = "mill bridge harbour school ferry tower market library station garden bakery pier museum lamp".split()


def page(language: str, number: int, site: str) -> tuple[str, str, list[str]]:
    """A page that a template made (its boilerplate in plain <div>s), its title, and its own sentences."""
    draw = random.Random(f"{language} {number}")
    title, *patterns = SUBJECTS[language]
    parts = {"a": draw.choice(WORDS), "b": f"{draw.choice(WORDS)} {number}", "c": draw.choice(WORDS).title()}
    title = title.format(**parts)
    own = [pattern.format(n=draw.randint(2, 99), **parts) for pattern in patterns * 2]
    own = list(dict.fromkeys(own))
    name, share, more, letter, editors, rights = BOILERPLATE[language]
    markup = f"""<!doctype html><html lang="{language}"><head><title>{title} | {name}</title>
<link rel="canonical" href="https://{site}/{language}/story-{number}.html"></head><body>
<div><div>{name}</div><div><h1>{title}</h1><p>{share}</p><p>{own[0]}</p><p>{letter}</p>
{"".join(f"<p>{sentence}</p>" for sentence in own[1:])}<p>{editors}</p>
<h3>{more}</h3><p>{rights}</p></div></div></body></html>"""
    return title, markup, own


def write(folder: Path, pages: Iterable[tuple[str, str]]) -> None:
    folder.mkdir(exist_ok=True)
    for name, markup in pages:
        (folder / name).write_text(markup, "utf-8")


def texts(folder: Path) -> dict[str, str]:
    loaded = load_documents([str(folder)], make_workers=ParsedHere)
    assert loaded.failures == ()
    return {document.doc_id: document.text for document in loaded.documents}


@pytest.mark.parametrize("language", SUBJECTS)
def test_what_all_pages_of_a_site_share_goes_and_nothing_else(tmp_path: Path, language: str) -> None:
    made = {f"{number}.html": page(language, number, "coast.example") for number in range(12)}
    write(tmp_path, [(name, markup) for name, (_, markup, _) in made.items()])
    found = texts(tmp_path)
    for name, (title, _, own) in made.items():
        assert found[name].split("\n\n") == [f"# {title}", *own]


def test_three_languages_of_one_site_do_not_hide_each_other(tmp_path: Path) -> None:
    write(tmp_path, [(f"{lang}{n}.html", page(lang, n, "coast.example")[1]) for lang in SUBJECTS for n in range(8)])
    for name, text in texts(tmp_path).items():
        letter = BOILERPLATE[name[:2]][3]
        # A sentence on a third of the pages may be content; a label is not.
        assert BOILERPLATE[name[:2]][1] not in text
        assert text.count(letter) <= 1


def test_what_came_first_is_cleaned_too_and_the_order_of_builds_tells_nothing(tmp_path: Path) -> None:
    made = [(f"{number}.html", page("en", number, "coast.example")[1]) for number in range(6)]
    write(tmp_path / "grown", made[:2])
    share = BOILERPLATE["en"][1]
    assert all(share in text for text in texts(tmp_path / "grown").values())
    write(tmp_path / "grown", made[2:])
    write(tmp_path / "anew", reversed(made))
    assert texts(tmp_path / "grown") == texts(tmp_path / "anew")
    assert not any(share in text for text in texts(tmp_path / "grown").values())
    for name, _ in made[2:]:
        (tmp_path / "grown" / name).unlink()
    assert all(share in text for text in texts(tmp_path / "grown").values())


def test_pages_of_different_sites_share_no_boilerplate(tmp_path: Path) -> None:
    write(tmp_path, [(f"{number}.html", page("en", number, f"site{number}.example")[1]) for number in range(6)])
    assert all(BOILERPLATE["en"][1] in text for text in texts(tmp_path).values())


def cleaned(site: Iterable[Document]) -> list[Document]:
    """The pages of one site, by doc_id, without what they share."""
    pages = sorted(site, key=lambda document: document.doc_id)
    changed = dict(remove_site_boilerplate(pages))
    return [changed.get(number, page) for number, page in enumerate(pages)]


def dropped(pages: Sequence[tuple[str, Sequence[str]]]) -> list[list[str]]:
    """The blocks of pages of one site, given each as title and blocks, after what they share is gone."""
    documents = [
        Document(f"{number:04}", title, "\n\n".join([f"# {title}", *blocks]))
        for number, (title, blocks) in enumerate(pages)
    ]
    return [document.text.split("\n\n")[1:] for document in cleaned(documents)]


def own(number: int) -> list[str]:
    return page("en", number, "x.example")[2]


def test_versions_of_one_text_keep_what_they_share() -> None:
    shared = [sentence for number in range(4) for sentence in own(number)]
    pages = [("Report", [*shared, f"Version {number} was read by the board."]) for number in range(5)]
    assert dropped(pages) == [blocks for _, blocks in pages]
    others = [(f"Story {number}", [*own(number), "Share this page"]) for number in range(4, 8)]
    assert dropped([*pages, *others]) == [blocks for _, blocks in pages] + [own(number) for number in range(4, 8)]


def test_a_page_keeps_its_headings_and_its_answers() -> None:
    pages = []
    for number in range(8):
        first, second = own(number)[:2]
        asked = f"## Is it open in winter {number}?"
        pages.append(("Opening hours", ["## Costs", first, asked, "Yes, it is.", "## Outlook", second, "Share this"]))
    assert dropped(pages) == [blocks[:-1] for _, blocks in pages]


def test_a_page_that_says_only_what_others_repeat_keeps_it() -> None:
    notice = "The portal gives no medical advice and answers for nothing that is done after reading it."
    pages = [(f"Story {number}", [*own(number), notice]) for number in range(8)]
    *stories, legal = dropped([*pages, ("Legal notice", [notice])])
    assert stories == [own(number) for number in range(8)]
    assert legal == [notice]


def test_what_a_few_pages_state_alike_stays() -> None:
    hours = "The office is open on Monday from 8 to 16, room 112, phone 59 814 12 34."
    salt, table = "- salt\n- water", "Name | Price\nCod | 24 zl"
    pages = []
    for number in range(12):
        first, *rest = own(number)
        pages.append((f"Page {number}", [first, *([hours, salt, table] if number < 4 else []), *rest]))
    assert dropped(pages) == [blocks for _, blocks in pages]


def test_the_order_of_the_files_tells_nothing(tmp_path: Path) -> None:
    made = [(f"{number}.html", page("en", number, "coast.example")[1]) for number in range(7)]
    for name, markup in made:
        write(tmp_path / name[0], [(name, markup)])
    folders = [str(tmp_path / name[0]) for name, _ in made]
    expected = load_documents(folders)
    assert not any(BOILERPLATE["en"][1] in document.text for document in expected.documents)
    for seed in range(4):
        random.Random(seed).shuffle(folders)
        again = sorted(load_documents(folders).documents, key=lambda document: document.doc_id)
        assert again == list(expected.documents)


def test_a_heading_with_nothing_of_its_own_left_goes_too() -> None:
    tail = ["## Follow us", "On all channels", "### Newsletter", "Every week"]
    pages = [(f"Page {number}", [*own(number), *tail]) for number in range(6)]
    assert dropped(pages) == [own(number) for number in range(6)]


def test_a_title_made_of_boilerplate_is_made_anew() -> None:
    texts = ["\n\n".join(["Portal of the coast", *own(number)]) for number in range(4)]
    documents = [Document(str(number), opening_words(text), text) for number, text in enumerate(texts)]
    for number, document in enumerate(cleaned(documents)):
        assert document.text == "\n\n".join(own(number))
        assert document.title == opening_words(document.text)


def test_near_copies_are_found_among_many_pages_without_comparing_all() -> None:
    # Each page against each other would be half a million comparisons of hundred blocks.
    pages = [
        (f"Page {number}", [f"Line {number} {part} of the page" for part in range(100)]) for number in range(1_000)
    ]
    pages = [(title, ["Coast portal", *blocks]) for title, blocks in pages]
    assert dropped(pages) == [blocks[1:] for _, blocks in pages]
