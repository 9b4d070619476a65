"""The import rule of docs/overview.md, read from the code itself."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "assistant"
MODULES = sorted(PACKAGE.rglob("*.py"))
# Each package may import from itself and from the packages named.
BASE = {"errors", "records", "protocols", "filter", "settings", "storage", "text"}
STAGES = {"crawl", "ingest", "models", "index", "retrieve", "answer", "verify", "llm"}
ALLOWED = {
    "errors": set(),
    "records": {"errors"},
    "filter": {"errors"},
    "protocols": {"errors", "records", "filter"},
    "settings": {"errors", "records"},
    "settings_page": {"settings"},
    "storage": {"errors"},
    "text": {"errors", "records", "storage"},
    "templates": set(),
    # The stages do not know each other, but for an answer: a model may write it, and it is verified.
    **dict.fromkeys(STAGES, BASE),
    "answer": BASE | {"verify", "llm"},
    "model_set": {"records", "protocols"},
    "ask": BASE | STAGES | {"model_set"},
    "live": {"ask"},
    "factory": BASE | STAGES | {"model_set", "ask", "live"},
    "build": BASE | STAGES | {"factory"},
    "purge": BASE | STAGES | {"factory"},
    "originals": BASE | {"answer", "ingest"},
    "evaluate": BASE | {"templates", "answer", "ask", "factory", "build"},
    # The ways in.
    "html": BASE | {"templates", "answer"},
    "chat": BASE | {"answer", "html"},
    "server": BASE | {"answer", "html", "chat"},
    "cli": BASE | STAGES | {"originals", "ask", "factory", "build", "purge", "evaluate", "server"},
    "__main__": {"cli"},
    "startup": set(),
    "__init__": {"errors", "records", "settings", "startup", "ask", "factory", "build"},
}
# Heavy libraries and the modules that may import each.
KEPT_TO = {
    "faiss": "index/dense.py",
    "gradio": "chat/gradio_page.py",
    "torch": "models/sentence_encoder.py",
    "sentence_transformers": "models/sentence_encoder.py",
    "transformers": "models/sentence_encoder.py",
    "onnxruntime": "models/onnx_encoder.py",
    "onnx": "models/onnx_graph.py",
    "bm25s": "index/lexical.py",
    "tiktoken": "text/tokens.py",
    "openai": "llm/client.py llm/server_errors.py",
    "httpx2": "llm/client.py crawl/http_client.py",
    "httpcore2": "crawl/ssrf_guard.py crawl/http_client.py",
    "protego": "crawl/robots.py",
    "fsspec": "crawl/remote/remote_connection.py",
    "webdav4": "crawl/remote/remote_connection.py",
    "s3fs": "crawl/remote/remote_connection.py",
    "httpx": "crawl/remote/remote_connection.py",
    "keyring": "crawl/remote/remote_address.py",
    "mcp": "server/routes/mcp_api.py",
    "mcp_types": "server/routes/mcp_api.py",
    "jinja2": "templates.py",
    "markdown_it": "ingest/formats/markdown/markdown_parser.py ingest/formats/markdown/markdown_blocks.py",
    "mdit_py_plugins": "ingest/formats/markdown/markdown_parser.py",
    "yaml": "ingest/formats/markdown/front_matter.py",
    "markupsafe": "templates.py",
    "limits": "server/middleware/access.py",
    "prometheus_client": "server/prometheus.py",
    "watchfiles": "cli/watch.py",
    "openpyxl": "ingest/formats/sheets/xlsx_text.py",
    "xlrd": "ingest/formats/sheets/xls_text.py",
    "python_calamine": "ingest/formats/sheets/xlsb_text.py",
    "oxmsg": "ingest/formats/mail/msg_text.py",
    "olefile": "ingest/formats/ole_file.py",
    "striprtf": "ingest/formats/rtf_text.py",
    "pypdfium2": "originals/draw_page.py ingest/formats/pdf/pdf_text.py ingest/formats/pdf/page_recognition.py",
    "pdfplumber": "ingest/formats/pdf/pdf_text.py",
    "tesserocr": "ingest/formats/image/tesseract.py",
    "PIL": " ".join(
        ["originals/draw_page.py"]
        + [f"ingest/formats/image/{name}.py" for name in ("image_text", "recognise", "straighten", "tesseract")]
    ),
}
MOST_MODULES = 14  # in a folder
# Folders beside the package, and what none of their files may import, nor any script that stands in a file.
APART = {
    "tests": "benchmarks",
    "benchmarks": "tests",
    "testkit": "tests|benchmarks",
    "assistant": "tests|benchmarks|testkit",
}
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            names |= {f"{module}.{alias.name}" for alias in node.names} if module == "assistant" else {module}
    return names


def _package(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_one_way(path: Path) -> None:
    package = _package(path)
    used = {name.split(".")[1] for name in _imports(path) if name.startswith("assistant.")}
    assert used - {package} <= ALLOWED[package]


WRITERS_OF_JSON = [
    f"server/{name}.py"
    for name in ("routes/ask_api", "routes/openai_api", "routes/mcp_api", "schemas", "events", "problem_details")
]


@pytest.mark.parametrize("place", WRITERS_OF_JSON)
def test_what_writes_json_imports_no_page(place: str) -> None:
    assert not {used for used in _imports(PACKAGE / place) if used.startswith("assistant.html")}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_heavy_libraries_stay_in_their_module(path: Path) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    used = {name.split(".")[0] for name in _imports(path)}
    assert {name for name in used if place not in KEPT_TO.get(name, place).split()} == set()


def test_no_folder_holds_too_many_modules() -> None:
    folders = Counter(path.parent for path in MODULES if path.name != "__init__.py")
    assert {folder.name: count for folder, count in folders.items() if count > MOST_MODULES} == {}


def test_no_two_modules_have_one_name() -> None:
    names = Counter(path.stem for path in MODULES if not path.stem.startswith("__"))
    assert {name: count for name, count in names.items() if count > 1} == {}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= LONGEST_MODULE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, node.name


@pytest.mark.parametrize("folder", APART)
def test_tests_and_benchmarks_do_not_import_each_other(folder: str) -> None:
    """What both need is in testkit/."""
    wanted = re.compile(rf"(?:^|[\n;\"'] *)(?:from|import) +(?:{APART[folder]})\b")
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    assert [path.relative_to(ROOT).as_posix() for path in files if wanted.search(path.read_text("utf-8"))] == []


def test_tests_patch_no_private_names_and_no_constants() -> None:
    """What a test needs otherwise is an argument. WEIGHTS: the installed file of a damaged installation."""
    patched = re.compile(r"""setattr\(\s*[^()]*?["'](?:[\w.]+\.)?(_\w*|[A-Z][A-Z0-9_]*)["']""")
    found = {
        name for path in sorted((ROOT / "tests").rglob("*.py")) for name in patched.findall(path.read_text("utf-8"))
    }
    assert found <= {"WEIGHTS"}
