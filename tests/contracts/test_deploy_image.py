"""The image: what it is made from, as whom it runs, and how an engine asks it how it is."""

import fnmatch
import http.server
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import bootstrap

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
LAST_STAGE = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


def test_a_linter_of_dockerfiles_has_nothing_to_say() -> None:
    done = subprocess.run([BIN / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_runs_as_a_number_that_is_not_root_on_any_base() -> None:
    assert re.search(r"^USER 10001:10001$", LAST_STAGE, re.MULTILINE)
    assert re.match(r"(#.*\n)*ARG BASE=\S+\n", DOCKERFILE)
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${BASE}", "${BASE}"]


def test_installs_only_what_the_lock_pins() -> None:
    assert "--require-hashes --build-constraints requirements.lock requirements-runtime.lock" in DOCKERFILE
    script = re.search(r"sed -n '([^']+)' requirements.lock", DOCKERFILE)
    assert script
    cut = subprocess.run(
        ["/bin/sed", "-n", script[1], ROOT / "requirements.lock"], capture_output=True, text=True, check=True
    )
    assert cut.stdout == bootstrap.entry((ROOT / "requirements.lock").read_text(encoding="utf-8"), "uv")


def test_everything_it_copies_is_there_and_let_through() -> None:
    let_through = [
        line.removeprefix("!").removesuffix("/**")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    ]
    copies = [
        line.split()[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ") and "--from" not in line
    ]
    for source in [source for sources in copies for source in sources]:
        assert (ROOT / source).exists(), source
        assert any(fnmatch.fnmatch(source, pattern) for pattern in let_through), source


class Answer(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        assert self.path == "/readyz"
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    answer = type("Answer", (Answer,), {"status": request.param})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def healthcheck(port: int) -> int:
    environment = {**os.environ, "GOVWATCH_HTTP_PORT": str(port)}
    script = [sys.executable, str(ROOT / "deploy/healthcheck")]
    return subprocess.run(script, env=environment, capture_output=True, check=False).returncode


@pytest.mark.parametrize(("port", "code"), [(200, 0), (503, 1)], indirect=["port"])
def test_healthy_is_what_readyz_says(port: int, code: int) -> None:
    assert healthcheck(port) == code


def test_unhealthy_when_nobody_answers() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as closed:
        port = closed.server_port
    assert healthcheck(port) == 1


def test_the_check_is_a_script_in_the_image() -> None:
    assert 'CMD ["/opt/govwatch/healthcheck"]' in LAST_STAGE
    assert "COPY deploy/healthcheck /opt/govwatch/healthcheck" in LAST_STAGE
    assert os.access(ROOT / "deploy/healthcheck", os.X_OK)
    assert (ROOT / "deploy/healthcheck").read_text(encoding="utf-8").startswith("#!/opt/govwatch/bin/python\n")
