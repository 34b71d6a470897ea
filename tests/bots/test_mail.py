"""Mail is handed over once, over TLS where the URL says so, and each way of failing has its name."""

import datetime as dt
import ssl
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bots.errors import Rejected, Retryable, SendError, Unauthorised, Uncertain
from bots.mail.address import is_address
from bots.mail.client import Mailer
from bots.mail.server import BadMailUrl, MailServer
from tests.conftest import free_port
from tests.fakes.faults import Fault
from tests.fakes.smtp import BROKEN_LINE, FakeSmtp

AT = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
SENDER = "madoguchi@taiki.example"


@pytest.fixture(scope="module")
def post() -> Iterator[FakeSmtp]:
    with FakeSmtp() as server:
        yield server


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's certificate for 127.0.0.1, and a client that trusts it."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = _made(folder)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=str(certificate))


def _made(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return paths


async def sent(url: str, to: str = "hanako@example.jp", *, timeout: float = 5, trusted: ssl.SSLContext | None = None,
               **more: str) -> None:
    server = MailServer.from_url(url, sender=SENDER)
    await Mailer(server, timeout=timeout, context=trusted).send(
        to, subject=more.get("subject", "お返事があります"), body="町のページでごらんください。\n.\n", key="k1", at=AT,
        unsubscribe="https://example.jp/stop")


async def failing(url: str, to: str = "hanako@example.jp", **options: object) -> SendError:
    with pytest.raises(SendError) as raised:
        await sent(url, to, **options)  # type: ignore[arg-type]
    assert raised.value.__cause__ is None  # the library's words would carry addresses
    return raised.value


async def test_a_mail_arrives_whole(post: FakeSmtp) -> None:
    post.mails.clear()
    await sent(post.url)
    mail = post.mails[0]
    assert post.texts() == [("hanako@example.jp", "お返事があります", "町のページでごらんください。\n.\n")]
    assert mail["From"] == SENDER
    assert mail["Message-ID"] == "<k1@taiki.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == "<https://example.jp/stop>"
    assert mail["Date"].datetime == AT


@pytest.mark.parametrize(("fault", "kind", "code", "taken"), [
    (Fault(accept=False, status=451), Retryable, "busy", 0),
    (Fault(accept=False, status=554), Rejected, "refused", 0),
    (Fault(accept=True, status=BROKEN_LINE), Uncertain, "mail_in_doubt", 1),
    (Fault(accept=True, delay=0.3), Uncertain, "mail_in_doubt", 1),
])
async def test_each_failure_has_its_name(
    post: FakeSmtp, fault: Fault, kind: type[SendError], code: str, taken: int
) -> None:
    post.mails.clear()
    post.plan.queued.append(fault)
    error = await failing(post.url, timeout=0.1)
    assert (type(error), error.code, len(post.mails)) == (kind, code, taken)


async def test_refused_addresses(post: FakeSmtp) -> None:
    post.refused.update({"gone@example.jp": 550, "full@example.jp": 452})
    assert (await failing(post.url, "gone@example.jp")).code == "no_such_address"
    assert isinstance(await failing(post.url, "full@example.jp"), Retryable)
    for odd in ("a@example.jp, b@example.jp", "a@example.jp\r\nBcc: b@example.jp", "花@example.jp", "x", ""):
        assert (await failing(post.url, odd)).code == "bad_address"


async def test_nobody_listens() -> None:
    assert isinstance(await failing(f"smtp://127.0.0.1:{free_port()}"), Retryable)


async def test_a_password_opens_and_a_wrong_one_is_told() -> None:
    with FakeSmtp(user="town", password="p%40ss") as post:
        assert (await failing(post.url)).code == "login"  # as written: the URL means p@ss
        post.password = "p@ss"
        await sent(f"smtp://town:p%40ss@127.0.0.1:{post.port}")
        assert len(post.mails) == 1


@pytest.mark.parametrize("implicit", [True, False])
async def test_tls_is_checked(trust: tuple[ssl.SSLContext, ssl.SSLContext], implicit: bool) -> None:
    with FakeSmtp(certificate=trust[0], implicit=implicit) as post:
        scheme = "smtps" if implicit else "smtp"
        server = MailServer("127.0.0.1", post.port, SENDER, "implicit" if implicit else "starttls")
        letter = {"subject": "s", "body": "b", "key": "k"}
        with pytest.raises(Unauthorised, match="certificate"):
            await Mailer(server, timeout=5).send("a@example.jp", at=AT, **letter)
        await Mailer(server, timeout=5, context=trust[1]).send("a@example.jp", at=AT, **letter)
        assert len(post.mails) == 1, scheme


async def test_starttls_is_demanded(post: FakeSmtp) -> None:
    with pytest.raises(Unauthorised, match="no_tls"):
        await Mailer(MailServer("127.0.0.1", post.port, SENDER)).send(
            "a@example.jp", subject="s", body="b", key="k", at=AT)


def test_what_a_url_means() -> None:
    read = MailServer.from_url
    assert read("smtps://a%40example.jp:secret@mail.example.jp", sender=SENDER) == MailServer(
        "mail.example.jp", 465, "a@example.jp", "implicit", "a@example.jp", "secret")
    assert read("smtp://mail.example.jp:2525?from=b@example.jp", sender=SENDER) == MailServer(
        "mail.example.jp", 2525, "b@example.jp")
    assert read("smtp://relay.town.local?tls=none", sender=SENDER).tls == "none"
    for bad in ("http://mail.example.jp", "smtp://", "smtp://h:port", "smtp://u:secret@mail.example.jp?tls=none",
                "smtp://h?from=nobody"):
        with pytest.raises(BadMailUrl) as raised:
            read(bad, sender=SENDER)
        assert "secret" not in str(raised.value)
    assert not is_address("a@" + "b" * 260)
