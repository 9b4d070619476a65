"""What the doctor finds, and the remedy with each finding."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import SecretStr

from assistant.build import BuildReport
from assistant.cli import doctor
from assistant.cli.doctor import Finding, examine
from assistant.cli.main import main
from assistant.index.store import read_manifest
from assistant.models import bundled, reader
from assistant.settings import Settings, load_settings
from testkit.model_server import ModelServerStub
from tests.command import run_python

CHECKS = {
    "python",
    "packages",
    "disk",
    "cache",
    "tokenizer",
    "model",
    "reader",
    "recognition",
    "language model",
    "store",
    "port",
}


@pytest.fixture
def healthy(seed_settings: Settings, seed_report: BuildReport, tmp_path: Path) -> Settings:
    """Settings of a store of its own, and any free port."""
    del seed_report
    return load_settings(store=Path(shutil.copytree(seed_settings.store, tmp_path / "store")), serve={"port": 0})


def found(settings: Settings, name: str) -> list[Finding]:
    """What is wrong about `name`; every trouble has a remedy and nothing else is wrong."""
    findings = examine(settings)
    assert {finding.name for finding in findings} == CHECKS
    trouble = [finding for finding in findings if finding.severity != "ok"]
    assert {finding.name for finding in trouble} == {name}
    assert all(finding.remedy for finding in trouble)
    return trouble


def generation_folder(settings: Settings) -> Path:
    return settings.store / "generations" / str(read_manifest(settings.store).generation)


def edit_manifest(settings: Settings, **fields: object) -> None:
    path = generation_folder(settings) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | fields), "utf-8")


def test_a_healthy_installation_needs_no_remedy(healthy: Settings) -> None:
    findings = examine(healthy)
    assert {finding.name for finding in findings} == CHECKS
    assert {(finding.severity, finding.remedy) for finding in findings} == {("ok", "")}
    store = next(finding for finding in findings if finding.name == "store")
    assert "5 documents" in store.message


def test_its_json_and_exit_code(
    healthy: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSISTANT_SERVE__PORT", "0")
    monkeypatch.setattr(sys, "argv", ["assistant", "doctor", "--store", str(healthy.store), "--json"])
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert (end.value.code, err, out.count("\n")) == (0, "", 1)
    assert set(report) == {"healthy", "findings"}
    assert report["healthy"] is True
    assert [set(finding) for finding in report["findings"]] == [{"name", "severity", "message", "remedy"}] * 12

    (generation_folder(healthy) / "dense.faiss").unlink()
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    assert json.loads(capsys.readouterr().out)["healthy"] is False

    monkeypatch.setattr(sys, "argv", sys.argv[:-1])
    with pytest.raises(SystemExit) as end:
        main()
    lines = capsys.readouterr().out.splitlines()
    at = lines.index("  error  store: missing or altered: dense.faiss.")
    assert end.value.code == 1
    assert lines[at + 1].endswith("→ Build it again with `assistant index`.")


def test_no_index_yet_is_a_warning(healthy: Settings, tmp_path: Path) -> None:
    (finding,) = found(healthy.model_copy(update={"store": tmp_path / "none"}), "store")
    assert finding.severity == "warning"
    assert "assistant index" in finding.remedy


def test_a_damaged_store_is_named_by_its_files(healthy: Settings) -> None:
    for name in ("dense.faiss", "tables.sqlite"):
        path = generation_folder(healthy) / name
        path.write_bytes(path.read_bytes()[:-1])
    (finding,) = found(healthy, "store")
    assert (finding.severity, finding.message) == ("error", "missing or altered: dense.faiss, tables.sqlite.")
    assert "assistant index" in finding.remedy


@pytest.mark.parametrize("fields", [{"format_version": 99}, {"files": None}])
def test_a_store_that_cannot_be_read_is_an_error(healthy: Settings, fields: dict[str, object]) -> None:
    edit_manifest(healthy, **fields)
    (finding,) = found(healthy, "store")
    assert finding.severity == "error"
    assert "assistant index" in finding.remedy


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"model": "other/model"}, "(other/model)"),
        ({"model_fingerprint": "else"}, "another version or engine of bundled"),
    ],
)
def test_a_store_of_another_model_is_an_error(healthy: Settings, fields: dict[str, object], words: str) -> None:
    edit_manifest(healthy, **fields)
    (finding,) = found(healthy, "store")
    assert finding.severity == "error"
    assert words in finding.message


def test_a_store_of_other_chunks_is_a_warning(healthy: Settings) -> None:
    settings = healthy.model_copy(update={"chunk": healthy.chunk.model_copy(update={"tokens": 100})})
    (finding,) = found(settings, "store")
    assert finding.severity == "warning"
    assert "chunk settings" in finding.message


def test_a_port_in_use_is_a_warning(healthy: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (finding,) = found(
            healthy.model_copy(update={"serve": healthy.serve.model_copy(update={"port": port})}), "port"
        )
    assert finding.severity == "warning"
    assert str(port) in finding.message


def test_a_port_just_given_up_is_free(healthy: Settings) -> None:
    """A server that ended leaves its connections waiting for a minute; that keeps nobody from listening again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = server.accept()
            accepted.close()
            assert client.recv(1) == b""
    findings = examine(healthy.model_copy(update={"serve": healthy.serve.model_copy(update={"port": port})}))
    assert Finding("port", "ok", f"127.0.0.1:{port} is free") in findings


