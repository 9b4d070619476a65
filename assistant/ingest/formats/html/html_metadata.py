"""The metadata of an HTML page: title, address, date, publisher, language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assistant.ingest.formats.html.html_tree import Element
from assistant.text.addresses import host_of, http_url
from assistant.text.facts.dates import find_date, iso_date
from assistant.text.normalise import alphanumeric, decode_entities, normalise_line, opening_words

_ARTICLE_TYPES = re.compile(r"Article|Posting|Report|WebPage|BlogPost|ScholarlyArticle|Book|Event$")
_PUBLISHED = (
    "article:published_time article:published og:published_time og:article:published_time datepublished "
    "date_published pubdate publishdate publish_date publish-date dc.date.issued dcterms.issued dc.date "
    "dcterms.date dcterms.created dc.date.created citation_publication_date citation_date sailthru.date "
    "parsely-pub-date date"
).split()
_SITE = ("og:site_name", "application-name", "dc.publisher", "dcterms.publisher", "citation_journal_title")
_SEPARATOR = re.compile(r"\s+[|–—»«•·~]\s+|\s+-\s+|\s*::\s*|\s+/\s+|\s*\|\s*")
_DANGLING = " |–—-»«•·~:/"
_HOME = re.compile(r"(?:https?://[^/]+)?/?(?:index\.\w+)?|\./?")
_LONGEST_TITLE = 400
_TELLING_NAME = 5  # letters of a host's name from which it is not found in a text by chance; chosen by hand
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(\S+)\s*-->", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Metadata:
    """The metadata that a page states; None for what it does not state."""

    title: str | None = None
    url: str | None = None
    published: str | None = None
    publisher: str | None = None
    language: str | None = None
    body: str | None = None
    """The article as JSON-LD gives it ("articleBody")."""


def read_metadata(tree: Element, markup: str, dateline: str | None) -> Metadata:
    """Return the metadata of a page; `dateline` is the line of its article that shows a date.

    That date is used if a weekday confirms the order of its numbers, or if no metadata state one.
    """
    metas = _metas(tree)
    linked = list(filter(_describes_article, linked_objects(tree)))
    url = _url(tree, markup, metas, linked)
    site = _first(metas, _SITE) or _linked_name(linked, "publisher")
    author = metas.get("author")
    copyright_line = alphanumeric(metas.get("copyright", ""))
    if site is None and author and copyright_line and copyright_line.startswith(alphanumeric(author)):
        site = author  # whoever holds the copyright of the site publishes it
    return Metadata(
        title=_title(tree, metas, site, url),
        url=url,
        published=_published(tree, metas, linked, dateline),
        publisher=site or (host_of(url) if url else None),
        language=_language(tree, metas),
        body=_body(linked),
    )


def _metas(tree: Element) -> dict[str, str]:
    """Name or property of each <meta>, lower case → content; the first of each counts."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = normalise_line(element.get("content") or "")
        if name and content:
            found.setdefault(name.strip().lower(), content)
    return found


def linked_objects(tree: Element) -> Iterator[dict[str, Any]]:
    """Yield the JSON-LD objects of a page."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "") or len(script.text or "") > 500_000:
            continue
        try:
            stack: list[Any] = [json.loads(script.text or "", strict=False)]
        except (ValueError, RecursionError):
            continue
        while stack:
            value = stack.pop()
            if isinstance(value, list):
                stack.extend(reversed(value))
            elif isinstance(value, dict):
                stack.extend(inner for key, inner in value.items() if key in ("@graph", "mainEntity"))
                yield value


def _describes_article(value: dict[str, Any]) -> bool:
    kind = value.get("@type")
    return bool(_ARTICLE_TYPES.search(" ".join(map(str, kind)) if isinstance(kind, list) else str(kind)))


def _first(metas: dict[str, str], names: tuple[str, ...] | list[str]) -> str | None:
    return next((metas[name] for name in names if name in metas), None)


def _linked_name(linked: list[dict[str, Any]], key: str) -> str | None:
    for value in linked:
        inner = value.get(key)
        if isinstance(inner, list) and inner:
            inner = inner[0]
        name = inner.get("name") if isinstance(inner, dict) else inner
        if isinstance(name, str) and normalise_line(name):
            return normalise_line(name)
    return None


def _body(linked: list[dict[str, Any]]) -> str | None:
    bodies = [value["articleBody"] for value in linked if isinstance(value.get("articleBody"), str)]
    longest = max(bodies, key=len, default="")
    return re.sub(r"<[^<>]{1,500}>", "\n", decode_entities(longest)) or None


def _url(tree: Element, markup: str, metas: dict[str, str], linked: list[dict[str, Any]]) -> str | None:
    """The page's own complete http(s) address: canonical, og:url, JSON-LD, or the one it was saved from."""
    candidates: list[object] = [
        link.get("href") for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split()
    ]
    candidates.append(metas.get("og:url"))
    for value in linked:
        page = value.get("mainEntityOfPage")
        candidates += [value.get("url"), page.get("@id") if isinstance(page, dict) else page]
    saved = _SAVED_FROM.search(markup[:2000])
    candidates.append(saved[1] if saved else None)
    addresses = [url for url in map(http_url, candidates) if url is not None]
    # A template that names the home page as everything's address says nothing of this page.
    return next((url for url in addresses if url.rstrip("/").count("/") > 2), addresses[0] if addresses else None)


