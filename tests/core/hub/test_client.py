"""Who is asked, what is sent along, and what is said when no answer comes."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hub_server import StandInHub

from embedding_lab.errors import HubError, UsageError
from embedding_lab.hub import client as client_module
from embedding_lab.hub.access import open_hub
from embedding_lab.hub.client import HubClient
from embedding_lab.hub.failures import lost
from embedding_lab.jobs.cancellation import CancellationToken, Cancelled
from embedding_lab.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGE = b"numbers" * 10_000


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def download(client: HubClient, hub: StandInHub, file: str = "model.safetensors") -> bytes:
    commit = hub.repositories["org/tiny"].commit
    with client.open(f"/org/tiny/resolve/{commit}/{file}") as answer:
        return b"".join(answer.chunks)


def test_offline_opens_no_connection(hub: StandInHub) -> None:
    settings = replace(load_settings(), offline=True)
    with pytest.raises(HubError, match=r"Embedding Lab is offline, so it stays here\.") as raised:
        open_hub(settings, "it stays here")
    assert "Settings" in raised.value.hint
    assert "--online" in raised.value.hint
    assert hub.requests == []
    assert Settings().offline


def test_the_switch_is_lifted_for_one_request_only(hub: StandInHub) -> None:
    settings = replace(load_settings(), offline=True)
    with open_hub(settings, "nothing works", is_online=True) as client:
        assert client.json("/api/models?search=x&limit=1") == []
    assert settings.offline


def test_a_token_goes_to_the_hub_and_nowhere_else(
    hub: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "let-me-in")
    hub.add("org/tiny", {"model.safetensors": LARGE}, is_gated=True)
    with open_hub(load_settings(), "nothing works") as client:
        assert download(client, hub) == LARGE
    assert [(r.server, r.token) for r in hub.requests] == [("hub", "Bearer let-me-in"), ("cdn", "")]


def test_a_token_is_never_sent_unencrypted_to_another_machine() -> None:
    for endpoint in ("http://hub.example", "https://hub.example", "http://127.0.0.1:1"):
        sent = dict(HubClient(endpoint, "secret")._headers(f"{endpoint}/x", 0))
        assert ("Authorization" in sent) == (endpoint != "http://hub.example")


def test_a_token_with_odd_letters_is_not_quoted_in_the_sentence() -> None:
    with pytest.raises(UsageError, match="HF_TOKEN holds letters") as raised:
        HubClient("https://hub.example", "se\ncret")
    assert "cret" not in str(raised.value)


@pytest.mark.parametrize("endpoint", ["", "huggingface.co", "ftp://x", "https://", "https://u:p@x"])
def test_an_address_that_is_none_is_refused(endpoint: str) -> None:
    with pytest.raises(UsageError, match="no address of a hub"):
        HubClient(endpoint)


def test_failures_of_the_hub_are_tried_again_three_times(hub: StandInHub) -> None:
    with open_hub(load_settings(), "nothing works") as client:
        hub.faults.statuses = [503, 500, 429]
        assert client.json("/api/models?search=x&limit=1") == []
        hub.faults.statuses = [503] * 4
        with pytest.raises(HubError, match="has a failure of its own"):
            client.json("/api/models?search=x&limit=1")
    assert len(hub.requests) == 8


def test_a_refused_token_and_other_statuses_are_told(
    hub: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "old")
    with open_hub(load_settings(), "nothing works") as client:
        hub.faults.statuses = [401]
        with pytest.raises(HubError, match="does not accept the token in HF_TOKEN"):
            client.json("/api/models?search=x&limit=1")
        hub.faults.statuses = [418]
        with pytest.raises(HubError, match="answered with status 418"):
            client.json("/api/models?search=x&limit=1")


def test_a_refused_connection_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with (
        HubClient(f"http://127.0.0.1:{port}") as client,
        pytest.raises(HubError, match=rf"127\.0\.0\.1:{port} refused the connection"),
    ):
        client.json("/api/models")


def test_connections_that_cannot_be_made_are_told_apart() -> None:
    certificate = ssl.SSLCertVerificationError(1, "bad")
    certificate.verify_message = "self-signed certificate"
    sentences = {
        socket.gaierror(-2, "unknown"): "The address h was not found.",
        OSError(101, "unreachable"): "h could not be reached.",
        certificate: "The certificate of h is not trusted: self-signed certificate.",
    }
    for cause, sentence in sentences.items():
        told = lost("h", Exception(cause), is_timeout=False, is_connected=False)
        assert told.message == sentence
        assert told.hint
    assert lost("h", Exception(), is_timeout=True, is_connected=False).message == (
        "h did not answer."
    )


def test_a_hub_that_never_answers_is_given_up(
    deaf_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "TIMEOUTS", client_module.TIMEOUTS | {"read": 0.3})
    monkeypatch.setattr(client_module, "FIRST_PAUSE_S", 0.01)
    with (
        HubClient(f"http://127.0.0.1:{deaf_port}") as client,
        pytest.raises(HubError, match="stopped answering"),
    ):
        client.json("/api/models")


def test_waiting_for_an_answer_can_be_cancelled(deaf_port: int) -> None:
    token = CancellationToken()
    started = time.monotonic()

    def check() -> None:
        if time.monotonic() - started > 0.3:
            token.cancel()
        token.check()

    with (
        HubClient(f"http://127.0.0.1:{deaf_port}", check=check) as client,
        pytest.raises(Cancelled),
    ):
        client.json("/api/models")
    assert time.monotonic() - started < 1.5


def test_redirections_without_end_and_to_no_web_address_are_refused(
    hub: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("org/tiny", {"model.safetensors": LARGE})
    with open_hub(load_settings(), "nothing works") as client:
        monkeypatch.setattr(type(hub), "cdn", "file://nowhere")
        with pytest.raises(HubError, match="no web address"):
            download(client, hub)
        commit = hub.repositories["org/tiny"].commit
        path = f"{hub.endpoint}/org/tiny/resolve/{commit}/model.safetensors?"
        monkeypatch.setattr(type(hub), "cdn", path)
        with pytest.raises(HubError, match="without end"):
            download(client, hub)


def test_an_encrypted_hub_may_not_redirect_to_an_unencrypted_address() -> None:
    client = HubClient("https://hub.example")
    assert client._redirected("https://hub.example/a", "/b") == "https://hub.example/b"
    assert client._redirected("https://hub.example/a", "https://c/ä") == "https://c/%C3%A4"
    with pytest.raises(HubError, match="not encrypted"):
        client._redirected("https://hub.example/a", "http://cdn.example/b")


def test_an_answer_that_is_no_json_is_told(hub: StandInHub) -> None:
    hub.add("org/tiny", {"config.json": b"<html>log in</html>"})
    commit = hub.repositories["org/tiny"].commit
    with (
        open_hub(load_settings(), "nothing works") as client,
        pytest.raises(HubError, match="did not answer as a hub does"),
    ):
        client.json(f"/org/tiny/resolve/{commit}/config.json")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_an_encrypted_hub_is_believed_only_with_a_trusted_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = str(tmp_path / "certificate.pem"), str(tmp_path / "key.pem")
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=stand-in -addext"
    where = ("subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate)
    subprocess.run([*make.split(), *where], check=True, capture_output=True)
    encryption = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    encryption.load_cert_chain(certificate, key)
    with StandInHub(encryption) as hub:
        hub.add("org/tiny", {"model.safetensors": LARGE})
        with (
            HubClient(hub.endpoint) as client,
            pytest.raises(HubError, match=r"certificate of .* is not trusted: self-signed"),
        ):
            download(client, hub)
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
        with HubClient(hub.endpoint, "let-me-in") as client:
            assert download(client, hub) == LARGE
        assert [request.token for request in hub.requests] == ["Bearer let-me-in", ""]


def test_commands_and_jobs_come_without_the_network_library() -> None:
    code = (
        "import sys\n"
        "import embedding_lab.cli.main, embedding_lab.workflows.fetch_encoder\n"
        "print([name for name in ('httpcore2', 'huggingface_hub') if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert found.stdout.strip() == "[]"
