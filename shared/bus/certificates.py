"""Certificates of an installation that makes its own: an authority, and one server."""

import ipaddress
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from shared.bus.accounts import Certificate

AUTHORITY = "ca.pem"
GOOD_FOR = timedelta(days=1825)
SPARE = timedelta(days=30)


def certify(directory: Path, names: Sequence[str], now: datetime) -> Certificate:
    """A server's certificate for ``names`` (host names or addresses) in ``directory``, and its authority ``ca.pem``.

    What is there is kept until 30 days before its end. The authority signs this one and its key is forgotten, so that
    nobody can ever sign another with it.
    """
    files = Certificate(directory / "server.pem", directory / "server.key")
    if _serves(files.certificate, names, now):
        return files
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    subject = _called("govwatch bus authority")
    limits = x509.BasicConstraints(ca=True, path_length=0)
    authority = _signed(subject, subject, authority_key, authority_key, now, [(limits, True), (_usage(ca=True), True)])
    alternatives = x509.SubjectAlternativeName([_name(name) for name in names])
    server = _signed(
        _called("govwatch bus"),
        subject,
        key,
        authority_key,
        now,
        [
            (alternatives, False),
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_usage(ca=False), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), False),
        ],
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(files.key, secret, 0o600)
    _write(directory / AUTHORITY, authority.public_bytes(Encoding.PEM), 0o644)
    _write(files.certificate, server.public_bytes(Encoding.PEM), 0o644)
    return files


def _serves(certificate: Path, names: Sequence[str], now: datetime) -> bool:
    if not certificate.exists():
        return False
    there = x509.load_pem_x509_certificate(certificate.read_bytes())
    alternatives = there.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return list(alternatives) == [_name(name) for name in names] and there.not_valid_after_utc - SPARE > now


def _signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    now: datetime,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
) -> x509.Certificate:
    builder = x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now.astimezone(UTC) - timedelta(hours=1),
        not_valid_after=now.astimezone(UTC) + GOOD_FOR,
    ).add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(by, hashes.SHA256())


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(path: Path, content: bytes, mode: int) -> None:
    part = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
    part.replace(path)
