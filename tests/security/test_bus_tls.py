"""TLS on the bus: who cannot prove who they are is told nothing."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nats as nats_py
import pytest
from cryptography import x509
from nats.errors import Error

from shared.bus import Bus, Heard, Hears, Listener
from shared.bus.certificates import certify
from shared.bus.consumers import consumer_config
from shared.bus.streams import apply
from shared.bus.users import ADMIN, Keys
from shared.embedded import Nats, free_port
from shared.events import registry
from tests.security.bus_town import ZHENGZHOU, quiet, sweep, told

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """See ``sweep``."""
    yield from sweep()


@pytest.fixture
async def sealed(tmp_path: Path) -> AsyncIterator[Nats]:
    """A nats-server that speaks TLS, with the administrator only."""
    server = Nats(tmp_path / "nats", free_port(), Keys(tmp_path / "keys"), tls=True)
    server.allow([])
    await server.start()
    yield server
    await server.stop()


async def test_with_the_right_authority_everything_works(sealed: Nats, keys: Keys) -> None:
    bus = await Bus.connect(sealed.url, ADMIN, keys.seed(ADMIN), ca=sealed.ca)
    await apply(bus.js, replicas=1, highest={})
    heard = asyncio.Event()

    async def hear(_app: None, _heard: Heard[Any]) -> None:
        heard.set()

    line = Hears("units", (registry.UnitChanged,), hear)
    await bus.js.add_consumer("FACTS", consumer_config(ADMIN, line))
    listener = Listener(bus, sealed.url, keys.seed(ADMIN))
    listener.add(line, None)
    await listener.start()
    await bus.publish(told(ZHENGZHOU))
    async with asyncio.timeout(10):
        await heard.wait()
    await listener.stop()
    await bus.close()


async def test_another_authoritys_server_is_not_believed(sealed: Nats, keys: Keys, tmp_path: Path) -> None:
    certify(tmp_path / "other", ["127.0.0.1"], datetime.now(UTC))
    with pytest.raises(TimeoutError):
        await Bus.connect(sealed.url, ADMIN, keys.seed(ADMIN), patience=0.5, ca=tmp_path / "other" / "ca.pem")
    context = ssl.create_default_context(cafile=tmp_path / "other" / "ca.pem")
    with pytest.raises(ssl.SSLCertVerificationError):
        await nats_py.connect(sealed.url, tls=context, tls_handshake_first=True, allow_reconnect=False, error_cb=quiet)


async def test_a_certificate_for_another_host_is_not_believed(sealed: Nats, keys: Keys) -> None:
    context = ssl.create_default_context(cafile=sealed.ca)
    with pytest.raises(ssl.SSLCertVerificationError):
        await nats_py.connect(
            sealed.url,
            tls=context,
            tls_hostname="nats.example.gov.cn",
            tls_handshake_first=True,
            allow_reconnect=False,
            error_cb=quiet,
        )


async def test_a_server_without_tls_is_told_nothing(nats: Nats, keys: Keys, tmp_path: Path) -> None:
    """Somebody in between who offers no TLS gets neither a signature nor an event."""
    certify(tmp_path / "tls", ["127.0.0.1"], datetime.now(UTC))
    with pytest.raises(TimeoutError):
        await Bus.connect(nats.url, ADMIN, keys.seed(ADMIN), patience=0.5, ca=tmp_path / "tls" / "ca.pem")


async def test_who_speaks_no_tls_is_not_let_in(sealed: Nats, keys: Keys) -> None:
    with pytest.raises((Error, OSError, TimeoutError)):
        await nats_py.connect(
            sealed.url,
            nkeys_seed_str=keys.seed(ADMIN),
            allow_reconnect=False,
            connect_timeout=1,
            error_cb=quiet,
        )


def test_a_certificate_is_kept_until_shortly_before_its_end_and_signs_no_other(tmp_path: Path) -> None:
    def serial(now: datetime, *names: str) -> int:
        files = certify(tmp_path, names, now)
        assert files.key.stat().st_mode & 0o077 == 0
        return x509.load_pem_x509_certificate(files.certificate.read_bytes()).serial_number

    first = serial(NOW, "nats", "127.0.0.1")
    assert serial(NOW + timedelta(days=1700), "nats", "127.0.0.1") == first
    assert serial(NOW, "nats.govwatch", "127.0.0.1") != first
    second = serial(NOW, "nats", "127.0.0.1")
    assert serial(NOW + timedelta(days=1800), "nats", "127.0.0.1") not in (first, second)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca.pem", "server.key", "server.pem"]
