"""Files in files: attachments, attached messages, mailboxes and archives become documents of their own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path

import pytest

from assistant.ingest.decode import MAX_BYTES
from assistant.ingest.formats.file_parts import MAX_DEPTH, MAX_PARTS, MAX_TOTAL_BYTES, PartBudget, part_name
from assistant.ingest.load import Loaded, load_documents
from assistant.ingest.parse import ParsedDocument, parse_file
from assistant.ingest.parse_cache import FILE_NAME, ParseCache
from assistant.ingest.sandbox.pool import Workers
from assistant.records import Document, Failure
from testkit.ole_files import msg
from testkit.papers import ENGLISH, POLISH, paragraphs, pdf, word
from testkit.parsed_here import ParsedHere
from testkit.pictures import drawn_pages, saved
from tests.ingest.test_eml import mail

PLAN = pdf(paragraphs("# Plan of the bridge", ENGLISH))


def attached(*files: tuple[str, bytes], text: str = POLISH, subject: str = "The bridge to the island") -> EmailMessage:
    message = mail(text, subject)
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message


def parsed(data: bytes, name: str = "a.eml") -> tuple[dict[str, Document], list[Failure]]:
    documents, failures = {}, []
    for where, item in parse_file(name, data, None):
        if isinstance(item, ParsedDocument):
            assert item.document
            documents[where] = item.document
        else:
            assert isinstance(item, Failure)
            failures.append(item)
    return documents, failures


def test_attachments_are_read_by_the_parser_of_their_format() -> None:
    letter = word(lambda document: document.add_paragraph(ENGLISH))
    documents, failures = parsed(bytes(attached(("plan.pdf", PLAN), ("letter.docx", letter), ("note.txt", b"A note."))))
    assert list(documents) == ["a.eml", "a.eml/plan.pdf", "a.eml/letter.docx", "a.eml/note.txt"]
    assert failures == []
    assert ENGLISH in documents["a.eml/plan.pdf"].text
    assert documents["a.eml/plan.pdf"].pages == (0,)
    assert documents["a.eml/letter.docx"].text == ENGLISH
    sent = documents["a.eml/note.txt"]
    assert (sent.published, sent.publisher, sent.doc_id) == ("2024-03-05", "Hà Trần", "a.eml/note.txt")


def test_a_message_without_text_is_its_attachments() -> None:
    documents, _ = parsed(bytes(attached(("plan.pdf", PLAN), text="", subject="")))
    assert list(documents) == ["a.eml/plan.pdf"]


def test_attached_messages_and_their_attachments_are_documents() -> None:
    message = attached()
    message.add_attachment(attached(("plan.pdf", PLAN), text=ENGLISH, subject="Fwd: plan"))
    message.add_attachment(msg(ENGLISH, attachments={"b.txt": b"A note."}), maintype="a", subtype="b", filename="c.msg")
    documents, failures = parsed(bytes(message))
    assert list(documents) == [
        *("a.eml", "a.eml/Fwd: plan.eml", "a.eml/Fwd: plan.eml/plan.pdf", "a.eml/c.msg", "a.eml/c.msg/b.txt"),
    ]
    assert failures == []
    assert documents["a.eml/Fwd: plan.eml"].text == f"# Fwd: plan\n\n{ENGLISH}"


@pytest.mark.usefixtures("languages")
def test_pictures_of_all_attachments_are_recognised_within_one_time() -> None:
    pages = [drawn_pages(pdf(paragraphs(text)))[0] for text in (ENGLISH, POLISH)]
    begun: list[None] = []
    data = bytes(attached(("a.png", saved(pages[0], "PNG")), ("b.pdf", saved(pages[1], "PDF"))))
    found = parse_file("a.eml", data, None, on_picture=lambda: begun.append(None))
    texts = [item.document.text for _, item in found if isinstance(item, ParsedDocument) and item.document]
    assert texts[1:] == [ENGLISH, POLISH]
    assert len(begun) == 2


def test_a_bad_attachment_costs_no_other() -> None:
    bad = [("cut.pdf", PLAN[:300]), ("photo.pdf", b"\x89PNG\r\n\x1a\n"), ("empty.txt", b" "), ("locked.pdf",
           pdf(paragraphs(POLISH), encrypt="secret")), ("noise.txt", bytes(range(256)) * 20)]  # fmt: skip
    documents, failures = parsed(bytes(attached(*bad, ("note.txt", b"A note."))))
    assert list(documents) == ["a.eml", "a.eml/note.txt"]
    assert [failure.source for failure in failures] == [f"a.eml/{name}" for name, _ in bad]
    assert all(failure.error and failure.hint for failure in failures)


def test_attachments_of_one_name_are_told_apart() -> None:
    documents, _ = parsed(bytes(attached(("a.txt", b"One."), ("a.txt", b"Two."), ("a.txt", b"Three."))))
    assert list(documents)[1:] == ["a.eml/a.txt", "a.eml/a (2).txt", "a.eml/a (3).txt"]


@pytest.mark.parametrize(
    ("stated", "name"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("a\\b.pdf", "a_b.pdf"),
        ("line\nbreak\x1b.pdf", "line break.pdf"),
        ("..", "attachment"),
        ("", "attachment"),
        ("x" * 200 + ".docx", "x" * 75 + ".docx"),
    ],
)
def test_names_of_parts_are_one_part_of_a_path(stated: str, name: str) -> None:
    assert part_name(stated, "attachment") == name


def test_nesting_is_limited() -> None:
    data = b"The innermost note."
    for _ in range(MAX_DEPTH + 1):
        data = zipped({"in.zip" if data.startswith(b"PK") else "note.txt": data})
    documents, (failure,) = parsed(data, "a.zip")
    assert documents == {}
    assert "too deep" in failure.error
    assert failure.source == "a.zip" + "/in.zip" * MAX_DEPTH + "/note.txt"


def test_the_number_of_parts_is_limited_over_all_levels() -> None:
    inner = zipped({f"{number}.txt": b"A note." for number in range(600)})
    documents, (failure,) = parsed(zipped({"a.zip": inner, "b.zip": inner}), "c.zip")
    assert len(documents) == MAX_PARTS - 2
    assert failure.source.startswith("c.zip")
    assert "more than 1,000 files" in failure.error


def test_the_bytes_of_parts_are_limited() -> None:
    budget = PartBudget()
    assert all(budget.take(MAX_BYTES) for _ in range(MAX_TOTAL_BYTES // MAX_BYTES))
    assert not budget.take(1)


def zipped(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def test_archives_of_documents_are_read_without_what_folders_leave_out() -> None:
    files = {"b/plan.pdf": PLAN, "a.txt": b"A note.", "../c.txt": b"A third note.", ".hidden": b"x", "__MACOSX/a": b"x"}
    documents, failures = parsed(zipped(files | {"README.md": b"x", "photo.jpg": b"\xff\xd8\xff"}), "a.zip")
    assert list(documents) == ["a.zip/a.txt", "a.zip/b/plan.pdf"] or list(documents) == [
        *("a.zip/c.txt", "a.zip/a.txt", "a.zip/b/plan.pdf"),
    ]
    assert [failure.source for failure in failures] == ["a.zip/photo.jpg"]


def test_a_bomb_in_a_message_costs_the_bomb() -> None:
    bomb = zipped({"a.txt": bytes(60_000_000)})
    documents, (failure,) = parsed(bytes(attached(("bomb.zip", bomb), ("note.txt", b"A note."))))
    assert list(documents) == ["a.eml", "a.eml/note.txt"]
    assert (failure.source, "grow" in failure.error) == ("a.eml/bomb.zip", True)


# Mailboxes


def mbox(*messages: EmailMessage) -> bytes:
    return b"".join(b"From a@b Tue Mar  5 2024\n" + bytes(message) + b"\n" for message in messages)


MESSAGES = [mail(ENGLISH, "Ferry"), attached(("plan.pdf", PLAN), subject="Ferry"), mail("A last note.", "Re: 1/2")]
NAMES = [
    "box/2024-03-05 Ferry", "box/2024-03-05 Ferry (2)", "box/2024-03-05 Ferry (2)/plan.pdf", "box/2024-03-05 Re: 1_2",
]  # fmt: skip


def load(folder: Path, cache: ParseCache | None = None) -> Loaded:
    return load_documents([str(folder)], cache=cache, make_workers=ParsedHere)


def ids(loaded: Loaded) -> list[str]:
    return [document.doc_id for document in loaded.documents]


def test_each_message_of_a_mailbox_is_a_document(tmp_path: Path) -> None:
    (tmp_path / "box").write_bytes(mbox(*MESSAGES))
    loaded = load(tmp_path)
    assert (ids(loaded), loaded.failures) == (NAMES, ())
    assert loaded.documents[0].text == f"# Ferry\n\n{ENGLISH}"


@pytest.mark.slow
def test_a_mailbox_may_hold_more_bytes_than_a_file(tmp_path: Path) -> None:
    with (tmp_path / "box").open("wb") as file:
        for number in range(3):
            file.write(mbox(attached(("photo.png", b"\x89PNG" + bytes(14_000_000)), subject=f"Photo {number}")))
        file.write(mbox(mail(ENGLISH, "Short")))
    assert (tmp_path / "box").stat().st_size > MAX_BYTES
    assert "box/2024-03-05 Short" in ids(load(tmp_path))


@pytest.mark.slow
def test_a_message_that_is_too_large_is_reported_and_the_next_one_is_read(tmp_path: Path) -> None:
    with (tmp_path / "box.mbox").open("wb") as file:
        file.write(mbox(mail("A note.", "Long"))[:-1] + (b"x" * 75 + b"\n") * (MAX_BYTES // 75) + b"\n")
        file.write(mbox(mail(ENGLISH, "Short")))
    loaded = load(tmp_path)
    assert ids(loaded) == ["box.mbox/2024-03-05 Short"]
    assert [failure.source for failure in loaded.failures] == ["box.mbox/2024-03-05 Long"]


def test_messages_read_before_are_not_read_again(tmp_path: Path) -> None:
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "box").write_bytes(mbox(*MESSAGES[:2]))
    with ParseCache(tmp_path / FILE_NAME) as cache:
        before = list(load(folder, cache).documents)
    (folder / "box").write_bytes(mbox(*MESSAGES))
    seen: list[tuple[int, int]] = []
    with ParseCache(tmp_path / FILE_NAME) as cache:
        loaded = load_documents(
            [str(folder)], cache=cache, make_workers=ParsedHere, on_progress=lambda *done: seen.append(done)
        )
        assert list(loaded.documents)[: len(before)] == before
        assert ids(loaded) == NAMES
    assert seen == [(1, 1)]


def test_a_single_message_is_no_mailbox_but_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mbox(mail(POLISH, "Ferry")))
    (tmp_path / "b.mbox").write_bytes(mbox(MESSAGES[0]))
    assert ids(load(tmp_path)) == ["a.eml", "b.mbox/2024-03-05 Ferry"]


def test_a_line_that_begins_with_from_ends_no_message(tmp_path: Path) -> None:
    (tmp_path / "box").write_bytes(mbox(mail(f"One.\n\nFrom here on: nothing.\n\n{ENGLISH}", "A"), MESSAGES[2]))
    loaded = load(tmp_path)
    assert ids(loaded) == ["box/2024-03-05 A", "box/2024-03-05 Re: 1_2"]
    assert loaded.documents[0].text.endswith(ENGLISH)


def test_a_truncated_mailbox_keeps_what_is_there(tmp_path: Path) -> None:
    data = mbox(*MESSAGES)
    (tmp_path / "box").write_bytes(data[: data.index(b"A last note") + 4])
    assert ids(load(tmp_path)) == NAMES


@pytest.mark.slow
def test_parts_are_read_in_the_sandbox_and_a_message_outlives_its_attachments(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(bytes(attached(("plan.pdf", PLAN))))
    pages = zipped({f"{number}.txt": f"{number} ".encode() * 2_000_000 for number in range(9)})
    (tmp_path / "b.eml").write_bytes(bytes(attached(("fat.zip", pages), text=ENGLISH)))
    loaded = load_documents([str(tmp_path)], make_workers=lambda: Workers(cpus=1, memory_bytes=600_000_000))
    assert ids(loaded)[:3] == ["a.eml", "a.eml/plan.pdf", "b.eml"]
    assert all(failure.source.startswith("b.eml") and failure.hint for failure in loaded.failures)
