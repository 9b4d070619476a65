"""Over TLS the connection goes to a checked address, and the certificate is still that of the name."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from assistant.crawl import http_client
from tests.crawl.conftest import Read
from tests.crawl.site import page, running, story
from tests.crawl.test_crawler import failed, ids
from tests.crawl.test_ssrf_guard import resolver


def certificate(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A certificate for `name` that vouches for itself, in a file; and a server's use of it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(public, private)
    return public, serving


@pytest.mark.slow
def test_the_certificate_is_held_against_the_name(read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    public, serving = certificate(tmp_path, "intranet.example")
    asked_for: list[str | None] = []
    serving.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    monkeypatch.setattr("assistant.crawl.ssrf_guard.socket.getaddrinfo", resolver({}))
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    http_client._certificates.cache_clear()
    try:
        with running(serving) as site:
            site["/"] = page("The mill", story("mill"))
            urls = [f"https://{host}.example:{site.port}/" for host in ("intranet", "other")]
            loaded = read(*urls, allow_hosts=("*.example",))
    finally:
        http_client._certificates.cache_clear()
    assert ids(loaded) == urls[:1]
    assert set(asked_for) == {"intranet.example", "other.example"}
    assert "SSL_CERT_FILE" in next(failure.hint for failure in loaded.failures)
    assert set(failed(loaded)) == {urls[1]}
