"""What one look costs: the CPU of a cold TLS probe, ours and prometheus-blackbox-exporter's, side by side in one run.

200 virtual hosts of an nginx on loopback, each with an RSA-2048 certificate of its own, no session resumption: each
probe is a whole handshake, as in reality. Rounds alternate, the median ratio is what counts. Needs the Debian packages
nginx-light, openssl and prometheus-blackbox-exporter. ``python benchmarks/probe.py [--rounds 3] [--probes 1500]``
"""

import argparse
import asyncio
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx

from shared.egress import Egress
from shared.embedded import free_port

HOSTS = 200
AT_ONCE = 50
PAGE = "<html><body>" + "政府网站" * 300 + "</body></html>"
NEEDED = {"nginx": "nginx-light", "openssl": "openssl", "prometheus-blackbox-exporter": "prometheus-blackbox-exporter"}
BLACKBOX = """\
modules:
  tls:
    prober: http
    timeout: 20s
    http:
      preferred_ip_protocol: ip4
      follow_redirects: true
      fail_if_not_ssl: true
      tls_config: {insecure_skip_verify: true}
"""
NGINX = """\
worker_processes 2; daemon off; pid {here}/nginx.pid; error_log {here}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; ssl_session_cache off; ssl_session_tickets off; keepalive_timeout 0;
  client_body_temp_path {here}/b; proxy_temp_path {here}/p; fastcgi_temp_path {here}/f; uwsgi_temp_path {here}/u;
  scgi_temp_path {here}/s;
  {servers}
}}
"""
SERVER = """\
server {{
  listen 127.0.1.{number}:{port} ssl; root {here}/www;
  ssl_certificate {here}/{number}.pem; ssl_certificate_key {here}/{number}.key;
}}
"""


def certificates(here: Path) -> None:
    """One self-signed certificate a host."""
    for number in range(1, HOSTS + 1):
        command = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            f"/CN=s{number}.test",
        ]
        files = ["-keyout", f"{here}/{number}.key", "-out", f"{here}/{number}.pem"]
        subprocess.run([*command, *files], check=True, capture_output=True)


@contextmanager
def running(command: list[str], port: int, host: str = "127.0.0.1") -> Iterator[int]:
    """A server until the block ends; gives its process id."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while subprocess.run(["bash", "-c", f"</dev/tcp/{host}/{port}"], capture_output=True, check=False).returncode:
            if process.poll() is not None or time.monotonic() > end:
                sys.exit(f"{command[0]} did not start")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


async def _all(probes: int, look: Callable[[str], Awaitable[None]], urls: list[str]) -> float:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with places:
            await look(urls[number % len(urls)])

    started = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(probes)))
    return time.perf_counter() - started


async def ours(probes: int, urls: list[str]) -> tuple[float, float]:
    """CPU seconds per 1,000 probes, and probes a second, of the gate every visit goes through."""
    egress = Egress(["127.0.0.0/8"])

    async def look(url: str) -> None:
        answer = await egress.get(url, verify=False)
        assert answer.status == 200, answer.status

    before = resource.getrusage(resource.RUSAGE_SELF)
    seconds = await _all(probes, look, urls)
    after = resource.getrusage(resource.RUSAGE_SELF)
    await egress.aclose()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu * 1000 / probes, probes / seconds


async def blackbox(probes: int, urls: list[str], port: int, pid: int) -> tuple[float, float]:
    """The same for the exporter: its own CPU only; asking it costs us, and is not counted."""
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=AT_ONCE), timeout=30, trust_env=False) as client:

        async def look(url: str) -> None:
            answer = await client.get(f"http://127.0.0.1:{port}/probe?{urlencode({'module': 'tls', 'target': url})}")
            assert "probe_success 1" in answer.text, answer.text[:300]

        before = _cpu(pid)
        seconds = await _all(probes, look, urls)
        return (_cpu(pid) - before) * 1000 / probes, probes / seconds


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--probes", type=int, default=1500)
    options = parser.parse_args()
    missing = [package for program, package in NEEDED.items() if shutil.which(program) is None]
    if missing:
        sys.exit(f"this benchmark needs: apt-get install {' '.join(missing)}")
    with tempfile.TemporaryDirectory(prefix="govwatch-bench-") as directory:
        here = Path(directory)
        here.chmod(0o755)
        port, exporter_port = free_port(), free_port()
        (here / "www").mkdir()
        (here / "www/index.html").write_text(PAGE, encoding="utf-8")
        certificates(here)
        servers = "\n".join(SERVER.format(number=n, port=port, here=here) for n in range(1, HOSTS + 1))
        (here / "nginx.conf").write_text(NGINX.format(here=here, servers=servers), encoding="utf-8")
        (here / "blackbox.yml").write_text(BLACKBOX, encoding="utf-8")
        urls = [f"https://127.0.1.{number}:{port}/" for number in range(1, HOSTS + 1)]
        exporter = [
            "prometheus-blackbox-exporter",
            f"--config.file={here}/blackbox.yml",
            f"--web.listen-address=127.0.0.1:{exporter_port}",
        ]
        with running(["nginx", "-c", f"{here}/nginx.conf"], port, "127.0.1.1"), running(exporter, exporter_port) as pid:
            asyncio.run(ours(HOSTS, urls))
            asyncio.run(blackbox(HOSTS, urls, exporter_port, pid))
            results = []
            for _ in range(options.rounds):
                us = asyncio.run(ours(options.probes, urls))
                them = asyncio.run(blackbox(options.probes, urls, exporter_port, pid))
                results.append((us, them, us[0] / them[0]))
    _say(options, results)


def _say(options: argparse.Namespace, results: list[tuple[tuple[float, float], tuple[float, float], float]]) -> None:
    version = subprocess.run(["prometheus-blackbox-exporter", "--version"], capture_output=True, text=True, check=False)
    print(f"cold TLS probes, {HOSTS} hosts, {AT_ONCE} at once, {options.probes} a round, {os.cpu_count()} cores")
    print(f"peer: {(version.stdout or version.stderr).splitlines()[0]}")
    print("round  govwatch cpu-s/1k  probes/s   blackbox cpu-s/1k  probes/s   cpu ratio")
    for number, (us, them, ratio) in enumerate(results, start=1):
        print(f"{number:5}  {us[0]:17.2f}  {us[1]:8.0f}   {them[0]:17.2f}  {them[1]:8.0f}   {ratio:9.2f}")
    median = statistics.median(ratio for *_, ratio in results)
    print(json.dumps({"benchmark": "probe", "cpu_ratio_to_blackbox": round(median, 2)}))


if __name__ == "__main__":
    main()
