"""Indexing, asking, evaluating and serving reach no other machine and write nothing outside their folders.

Each command runs as a user would run it, in a network of its own that holds only the loopback, and where this test
answers the look-ups of names: those of native libraries, which an audit hook cannot see, are seen there. The hook, in
all processes of Python, adds connections and files; files of native libraries would turn up in the empty home folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.factory import cache_folder
from assistant.models import bundled
from assistant.protocols import LayeredEncoder
from assistant.settings import load_settings

ROOT = Path(__file__).parents[1]
BACKGROUND_S = 15
"""How long, in seconds, a server runs on after it answered: telemetry was sent some ten seconds after the start."""
HOOK = """
import os, sys

ALLOWED = tuple(os.environ["EGRESS_ALLOWED"].split(os.pathsep))
LOOPBACK = (None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0", b"localhost", b"127.0.0.1")

def note(what):
    file = os.open(os.environ["EGRESS_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, (what + "\\n").encode("utf-8", "backslashreplace"))
    os.close(file)

def is_allowed(path):
    if isinstance(path, int):
        return True
    path = os.path.realpath(os.fsdecode(path))
    return any(path == folder or path.startswith(folder + os.sep) for folder in ALLOWED)

def audit(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        if arguments[0] not in LOOPBACK:
            note(f"look-up of {arguments[0]!r}")
    elif event in ("socket.connect", "socket.sendto"):
        place = arguments[1]
        if isinstance(place, tuple) and place[0] not in LOOPBACK:
            note(f"{event} to {place[0]!r}")
    elif event == "open":
        path, mode, flags = arguments
        writes = any(letter in mode for letter in "wax+") if isinstance(mode, str) else False
        writes = writes or bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        if writes and not is_allowed(path):
            note(f"open of {path!r}")
    elif event in ("os.mkdir", "os.rename", "os.link", "os.symlink"):
        if not is_allowed(arguments[0] if event == "os.mkdir" else arguments[1]):
            note(f"{event} of {arguments[:2]!r}")

sys.addaudithook(audit)
"""
# Runs in the network of its own, given a folder and the commands, and prints which names were looked up.
HARNESS = r"""
import fcntl, json, os, signal, socket, struct, subprocess, sys, threading, time, urllib.request

folder, commands = sys.argv[1], json.loads(sys.argv[2])
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
    fcntl.ioctl(raw, 0x8914, struct.pack("16sh14x", b"lo", 0x41))  # SIOCSIFFLAGS: up, running
with open(f"{folder}/resolv.conf", "w") as file:
    file.write("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
subprocess.run(["mount", "--bind", file.name, os.path.realpath("/etc/resolv.conf")], check=True)

names = []
resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
resolver.bind(("127.0.0.1", 53))

def answer():
    while True:
        query, sender = resolver.recvfrom(4096)
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode("latin-1"))
            at += query[at] + 1
        names.append(".".join(labels))
        resolver.sendto(query[:2] + b"\x81\x83" + query[4:6] + bytes(6) + query[12 : at + 5], sender)  # no such name

threading.Thread(target=answer, daemon=True).start()
ended = []
for command in commands:
    if command == ["resolve"]:
        command = [sys.executable, "-c", "import ctypes; ctypes.CDLL(None).gethostbyname(b'telemetry.example')"]
    else:
        command = [sys.executable, "-m", "assistant", *command]
    if "serve" not in command:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        ended.append([done.returncode, done.stdout, done.stderr])
        continue
    with open(f"{folder}/serve.log", "w+") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        deadline, said = time.monotonic() + 120, ""
        while "ready at " not in said and time.monotonic() < deadline and server.poll() is None:
            time.sleep(0.1)
            said = open(log.name).read()
        address = said.partition("ready at ")[2].split()[0]
        body = json.dumps({"question": "Who is the director of Dong Nai General Hospital?"}).encode()
        asked = urllib.request.Request(f"{address}/api/ask", body, {"Content-Type": "application/json"})
        replies = [urllib.request.urlopen(what, timeout=120).read().decode() for what in (asked, f"{address}/")]
        time.sleep(float(sys.argv[3]))  # libraries send in the background
        server.send_signal(signal.SIGTERM)
        server.wait(60)
    ended.append([0, replies[0], open(log.name).read()])
print(json.dumps({"names": names, "ended": ended}))
"""


@dataclass(frozen=True)
class Traced:
    """What commands did: exit status, stdout and stderr of each, names looked up, and what the hook saw."""

    ended: list[tuple[int, str, str]]
    names: list[str]
    seen: list[str]


class Place:
    """Folders of a user: an empty home, a store, a cache, a temporary folder and one to work in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("home", "store", "cache", "temporary", "work", "hook"):
            (folder / name).mkdir()
        (folder / "hook" / "sitecustomize.py").write_text(HOOK, "utf-8")

    def run(self, namespace: list[str], *commands: list[str]) -> Traced:
        """Run `commands` of the assistant one after the other."""
        log = self.folder / "temporary.log"
        own = [str(self.folder / name) for name in ("store", "cache", "temporary", "temporary.log")]
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{self.folder / 'hook'}{os.pathsep}{ROOT}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "temporary"),
            "ASSISTANT_CACHE": str(self.folder / "cache"),
            "ASSISTANT_STORE": str(self.folder / "store"),
            "EGRESS_LOG": str(log),
            "EGRESS_ALLOWED": os.pathsep.join([*own, "/dev", "/proc"]),
        }
        # -S and -E: the harness itself is not traced.
        harness = [
            *namespace,
            sys.executable,
            "-S",
            "-E",
            "-c",
            HARNESS,
            str(self.folder),
            json.dumps(commands),
            str(BACKGROUND_S),
        ]
        child = subprocess.run(
            harness, env=environment, cwd=self.folder / "work", capture_output=True, timeout=900, check=False
        )
        assert child.returncode == 0, child.stderr.decode()
        told = json.loads(child.stdout)
        seen = log.read_text("utf-8").splitlines() if log.exists() else []
        return Traced([(code, out, err) for code, out, err in told["ended"]], told["names"], seen)

    def left(self, name: str) -> list[str]:
        """The files and folders in the folder `name`."""
        return sorted(path.relative_to(self.folder).as_posix() for path in (self.folder / name).rglob("*"))


@pytest.fixture(scope="module")
def namespace() -> list[str]:
    """What to put before a command to give it a network and mounts of its own."""
    command = ["unshare", "-r", "-n", "-m"]
    usable = shutil.which("unshare") and shutil.which("mount")
    if not usable or subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs unshare, and a system that allows a network of its own")
    return command


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_look_up_by_a_native_library_is_seen(namespace: list[str], place: Place) -> None:
    assert set(place.run(namespace, ["resolve"]).names) == {"telemetry.example"}


def test_nothing_leaves(namespace: list[str], place: Place, encoder: LayeredEncoder) -> None:
    del encoder  # asked for so that the model is unpacked
    cache = place.folder / "cache"
    unpacked = bundled.model_folder(cache_folder(load_settings()))
    shutil.copytree(unpacked, bundled.model_folder(cache))
    cases = place.folder / "cases.jsonl"
    answerable = (ROOT / "eval" / "cases" / "answerable.jsonl").read_text("utf-8").splitlines()
    cases.write_text("\n".join(answerable[:2]) + "\n", "utf-8")
    traced = place.run(
        namespace,
        ["index", "--source", str(ROOT / "seeds"), "--json"],
        ["ask", "Who is the director of Dong Nai General Hospital?", "--json"],
        ["eval", str(cases), "--out", str(place.folder / "store" / "run"), "--json"],
        ["serve", "--port", "0"],
    )
    assert [code for code, _, _ in traced.ended] == [0, 0, 0, 0], traced.ended
    assert [json.loads(traced.ended[n][1])["kind"] for n in (1, 3)] == ["answer", "answer"]
    assert traced.names == []
    assert traced.seen == []
    assert place.left("home") == place.left("work") == []
    assert place.left("temporary") == []
