"""Golden outputs: record what the product puts out, and compare it with what it put out before.

    python -m benchmarks.golden record FOLDER
    python -m benchmarks.golden compare FOLDER

A change that only moves or renames code must not change a byte of them. Only the outermost interfaces are used, the
command line and HTTP, so no module's name matters here. What differs from run to run (times, dates of the build,
tokens) is left out. `compare` writes the first differing line of each differing file and exits with 1.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import zip_longest
from pathlib import Path
from urllib.parse import quote, urlencode

from benchmarks.chat_visitor import Chat, Json, fetch, fetch_json, lines, page_config

ROOT = Path(__file__).parents[1]
SAMPLES = Path(__file__).parent / "golden_files"
LANGUAGES = ("en", "pl", "vi")
BUBBLES = {
    "answer": "Who is the director of Dong Nai General Hospital?",
    "answer-in-polish": "Ile jednostek służby publicznej podlega Departamentowi Zdrowia Hajfong?",
    "abstention": "What is the capital of France?",
    "error": "word " * 1000,
}
K = 8
SCORE_DIGITS = 4

Outputs = dict[str, list[str]]
"""Lines of each file of a recording, by its name."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["record", "compare"])
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    outputs = recorded()
    if given.action == "record":
        write(outputs, given.folder)
    elif differences := different(outputs, given.folder):
        print("\n".join(differences))
        sys.exit(1)
    print(f"{len(outputs)} files, {sum(map(len, outputs.values()))} lines: {given.action} done")


def recorded() -> Outputs:
    """Build an index of seeds/ and one of the sample files, and return all outputs of both."""
    outputs: Outputs = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, source in (("seeds", ROOT / "seeds"), ("samples", SAMPLES)):
            store = Path(folder) / name
            built = json.loads(command("index", "--source", str(source), "--store", str(store), "--json"))
            listed = command("documents", "--json", "--text", "--store", str(store))
            documents = [json.loads(line) for line in listed.splitlines()]
            outputs[f"{name}/index.txt"] = lines({key: built[key] for key in ("documents", "chunks", "failed")})
            outputs[f"{name}/documents.txt"] = [line for document in documents for line in lines(document)]
            with served(store) as address:
                outputs |= {f"{name}/{page}": text for page, text in pages(address, documents).items()}
                if name == "seeds":
                    outputs["rankings.txt"], outputs["replies.txt"] = asked(address)
                    outputs |= chats(address)
    return outputs


def write(outputs: Outputs, folder: Path) -> None:
    """Write each file of a recording into `folder`."""
    for name, text in outputs.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(text) + "\n", "utf-8")


def different(outputs: Outputs, folder: Path) -> list[str]:
    """For each file that differs from the one in `folder`, its name and the first differing line, before and after."""
    before = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    found = [f"{name}: missing now" for name in sorted(before - outputs.keys())]
    for name, after in outputs.items():
        if name not in before:
            found.append(f"{name}: not recorded before")
            continue
        old = (folder / name).read_text("utf-8").split("\n")[:-1]
        new = "\n".join(after).split("\n")
        for number, (was, now) in enumerate(zip_longest(old, new), start=1):
            if was != now:
                found.append(f"{name}:{number}\n  before: {shortened(was)}\n  now:    {shortened(now)}")
                break
    return found


def shortened(line: str | None) -> str:
    """A line as it is shown; None stands for no line."""
    return "(no line)" if line is None else line[:500]


# The command line and HTTP


def environment() -> dict[str, str]:
    """The environment of the product: this tree's package, no settings but those needed here."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("ASSISTANT_")}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "ASSISTANT_SERVE__RATE": "0"}


def command(*arguments: str) -> str:
    """The stdout of the command line, which must succeed."""
    ran = [sys.executable, "-m", "assistant", *arguments]
    return subprocess.run(ran, env=environment(), cwd=ROOT, check=True, capture_output=True, encoding="utf-8").stdout


@contextmanager
def served(store: Path) -> Iterator[str]:
    """The address of a server on a free port; it ends with the block."""
    serve = [sys.executable, "-m", "assistant", "serve", "--port", "0", "--store", str(store)]
    with subprocess.Popen(serve, env=environment(), cwd=ROOT, stderr=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                    yield found[0]
                    break
            else:
                raise RuntimeError("the server ended before it was ready")
        finally:
            process.terminate()


# What is recorded


def asked(address: str) -> tuple[list[str], list[str]]:
    """Rankings and replies of every question of eval/cases."""
    rankings: list[str] = []
    replies: list[str] = []
    for path in sorted((ROOT / "eval" / "cases").glob("*.jsonl")):
        for case in map(json.loads, path.read_text("utf-8").splitlines()):
            found = fetch_json(f"{address}/api/search?{urlencode({'q': case['question'], 'k': K})}")
            rankings += lines({"id": case["id"]} | steady(found))
            body = {"question": case["question"], "history": case.get("history", [])}
            replies += lines({"id": case["id"]} | steady(fetch_json(f"{address}/api/ask", body)))
    return rankings, replies


def steady(reply: Json) -> Json:
    """A reply without its timings, scores rounded."""
    reply.pop("timings_ms", None)
    for hit in reply["hits"]:
        hit["score"] = round(hit["score"], SCORE_DIGITS)
    return reply


def pages(address: str, documents: Sequence[Json]) -> Outputs:
    """The pages of an index: of each document with and without a quote, of none, of the chat and of the widget."""
    made: Outputs = {}
    for language in LANGUAGES:
        text: list[str] = []
        for document in documents:
            path = f"/documents/{quote(document['doc_id'])}"
            middle = len(document["text"]) // 2
            for query in ("", f"?start={middle}&end={min(middle + 80, len(document['text']))}", "?start=9&end=x"):
                text += page(address, path + query, language)
        made[f"documents-{language}.html"] = text
        made[f"not-found-{language}.html"] = page(address, "/documents/nothing", language)
    widget = "/widget?" + urlencode({"title": "Ask <us>", "accent": "17606B", "theme": "dark", "lang": "pl"})
    made["widget.html"] = page(address, widget, "en") + page(address, "/widget.js", "en")
    made["chat-head.html"] = [line.strip() for line in page_config(address)["head"].splitlines()]
    return made


def page(address: str, path: str, language: str) -> list[str]:
    """The status of a page, then its lines, a new one after each tag that ends."""
    status, html = fetch(address + path, language=language)
    return [f"{status} {path}", *tags(html)]


def tags(html: str) -> list[str]:
    """HTML cut after tags that end, without what differs from run to run."""
    html = re.sub(r"da-token-[\w-]+", "da-token-…", html)
    return re.sub(r"(</[a-z0-9]+>)(?=<)", "\\1\n", html).split("\n")


def chats(address: str) -> Outputs:
    """The head of the chat page and the bubbles of its replies, in each language."""
    made: Outputs = {}
    for language in LANGUAGES:
        with closing(Chat(address, language)) as page:
            head, chat = page.greeted()
        # When the index was built is the last fact of the head.
        made[f"chat/head-{language}.html"] = tags(re.sub(r"<b>[^<]*</b></span> </summary>", "</summary>", head))
        made[f"chat/welcome-{language}.txt"] = chat
        for name, question in BUBBLES.items():
            with closing(Chat(address, language)) as asking:
                asking.greeted()
                bubbles = asking.bubbles(question)
            made[f"chat/{name}-{language}.html"] = [line for html in bubbles for line in tags(html)]
    return made


if __name__ == "__main__":
    main()
