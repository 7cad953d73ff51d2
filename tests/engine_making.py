"""Small wheels that hold a torch of three lines, and an index that serves them, with faults."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from hub_server import Faults, Request, _Handler
from packaging.tags import sys_tags

from embedding_lab.engine.builds import BUILDS
from embedding_lab.engine.install import Installation, install_engine
from embedding_lab.engine.plan import EnginePlan, plan_engine
from embedding_lab.engine.wheel_index import WheelIndex
from embedding_lab.hub.receive import Watcher

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

VERSION = "2.13.0"
BUILD = BUILDS[0]
TORCH = """
from torch.version import __version__
import torch.version as version
class _Ones(list):
    def sum(self):
        return float(len(self))
def ones(n, device="cpu"):
    return _Ones([1] * n)
class cuda:
    is_available = staticmethod(lambda: {is_available})
    get_device_name = staticmethod(lambda number: "Card of the test")
class backends:
    class cuda:
        is_built = staticmethod(lambda: {is_built})
"""
CUDA_NEEDS = (
    "filelock",
    'cuda-toolkit[cublas,cudart]==13.0.2; platform_system == "Linux" or platform_system != "Linux"',
    "nvidia-cudnn-cu13==9.20.0",
    'nvidia-never==1.0; platform_system == "Plan 9"',
    'nvidia-extra==1.0; extra == "extra"',
    "triton==3.7.0",
)
TOOLKIT_NEEDS = (
    'nvidia-cublas==13.1.*; extra == "cublas"',
    'nvidia-cuda-runtime==13.0.*; extra == "cudart"',
    'nvidia-cufft==12.0.*; extra == "cufft"',
)


def wheel(
    project: str, version: str, files: dict[str, bytes | str], needs: Iterable[str] = ()
) -> bytes:
    """Return the bytes of a wheel."""
    stem = f"{project.replace('-', '_')}-{version}"
    metadata = f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {need}\n" for need in needs)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, content in {**files, f"{stem}.dist-info/METADATA": metadata}.items():
            file.writestr(name, content)
        file.writestr(f"{stem}.dist-info/RECORD", "")
    return packed.getvalue()


def torch_wheel(
    build: str = "cu130",
    *,
    is_available: bool = True,
    is_built: bool = True,
    source: str = TORCH,
) -> bytes:
    """Return a wheel of a torch that finds a card, or does not; or not even its own libraries."""
    source = source.replace("{is_available}", str(is_available))
    source = source.replace("{is_built}", str(is_built))
    version = f"{VERSION}+{build}"
    files: dict[str, bytes | str] = {
        "torch/__init__.py": source,
        "torch/version.py": f"__version__ = '{version}'\ncuda: Optional[str] = '13.0'\n".replace(
            "Optional[str]", "str"
        ),
        # Large enough to come in several chunks, and to be cut short.
        "torch/lib/libtorch_cuda.so": bytes(range(256)) * 500,
        "torch/include/torch.h": "// for compilers",
        "nvidia/cu13/include/cuda.h": "// for compilers",
        f"torch-{version}.data/scripts/torchrun": "#!python\n",
        f"torch-{version}.data/purelib/torchgen/__init__.py": "",
    }
    return wheel("torch", version, files, CUDA_NEEDS)


def engine_wheels(torch: bytes | None = None) -> dict[str, bytes]:
    """Return the wheels of a whole engine, by their files' names."""
    tag = next(sys_tags())
    own = f"{tag.interpreter}-{tag.abi}-{tag.platform}"
    any_platform = "py3-none-any"
    found = {f"torch-{VERSION}+cu130-{own}.whl": torch or torch_wheel()}
    found[f"torch-2.12.0+cu130-{own}.whl"] = b"older"
    found[f"torch-{VERSION}+cu130-cp27-none-win32.whl"] = b"for another Python"
    found[f"cuda_toolkit-13.0.2-{any_platform}.whl"] = wheel(
        "cuda-toolkit", "13.0.2", {}, TOOLKIT_NEEDS
    )
    for project, version in (
        ("nvidia-cublas", "13.1.0"),
        ("nvidia-cuda-runtime", "13.0.96"),
        ("nvidia-cudnn-cu13", "9.20.0"),
        ("nvidia-cufft", "12.0.0"),
    ):
        stem = project.replace("-", "_")
        files = {f"nvidia/{stem}/lib/lib{stem}.so": project.encode() * 100}
        found[f"{stem}-{version}-{any_platform}.whl"] = wheel(project, version, files)
    return found