def test_a_host_of_another_machine_is_a_warning(healthy: Settings) -> None:
    serve = healthy.serve.model_copy(update={"host": "192.0.2.1"})
    (finding,) = found(healthy.model_copy(update={"serve": serve}), "port")
    assert "192.0.2.1" in finding.message


def test_missing_and_wrong_packages_are_named(healthy: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.version

    def version(name: str) -> str:
        if name == "bm25s":
            raise metadata.PackageNotFoundError(name)
        return "0.0.1" if name == "gradio" else real(name)

    monkeypatch.setattr(doctor, "version", version)
    (finding,) = found(healthy, "packages")
    assert "bm25s is missing" in finding.message
    assert "gradio 0.0.1 is not <7,>=6.31" in finding.message
    assert finding.remedy == "Install again with `make install`."


def test_a_package_that_cannot_be_imported_is_a_finding_and_no_crash(tmp_path: Path) -> None:
    script = "import sys; sys.modules['faiss'] = None; from assistant.cli.main import main; main()"
    ran = run_python("-c", script, "doctor", "--json", "--store", tmp_path)
    assert (ran.code, ran.err) == (1, "")
    wrong = [finding for finding in json.loads(ran.out)["findings"] if finding["severity"] == "error"]
    assert "store" in {finding["name"] for finding in wrong}
    assert all("faiss" in finding["message"] for finding in wrong)
    assert {finding["remedy"] for finding in wrong} == {"Install again with `make install`."}


def test_a_damaged_model_is_named_with_what_to_delete(healthy: Settings, tmp_path: Path) -> None:
    folder = bundled.model_folder(tmp_path)
    folder.mkdir()
    (folder / "config.json").write_text("{}", "utf-8")
    (folder / "complete.json").write_text('{"config.json": [2, "0"], "model.safetensors": [1, "0"]}', "utf-8")
    (finding,) = found(healthy.model_copy(update={"cache": tmp_path}), "model")
    assert finding.severity == "error"
    assert "config.json, model.safetensors" in finding.message
    assert str(folder) in finding.remedy


def test_a_damaged_reader_is_an_error_unless_it_is_switched_off(
    healthy: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(reader, "WEIGHTS", tmp_path / "reader.npz")
    (finding,) = found(healthy, "reader")
    assert (finding.severity, "reader.npz" in finding.message) == ("error", True)
    off = healthy.model_copy(update={"answer": healthy.answer.model_copy(update={"read": 0})})
    assert {finding.severity for finding in examine(off)} == {"ok"}


def with_language_model(settings: Settings, base_url: str, name: str = "stub") -> Settings:
    model = settings.model.model_copy(update={"base_url": base_url, "name": name, "api_key": SecretStr("sk-secret")})
    return settings.model_copy(update={"model": model})


def test_a_language_model_that_answers_is_ok(healthy: Settings) -> None:
    with ModelServerStub() as server:
        findings = examine(with_language_model(healthy, server.base_url))
    said = [finding for finding in findings if finding.name == "language model"]
    assert [finding.severity for finding in said] == ["ok"] * 3
    assert "lists stub" in said[1].message
    assert "sk-secret" not in str(findings)


def test_a_language_model_that_its_server_does_not_know_is_an_error(healthy: Settings) -> None:
    with ModelServerStub() as server:
        server.reply(status=404, body={"error": {"message": "model 'other' not found sk-secret"}})
        trouble = found(with_language_model(healthy, server.base_url, "other"), "language model")
    assert any("other" in finding.message for finding in trouble)
    assert "sk-secret" not in str(trouble)


def test_a_language_model_that_cannot_be_reached_is_an_error(healthy: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        base_url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
    (finding,) = found(with_language_model(healthy, base_url), "language model")
    assert finding.severity == "error"
    assert base_url in finding.message


def test_a_model_not_yet_unpacked_is_fine(healthy: Settings, tmp_path: Path) -> None:
    findings = examine(healthy.model_copy(update={"cache": tmp_path}))
    (model,) = (finding for finding in findings if finding.name == "model")
    assert model.severity == "ok"
    assert "will be unpacked" in model.message


def test_a_cache_that_cannot_be_written_is_a_finding(healthy: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    (finding,) = found(healthy.model_copy(update={"cache": tmp_path / "file" / "cache"}), "cache")
    assert finding.severity == "error"
    assert "ASSISTANT_CACHE" in finding.remedy


def test_a_full_disk_is_a_warning(healthy: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=300 * 2**20))
    (finding,) = found(healthy, "disk")
    assert finding.severity == "warning"
    assert finding.remedy.startswith("Free at least")
