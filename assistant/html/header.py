"""The head of the chat page, as HTML."""

from __future__ import annotations

from assistant.answer.links import document_link
from assistant.chat.overview import Overview
from assistant.html.bubbles import meta_line
from assistant.html.escape import esc, external_link, lang_attribute
from assistant.html.strings import ALL, Strings, date_words, language_name
from assistant.records import Document


def header_html(index: Overview, strings: Strings) -> str:
    """The head of the page: name, tagline, and what is indexed, unfolding to the list of documents."""
    manifest = index.manifest
    names = [language_name(code, strings) or code for code in index.languages if code != "und"]
    facts = [(strings.documents, str(manifest.documents)), (strings.languages, ", ".join(names[:8]))]
    facts.append((strings.indexed, date_words(manifest.created, strings)))
    note = "".join(
        f'<span class="da-fact">{esc(label)}: <b>{esc(value)}</b></span> ' for label, value in facts if value
    )
    items = "".join(_listed(document, strings) for document in index.listed)
    if manifest.documents > len(index.listed):
        items += f"<li>… +{manifest.documents - len(index.listed)}</li>"
    return (
        f'<header class="da-header"{_words_for_script(strings)}><div><h1>{esc(strings.product)}</h1>'
        f"<p>{esc(strings.tagline)}</p></div>{_toolbar(strings)}<details><summary>{note}</summary>"
        f'<h2>{esc(strings.document_list)}</h2><ul class="da-documents">{items}</ul></details>'
        f"{_languages(strings)}</header>"
    )


def _languages(strings: Strings) -> str:
    """Links to the page in the other languages, each named in its own."""
    links = "".join(
        f' <a href="?lang={code}" lang="{code}" hreflang="{code}">{esc(language_name(code, other) or code)}</a>'
        for code, other in ALL.items()
        if code != strings.language
    )
    return f'<nav class="da-languages" aria-label="{esc(strings.interface)}">{links}</nav>'


def _toolbar(strings: Strings) -> str:
    """What can be done with the conversation; static/chat.js does it, and fills the list of earlier ones."""
    names = (("da-new", strings.new_chat), ("da-save", strings.save), ("da-clear", strings.clear))
    buttons = "".join(f'<button type="button" class="da-action {css}">{esc(label)}</button>' for css, label in names)
    earlier = f"<summary>{esc(strings.earlier)}</summary><ul></ul>"
    return f'<div class="da-toolbar" hidden>{buttons}<details class="da-earlier" hidden>{earlier}</details></div>'


def _words_for_script(strings: Strings) -> str:
    """What static/chat.js says or sets, as attributes."""
    words = {
        "lang": strings.language,
        "data-language": strings.language,
        "data-product": strings.product,
        "data-conversation": strings.chat_label,
        "data-question": strings.question_label,
        "data-copied": strings.copied,
        "data-copy-failed": strings.copy_failed,
        "data-comment": strings.comment,
        "data-send": strings.send,
        "data-thanks": strings.thanks,
        "data-not-kept": strings.not_kept,
        "data-go-on": strings.go_on,
        "data-remove": strings.remove,
    }
    return "".join(f' {name}="{esc(value)}"' for name, value in words.items())


def _listed(document: Document, strings: Strings) -> str:
    lang = lang_attribute(document.language)
    title = f'<span{lang} dir="auto">{esc(document.title or document.doc_id)}</span>'
    link = external_link(document_link(document.doc_id), title, strings)
    return f'<li>{link} <span class="da-meta">{meta_line(document, strings)}</span></li>'
