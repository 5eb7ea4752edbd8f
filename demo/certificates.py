"""Certificates for the secure websites of the city, good ones and bad ones, from an authority that it makes itself.

Nothing is kept: authority and certificates are new each time the city starts, and nobody else trusts them.
"""

import os
import ssl
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from demo.faults.websites import Tls

YEAR = timedelta(days=365)
A_WHILE = timedelta(days=30)
ELSEWHERE = "www.elsewhere.gov.cn.demo"


class Certificates:
    """Makes what a TLS server needs for a host, once for each host and kind of trouble."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._contexts: dict[tuple[str, Tls | None], ssl.SSLContext] = {}

    @property
    def authority(self) -> str:
        """The certificate (PEM) that whoever wants to believe the good ones has to trust."""
        return self._authority.public_bytes(Encoding.PEM).decode()

    def context(self, host: str, trouble: Tls | None) -> ssl.SSLContext:
        """A server's context for ``host`` with a good certificate, or one that has this trouble."""
        if (host, trouble) not in self._contexts:
            self._contexts[host, trouble] = self._make(host, trouble)
        return self._contexts[host, trouble]

    @cached_property
    def _authority(self) -> x509.Certificate:
        name = _named("演练城市证书中心")
        basic = x509.BasicConstraints(ca=True, path_length=0)
        builder = _builder(name, name, self._key.public_key(), self._now() - YEAR, self._now() + YEAR)
        return builder.add_extension(basic, critical=True).sign(self._key, hashes.SHA256())

    def _make(self, host: str, trouble: Tls | None) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _named(ELSEWHERE if trouble is Tls.WRONG_NAME else host)
        issuer, signing = self._authority.subject, self._key
        if trouble is Tls.SELF_SIGNED:
            issuer, signing = subject, key
        ends = self._now() + (-A_WHILE if trouble is Tls.EXPIRED else YEAR)
        names = x509.SubjectAlternativeName([x509.DNSName(ELSEWHERE if trouble is Tls.WRONG_NAME else host)])
        builder = _builder(subject, issuer, key.public_key(), ends - YEAR, ends).add_extension(names, critical=False)
        certificate = builder.sign(signing, hashes.SHA256())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory, "both.pem")
            secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(secret + certificate.public_bytes(Encoding.PEM))
            context.load_cert_chain(file)
        return context


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
