"""The environment of third-party libraries is set before any of them is imported, and nowhere else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import child_environment

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "assistant").rglob("*.py"))
NAMES = ("GRADIO_ANALYTICS_ENABLED", "HF_HUB_DISABLE_TELEMETRY", "ORT_DISABLE_TELEMETRY", "OMP_WAIT_POLICY")
SEEN_BY_LIBRARIES = f"""
import json, os, sys

class Spy:
    def find_spec(self, name, path=None, target=None):
        if "." not in name and name in ("gradio", "torch", "onnxruntime", "sentence_transformers", "numpy", "tiktoken"):
            seen.setdefault(name, {{variable: os.environ.get(variable) for variable in {NAMES!r}}})

seen = {{}}
sys.meta_path.insert(0, Spy())
import {{module}}
print(json.dumps(seen))
"""


@pytest.mark.parametrize(
    ("module", "library"),
    [
        pytest.param("assistant.chat.gradio_page", "gradio", marks=pytest.mark.slow),
        ("assistant.cli.main", ""),
        ("assistant.index.dense", "numpy"),
    ],
)
def test_libraries_see_the_environment_whatever_module_is_imported_first(module: str, library: str) -> None:
    environment = child_environment(OMP_WAIT_POLICY="ACTIVE")
    for name in NAMES[:3]:
        environment.pop(name, None)
    script = SEEN_BY_LIBRARIES.replace("{module}", module)
    ran = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    seen = json.loads(ran.stdout)
    assert library in seen or not library
    assert all(list(variables.values()) == ["False", "1", "1", "ACTIVE"] for variables in seen.values())


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_other_module_writes_the_environment_or_keeps_a_pool_for_all(module: Path) -> None:
    text = module.read_text("utf-8")
    writes = re.findall(r"os\.environ(?:\[[^\]]*\] *=[^=]|\.(?:setdefault|update|pop)\()|os\.(?:un)?putenv", text)
    assert not writes or module.name == "startup.py"
    assert not re.findall(r"^\w+(?:: .*)? = .*(?:Thread|Process)PoolExecutor\(", text, re.MULTILINE)