class StandInIndex:
    """Serves wheels as a simple index, in JSON or as a page."""

    def __init__(self, wheels: dict[str, bytes], *, is_page: bool = False) -> None:
        self.wheels = wheels
        self.is_page = is_page
        self.has_metadata = True
        self.has_hashes = True
        self.faults = Faults()
        self.requests: list[Request] = []
        self.is_closing = threading.Event()
        handler = type("Handler", (_IndexHandler,), {"hub": self, "kind": "index"})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        """What a setting would hold: builds lie below."""
        return f"http://127.0.0.1:{self._server.server_port}/whl"

    def __enter__(self) -> StandInIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.is_closing.set()
        self._server.shutdown()
        self._server.server_close()

    def fetched(self) -> list[str]:
        """The wheels that were asked for, once for each request."""
        names = [unquote(request.path.rpartition("/")[2]) for request in self.requests]
        return [name for name in names if name.endswith(".whl")]


class _IndexHandler(_Handler):
    hub: Any

    def do_GET(self) -> None:  # noqa: N802
        path = unquote(self.path)
        start = int((self.headers.get("Range") or "bytes=0-")[6:].partition("-")[0])
        self.hub.requests.append(Request(self.kind, self.path, "", start))
        name = path.rpartition("/")[2]
        if self.hub.faults.statuses:
            self._refuse(self.hub.faults.statuses.pop(0))
        elif path.startswith("/whl/cu130/") and path.endswith("/"):
            self._list(path.split("/")[3])
        elif name.endswith(".metadata") and self.hub.has_metadata:
            self._send(_metadata(self.hub.wheels[name.removesuffix(".metadata")]))
        elif name in self.hub.wheels:
            self._send_wheel(name, start)
        else:
            self._refuse(404)

    def _list(self, project: str) -> None:
        stem = project.replace("-", "_")
        found = {n: c for n, c in self.hub.wheels.items() if n.startswith(f"{stem}-")}
        if not found:
            self._refuse(404)
        elif self.hub.is_page:
            self._send("".join(self._anchor(n, c) for n, c in found.items()).encode())
        else:
            files = [self._file(name, content) for name, content in found.items()]
            self._send_as("application/vnd.pypi.simple.v1+json", json.dumps({"files": files}))

    def _anchor(self, name: str, content: bytes) -> str:
        mark = f"#sha256={hashlib.sha256(content).hexdigest()}" if self.hub.has_hashes else ""
        metadata = ' data-core-metadata="true"' if self.hub.has_metadata else ""
        return f'<a href="../../files/{quote(name)}{mark}"{metadata}>{name}</a><br/>\n'

    def _file(self, name: str, content: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(content).hexdigest()
        return {
            "filename": name,
            "url": f"/whl/files/{quote(name)}",
            "hashes": {"sha256": digest} if self.hub.has_hashes else {},
            "size": len(content),
            "core-metadata": self.hub.has_metadata,
        }

    def _send_wheel(self, name: str, start: int) -> None:
        content = self._content(name, self.hub.wheels[name])
        body = content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self._pour(body, self.hub.faults)

    def _send_as(self, kind: str, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())


def _metadata(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        name = next(name for name in packed.namelist() if name.endswith("/METADATA"))
        return packed.read(name)


class StoppedError(Exception):
    """The user cancelled."""


class Told:
    """Watches an installation."""

    def __init__(self, stop_after: int = -1) -> None:
        self.said: list[str] = []
        self.progress: list[tuple[int, int, str]] = []
        self._stop_after = stop_after

    @property
    def watcher(self) -> Watcher:
        return Watcher(self.check, self._take, self.said.append)

    def check(self) -> None:
        if self._stop_after == 0:
            raise StoppedError

    def _take(self, done: int, total: int, name: str) -> None:
        self.progress.append((done, total, name))
        if 0 <= self._stop_after <= done:
            raise StoppedError


def planned(served: StandInIndex) -> EnginePlan:
    """Return what the engine of an index consists of."""
    with WheelIndex(f"{served.address}/cu130") as index:
        return plan_engine(index, VERSION, BUILD)


def install(served: StandInIndex, told: Told | None = None, **choices: Any) -> Installation:
    """Install the engine of an index."""
    with WheelIndex(f"{served.address}/cu130") as index:
        plan = plan_engine(index, VERSION, BUILD)
        return install_engine(index, plan, (told or Told()).watcher, **choices)


def says_it_works(folder: Path, check: Any) -> dict[str, Any]:
    """Stand in for trying it, where a test is about something else."""
    file = folder / "torch" / "__init__.py"
    return {"torch": f"{VERSION}+cu130", "file": str(file), "works": True, "said": "A card"}
