"""The five documents of seeds/: their metadata, their whole article, none of their boilerplate.

sources.toml is left out throughout: everything must come from the content alone.
"""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path

import pytest

from assistant.ingest.load import load_documents
from assistant.records import Document

pytestmark = pytest.mark.slow  # the seeds are read by processes

SEEDS = Path(__file__).parents[2] / "seeds"
DONG_NAI, HAI_PHONG, QUANG_NINH, CONGRESS, QUANG_TRI = sorted(path.name for path in SEEDS.glob("*.txt"))

METADATA = {
    DONG_NAI: (
        "Dong Nai Health Sector: Attempt to improve service quality", "en", "2020-08-10", "DongNai: Web portal",
        "https://dongnai.gov.vn/en/news/savefile/Socio-Economic-information/"
        "dong-nai-health-sector-attempt-to-improve-service-quality-3977.html", "page",
    ),
    HAI_PHONG: (
        "Sektor zdrowia w Hai Phong dąży do zadowolenia pacjentów", "pl", "2025-10-16", "Báo Hải Phòng",
        "https://baohaiphong.vn/nganh-y-te-hai-phong-huong-toi-su-hai-long-cua-nguoi-benh-523606.html", "attributed",
    ),
    QUANG_NINH: (
        'Implementing President Ho Chi Minh \'s teaching "Emulation is patriotism, patriotism…', "en", None,
        "baoquangninh.vn",
        "https://baoquangninh.vn/hoi-nghi-dien-hinh-tien-tien-nganh-y-te-quang-ninh-lan-thu-iv-3372459.html",
        "attributed",
    ),
    CONGRESS: (
        "7th Patriotic Emulation Congress of health sector organized successfully", "en", None, None, None, None,
    ),
    QUANG_TRI: (
        "Many initiatives and good practices in administrative reform in the health sector", "en", "2025-06-18",
        "Báo Quảng Trị",
        "https://baoquangtri.vn/nhieu-sang-kien-va-cach-lam-hay-trong-cai-cach-hanh-chinh-linh-vuc-y-te-194428.htm",
        "attributed",
    ),
}  # fmt: skip

BOILERPLATE = {
    DONG_NAI: (
        "Print", "Close page", "URL of this newsletter", "remain logged", "Timeout", "nv_", "{", "rgb(", "©",
        "@gmail", "Monday", "Web portal", "Savefile", "https://", "\xa0",
    ),
    HAI_PHONG: (
        "Nền tảng quảng bá", "Báo Hải Phòng", ".jpg", "Source:", "Komentarz", "No data", "W tym samym temacie",
        "Binh Lieu", "namorzynowego", "Miss Grand", "Dziedzictwo", "Hoang Thuy Linh", "System polityczny", "Produkt",
    ),
    QUANG_NINH: ("Source:", "https://", "Comment"),
    CONGRESS: ("Other Stories",),
    QUANG_TRI: (
        "Nền tảng quảng bá", "Báo Quảng Trị", "Source:", "Comment", "No data", "Same tag", "Fireworks", "squid",
        "pagoda", "Heritage", "No videos", "Political System", "Product\n",
    ),
}  # fmt: skip

# Between which words of the file its article stands.
ARTICLES = {
    DONG_NAI: ("Deputy Director of the\nDepartment", "state management…"),
    HAI_PHONG: ("W latach 2020–2025", "w kierunku zadowolenia pacjentów."),
    QUANG_NINH: ("Implementing", "for the period 2020-2025."),
    CONGRESS: ("7th Patriotic", "natural disasters./."),
    QUANG_TRI: ("In recent years", "units in the health sector.\n\nNgoc"),
}


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Document]:
    folder = tmp_path_factory.mktemp("seeds")
    for path in SEEDS.glob("*.txt"):
        shutil.copy(path, folder)
    loaded = load_documents([str(folder)])
    assert loaded.failures == ()
    return {document.doc_id: document for document in loaded.documents}


def sentences(name: str) -> list[str]:
    """The sentences of the article, cut from the raw file by means of their own."""
    raw = (SEEDS / name).read_text(encoding="utf-8")
    first, last = ARTICLES[name]
    raw = raw[raw.index(first) : raw.index(last) + len(last)]
    # A paragraph of the page is a piece of its own; inline tags are not.
    raw = re.sub(r"</(?:p|div)>", "\n\n", raw)
    raw = re.sub(r"^\* ", "", html.unescape(re.sub(r"<[^<>]*>", "", raw)), flags=re.MULTILINE)
    paragraphs = re.split(r"\n\s*\n" if name == DONG_NAI else r"\n", raw)
    pieces = [piece for paragraph in paragraphs for piece in re.split(r"(?<=[.?!…])\s+", " ".join(paragraph.split()))]
    return [piece for piece in pieces if len(piece) > 40]


@pytest.mark.parametrize("name", METADATA)
def test_metadata_comes_from_the_content(documents: dict[str, Document], name: str) -> None:
    found = documents[name]
    assert (
        found.title, found.language, found.published, found.publisher, found.url, found.url_kind
    ) == METADATA[name]  # fmt: skip


@pytest.mark.parametrize("name", ARTICLES)
def test_every_sentence_of_the_article_is_there(documents: dict[str, Document], name: str) -> None:
    expected = sentences(name)
    assert len(expected) >= 7
    assert [sentence for sentence in expected if sentence not in documents[name].text] == []


@pytest.mark.parametrize("name", BOILERPLATE)
def test_boilerplate_is_gone(documents: dict[str, Document], name: str) -> None:
    assert [line for line in BOILERPLATE[name] if line in documents[name].text] == []


@pytest.mark.parametrize("name", METADATA)
def test_each_reads_the_same_alone(documents: dict[str, Document], name: str, tmp_path: Path) -> None:
    shutil.copy(SEEDS / name, tmp_path)
    assert list(load_documents([str(tmp_path)]).documents) == [documents[name]]


def test_headings_between_paragraphs_are_marked(documents: dict[str, Document]) -> None:
    assert "\n\n## Modernizacja szpitala\n\n" in documents[HAI_PHONG].text
    assert "\n\n### Create motivation to strive for the best\n\n" in documents[DONG_NAI].text


def test_provenance_file_of_the_seeds_is_valid_and_gives_questions() -> None:
    loaded = load_documents([str(SEEDS)])
    assert loaded.failures == ()
    assert all(document.questions for document in loaded.documents)
