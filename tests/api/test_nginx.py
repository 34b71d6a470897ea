"""A real nginx with docs/deploy/nginx.conf in front of the application, over TLS on loopback."""

import asyncio
import base64
import hashlib
import hmac
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api.app import create_app
from api.commands.serve import ChatServer, flags
from api.routes.hooks import Hooks
from handoff.intake import accounts
from handoff.intake.accounts import Accounts
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.journal import Journal
from tests.api.test_staff_api import hired
from tests.browser.serving import make_services, settings
from tests.conftest import free_port
from tests.databases import at_noon, open_store
from tests.handoff.desk.conftest import PASSWORD
from tests.journeys.house import ROOT, until

SECRET = "0123456789abcdef" * 2
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="needs nginx")
AROUND = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log warn;
events {{ worker_connections 128; }}
http {{
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  include {folder}/tsunagu.conf;
}}
"""


@dataclass
class Front:
    """The public address, as residents and platforms see it."""

    url: str
    store: Store
    trust: ssl.SSLContext
    line_path: str

    @asynccontextmanager
    async def visitor(self, address: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
        """Somebody who comes from this address of the loopback network."""
        transport = httpx.AsyncHTTPTransport(verify=self.trust, local_address=address)
        async with httpx.AsyncClient(base_url=self.url, transport=transport, timeout=20) as client:
            yield client


def certificate(folder: Path) -> None:
    """A certificate of its own making for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ))


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """The port of the application and nginx's, which runs the documented file with paths and ports of this test."""
    behind, public = free_port(), free_port()
    certificate(tmp_path)
    text = (ROOT / "docs" / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for said, here in (
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{behind};"), ("listen 443 ", f"listen 127.0.0.1:{public} "),
        ("/etc/ssl/tsunagu/", f"{tmp_path}/"),
    ):
        assert said in text
        text = text.replace(said, here)
    (tmp_path / "tsunagu.conf").write_text(text, encoding="utf-8")
    (tmp_path / "nginx.conf").write_text(AROUND.format(folder=tmp_path), encoding="utf-8")
    command = [str(NGINX), "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "error.log")]
    process = subprocess.Popen(command)
    until(lambda: (tmp_path / "pid").exists() or process.poll() is not None, what="nginx")
    assert process.poll() is None, (tmp_path / "error.log").read_text()
    yield behind, public
    process.terminate()
    process.wait(10)


@pytest_asyncio.fixture
async def front(ports: tuple[int, int], sqlite_url: str, keys: KeyRing, tmp_path: Path) -> AsyncIterator[Front]:
    behind, public = ports
    url = f"https://127.0.0.1:{public}"
    chosen = settings(public_url=url, trusted_proxies="127.0.0.1", rate_limits="on")
    async with open_store(sqlite_url, keys) as store:
        async with store.town("taiki") as session:
            account = await accounts.add(
                session, municipality_id="taiki", kind="line", mode="conversation",
                credentials={"secret": SECRET, "token": "t"}, now=at_noon(),
            )
        journal = await Journal.open(store)
        app = create_app(chosen)
        app.state.services = make_services(store, chosen, at_noon)
        app.state.hooks = Hooks(Accounts(store), journal, store.keys, at_noon)
        server = ChatServer(uvicorn.Config(app, host="127.0.0.1", port=behind, lifespan="off", **flags(chosen)))
        running = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        trust = ssl.create_default_context(cafile=str(tmp_path / "fullchain.pem"))
        yield Front(url, store, trust, f"/hooks/line/{account.key}")
        server.should_exit = True
        await running
        await journal.close()


async def test_the_documented_nginx(front: Front) -> None:
    """One start for all: each part says what it looks at."""
    await _webhooks(front)
    await _streams(front)
    await _bodies(front)
    await _metrics(front)
    await _cookies(front)
    await _addresses(front)


async def _webhooks(front: Front) -> None:
    """The signature is over the raw bytes, which arrive as they were sent: odd spaces, escapes and all."""
    body = '{"destination": "U1",  "events" :[ ] , "x":"\\u3042あ"}\n'.encode()
    mark = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    async with front.visitor() as line:
        assert (await line.post(front.line_path, content=body, headers={"X-Line-Signature": mark})).status_code == 200
        tampered = await line.post(front.line_path, content=body + b" ", headers={"X-Line-Signature": mark})
        assert tampered.status_code == 401


async def _opened(visitor: httpx.AsyncClient, **headers: str) -> httpx.Response:
    return await visitor.post("/api/chat/taiki/conversations", headers=headers)


async def _streams(front: Front) -> None:
    """The first line of a stream is there while the stream is open: nothing holds it back."""
    async with front.visitor("127.0.0.4") as visitor:
        opened = (await _opened(visitor)).json()
        path = f"/api/chat/conversations/{opened['conversation']}/events"
        async with visitor.stream("GET", path, headers={"Authorization": f"Bearer {opened['token']}"}) as stream:
            first = await asyncio.wait_for(anext(stream.aiter_lines()), 10)
    assert first == ": listening"


async def _bodies(front: Front) -> None:
    """A paper of more than the general limit reaches the program, which says what is wrong with it in its own words."""
    async with front.visitor("127.0.0.5") as visitor:
        opened = (await _opened(visitor)).json()
        path = f"/api/chat/conversations/{opened['conversation']}/files"
        sent = await visitor.post(
            path, params={"client_message_id": "00000000-0000-4000-8000-000000000001"}, content=b"x" * 3_000_000,
            headers={"Authorization": f"Bearer {opened['token']}"},
        )
        assert (sent.status_code, sent.headers["content-type"]) == (415, "application/problem+json")
        beside = await visitor.post("/staff/tickets/taiki-2026-0001/enclosures", content=b"x" * 3_000_000)
        assert beside.status_code in (303, 401, 403), "refused by the program, for nobody is signed in"
        hook = await visitor.post(front.line_path, content=b"x" * 3_000_000)
        assert hook.status_code == 413


async def _metrics(front: Front) -> None:
    """nginx is on this machine; who comes through it is not."""
    async with front.visitor() as visitor:
        assert (await visitor.get("/metrics")).status_code == 401


async def _cookies(front: Front) -> None:
    """Over https the console's cookie is bound to this host, and browsers are told to stay with https."""
    login = await hired(front.store, "coordinator")
    async with front.visitor() as visitor:
        signed = await visitor.post(
            "/staff/login", data={"login": login, "password": PASSWORD},
            headers={"Accept": "text/html", "Sec-Fetch-Site": "same-origin"},
        )
    cookie = signed.headers["set-cookie"]
    assert signed.status_code == 303
    assert cookie.startswith("__Host-sid=")
    assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "max-age" in signed.headers["strict-transport-security"]


async def _addresses(front: Front) -> None:
    """Limits count the visitor's own address, whatever the visitor says it is, and not nginx's."""
    async with front.visitor("127.0.0.2") as greedy, front.visitor("127.0.0.3") as other:
        seen = [(await _opened(greedy, **{"X-Forwarded-For": f"10.0.0.{n}"})).status_code for n in range(41)]
        assert (seen[0], 429 in seen) == (201, True), "20 a minute, and a minute may begin among them"
        assert (await _opened(other)).status_code == 201
