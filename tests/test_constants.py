"""Fitted constants and the scripts that fit them name each other, read from the code itself."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TUNE = ROOT / "benchmarks" / "tune"
MODULES = sorted((ROOT / "assistant").rglob("*.py"))


def _fitted(script: Path) -> dict[tuple[Path, str], tuple[float, ...]]:
    """Module and name of each constant that `script` fits → the values it tries."""
    tree = ast.parse(script.read_text("utf-8"))
    modules = {
        alias.name: ROOT / f"{(node.module or '').replace('.', '/')}/{alias.name}.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Constant":
            module, name, values = node.args
            assert isinstance(module, ast.Name)
            found[modules[module.id], str(ast.literal_eval(name))] = tuple(ast.literal_eval(values))
    return found


def _constants(module: Path) -> dict[str, float]:
    """The module-level numbers of `module`, those assigned together too."""
    found = {}
    for node in ast.parse(module.read_text("utf-8")).body:
        if isinstance(node, ast.Assign):
            (target,) = node.targets
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=True))
            for name, value in pairs:
                if (
                    isinstance(name, ast.Name)
                    and isinstance(value, ast.Constant)
                    and isinstance(value.value, int | float)
                ):
                    found[name.id] = float(value.value)
    return found


FITTED = [(script, *constant) for script in sorted(TUNE.glob("*.py")) for constant in _fitted(script).items()]


def test_there_are_scripts_for_search_ranking_and_verification() -> None:
    assert {script.stem for script, *_ in FITTED} >= {"retrieval", "ranking", "alignment", "follow_ups", "verifier"}


@pytest.mark.parametrize(("script", "constant", "values"), FITTED, ids=lambda value: str(value)[-60:])
def test_a_script_tries_values_around_the_present_one(
    script: Path, constant: tuple[Path, str], values: tuple[float, ...]
) -> None:
    module, name = constant
    assert min(values) < _constants(module)[name] < max(values)
    assert f"benchmarks/tune/{script.name}" in module.read_text("utf-8")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_comment_names_no_script_that_does_not_fit_the_module(module: Path) -> None:
    for named in re.findall(r"benchmarks/[\w/]+\.py", module.read_text("utf-8")):
        script = ROOT / named
        assert script.exists(), named
        if script.parent == TUNE:
            text = script.read_text("utf-8")
            imported = module.relative_to(ROOT).as_posix().removesuffix(".py").replace("/", ".")
            fits_setting = module.name == "settings.py" and "Setting(" in text
            assert fits_setting or imported in text or module in {fitted for fitted, _ in _fitted(script)}, named
