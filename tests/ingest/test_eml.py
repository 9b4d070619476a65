"""E-mails: subjects and parts in any encoding, forms of one text, attachments, and what is encrypted or damaged."""

from __future__ import annotations

import time
from email.message import EmailMessage

import pytest

from assistant.ingest.decode import binary_format
from assistant.ingest.parse import ParsedDocument, parse_file
from assistant.records import Document, Failure
from testkit.papers import ENGLISH, POLISH, VIETNAMESE


def mail(text: str = ENGLISH, subject: str = "The bridge to the island") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Hà Trần <ha@island.example>"
    message["To"] = "all@island.example"
    message["Subject"] = subject
    message["Date"] = "Tue, 05 Mar 2024 23:30:00 +0100"
    message.set_content(text)
    return message


def read(data: bytes) -> tuple[Document, list[Failure]]:
    found = parse_file("a.eml", data, None)
    parsed = found[0][1]
    assert isinstance(parsed, ParsedDocument), parsed
    assert parsed.document is not None
    return parsed.document, [item for _, item in found[1:] if isinstance(item, Failure)]


def test_subject_sender_and_date_are_metadata() -> None:
    document, failures = read(bytes(mail(VIETNAMESE, "Họp")))
    assert document.text == f"# Họp\n\n{VIETNAMESE}"
    assert (document.title, document.publisher, document.published) == ("Họp", "Hà Trần", "2024-03-05")
    assert (document.language, failures) == ("vi", [])


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-2", "cp1250"])
@pytest.mark.parametrize("cte", ["quoted-printable", "base64", "8bit"])
def test_texts_are_read_in_each_encoding(charset: str, cte: str) -> None:
    message = mail()
    message.set_content(POLISH, charset=charset, cte=cte)
    assert read(bytes(message))[0].text.endswith(POLISH)


def test_headers_in_raw_bytes_are_read() -> None:
    data = bytes(mail()).replace(b"The bridge to the island", "Cầu ra đảo xa".encode())
    assert read(data)[0].title == "Cầu ra đảo xa"


@pytest.mark.parametrize(
    "subject",
    [b"=?utf-8?b?4?=", b"=?nothing?q?a=C5?=", b"\xff\xfe a", "a \ufffd".encode() + b"\xff", b"=?utf-7?q?+2AA-?="],
)
def test_damaged_headers_cost_no_text(subject: bytes) -> None:
    data = bytes(mail()).replace(b"The bridge to the island", subject)
    assert read(data)[0].text.endswith(ENGLISH)
    name = b'Content-Type: text/plain; name="' + subject + b'"'
    assert read(data + b"\n\n" + name)[0].text


def test_of_several_forms_the_plain_text_is_read_once() -> None:
    message = mail()
    message.add_alternative(f"<p>{ENGLISH}</p>", subtype="html")
    assert read(bytes(message))[0].text.count(ENGLISH) == 1


def test_html_without_plain_text_is_read_with_its_lists_and_tables() -> None:
    message = mail()
    message.set_content(
        f"<div class='footer'><p>{POLISH}</p></div><ul><li>one</li></ul><table><tr><td>a</td><td>b</td></tr></table>",
        subtype="html",
    )
    assert read(bytes(message))[0].text.split("\n\n")[1:] == [POLISH, "- one", "a | b"]


def test_the_addressees_are_metadata() -> None:
    message = mail()
    message.replace_header("To", "Nurses <ward@island.example>, all@island.example, Nurses <ward@island.example>")
    assert read(bytes(message))[0].recipients == ("Nurses", "all@island.example")


def test_what_is_no_text_in_words_is_reported_and_the_message_is_read() -> None:
    message = mail()
    message.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="meeting.ics")
    document, (failure,) = read(bytes(message))
    assert document.text.endswith(ENGLISH)
    assert "1 attachment is not read (meeting.ics)" in failure.error
    assert failure.hint


def test_marks_of_quoted_messages_are_left_out() -> None:
    assert "> " not in read(bytes(mail(f"Agreed.\n\n> {POLISH}\n> > {ENGLISH}\n")))[0].text


@pytest.mark.parametrize(
    ("data", "mails"),
    [
        (b"From: a\nTo: b\nSubject: c\n\nText", True),
        (b"From a@b Tue Mar  5 2024\nFrom: a\nDate: b\nTo: c\n\nText", True),
        (b"Received: x\r\n\tfolded\r\nDate: y\r\nFrom: z\r\n\r\nText", True),
        (b"From: a\nTo: b\nHere a sentence follows.\nSubject: c\n\nText", False),
        (b"Subject: a\nTo: b\n\nText", False),
        (b"title: a\nfrom: b\n\nText", False),
    ],
)
def test_mails_are_told_by_their_headers(data: bytes, mails: bool) -> None:
    assert (binary_format(data) == "mail") is mails


def test_encrypted_mails_are_refused() -> None:
    message = mail()
    message.replace_header("Content-Type", 'multipart/encrypted; protocol="application/pgp-encrypted"')
    failure = parse_file("a.eml", bytes(message), None)[0][1]
    assert isinstance(failure, Failure)
    assert "encrypted" in failure.error
    assert failure.hint


def test_a_truncated_mail_keeps_what_is_there() -> None:
    message = mail(ENGLISH + "\n" + POLISH)
    message.add_attachment(bytes(10_000), maintype="application", subtype="zip", filename="b.zip")
    data = bytes(message)
    assert ENGLISH in read(data[: data.index(b"Szpital")])[0].text


@pytest.mark.parametrize(
    "data",
    [
        b"From: a\nTo: b\nSubject: " + b"=?utf-8?q?" * 8_000 + b"\n\nText",
        b"From: " + b'(<"' * 300_000 + b"\nTo: b\nSubject: c\n\nText",
        b"".join(
            b"From: a\nTo: b\nMIME-Version: 1.0\n"[: 40 if n == 0 else 0]
            + b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n)
            for n in range(3_000)
        ),
    ],
)
def test_hostile_mails_take_little_time(data: bytes) -> None:
    begun = time.monotonic()
    parse_file("a.eml", data, None)
    assert time.monotonic() - begun < 5