def _title(tree: Element, metas: dict[str, str], site: str | None, url: str | None) -> str | None:
    """The article's title without the name of the site."""
    headings = [normalise_line(heading.text_content()) for heading in tree.iter("h1") if not _leads_home(heading)]
    headings = [heading for heading in headings if len(heading) <= _LONGEST_TITLE]
    element = tree.find(".//title")
    page_title = normalise_line(element.text_content()) if element is not None else ""
    stated = [_first(metas, ("og:title", "twitter:title", "citation_title", "dc.title")), page_title]
    candidates = [opening_words(candidate, _LONGEST_TITLE) for candidate in stated if candidate]
    # Some templates state the article's title where the site's name belongs.
    for name in [site, None] if site else [None]:
        shown = [heading for heading in headings if not _is_site(heading, name, url)]
        for candidate in candidates:
            title = next((heading for heading in shown if _frames(candidate, heading)), None)
            title = title or _without_site(candidate, name, url).strip(_DANGLING)
            if title and not _is_site(title, name, url):
                return title
        if shown:
            return shown[0]
    return None


def _leads_home(heading: Element) -> bool:
    """Return whether a heading is the site's name: all of it links to the front page."""
    links = heading.findall(".//a")
    inside = len(links) == 1 and alphanumeric(links[0].text_content()) == alphanumeric(heading.text_content())
    return inside and bool(_HOME.fullmatch(links[0].get("href") or ""))


def _frames(title: str, heading: str) -> bool:
    """Return whether a stated title is the heading with the site's name, or the like, after or before it."""
    whole, part = alphanumeric(title), alphanumeric(heading)
    if not part or whole == part or whole.startswith(part):
        return bool(part)
    return title.endswith(heading) and title.removesuffix(heading).rstrip().endswith((":", "|", "»", "–", "—", "::"))


def _without_site(title: str, site: str | None, url: str | None) -> str:
    """`title` without a part at its end or beginning that names the site."""
    cuts = list(_SEPARATOR.finditer(title))
    for cut in reversed(cuts):
        head, tail = title[: cut.start()], title[cut.end() :]
        if _is_site(tail, site, url) or (alphanumeric(head) and _names_host(tail, url)):
            return _without_site(head, site, url)
    if cuts and _is_site(title[: cuts[0].start()], site, url):
        return title[cuts[0].end() :]
    return title


def _names_host(text: str, url: str | None) -> bool:
    """Return whether a part of a title is the site's name written out: it has the host in it, or a long word of the
    host.
    """
    host = host_of(url or "").rpartition(".")[0]
    name, words = alphanumeric(host), {alphanumeric(word) for word in text.split()}
    long = [alphanumeric(word) for word in re.split(r"[.-]", host) if len(word) >= _TELLING_NAME]
    return len(name) >= _TELLING_NAME and (name in alphanumeric(text) or any(word in words for word in long))


def _is_site(text: str, site: str | None, url: str | None) -> bool:
    key = alphanumeric(text)
    if not key:
        return True
    if site and key == alphanumeric(site):
        return True
    host = alphanumeric(host_of(url).rsplit(".", 1)[0]) if url else ""
    return bool(host) and (key == host or key == alphanumeric(host_of(url or "")))


def _published(tree: Element, metas: dict[str, str], linked: list[dict[str, Any]], dateline: str | None) -> str | None:
    """The stated date of publication; never one from a picture's path, a copyright line or running text."""
    candidates: list[object] = []
    shown = find_date(dateline) if dateline else None
    if shown and shown.confirmed:
        return shown.date
    candidates += [value.get("datePublished") for value in linked]
    candidates += [metas.get(name) for name in _PUBLISHED]
    for element in tree.iter("time"):
        if element.get("pubdate") is not None or element.get("itemprop") == "datePublished":
            candidates.append(element.get("datetime") or element.text_content())
    for value in candidates:
        date = iso_date(value) if isinstance(value, str) else None
        if date:
            return date
    return shown.date if shown else None


def _language(tree: Element, metas: dict[str, str]) -> str | None:
    stated = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
    stated = stated or metas.get("content-language") or metas.get("og:locale")
    match = re.match(r"([A-Za-z]{2})(?:[-_]|$)", (stated or "").strip())
    return match[1].lower() if match else None
