"""Loading the engine's libraries so that they leave room for the rest of the program.

A window in the same process stands still while another thread keeps the interpreter to itself.
Measured with a 10 ms timer while torch and sentence-transformers were imported: as they come, the
longest stall was 430 ms and those above 100 ms added up to 1.2 s; with what this module does, it
was 45 to 70 ms, the collector and the shared libraries each being half of it.
"""

from __future__ import annotations

import ctypes
import gc
import importlib.util
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

from embedding_lab.paths import modules_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

# In the order in which they need each other.
LIBRARIES = (
    "libgomp.so.1",
    "libc10.so",
    "libtorch_cpu.so",
    "libtorch.so",
    "libshm.so",
    "libtorch_python.so",
)
# Read once, when the libraries load; what the user has set stays.
ENVIRONMENT = {
    # No file of an encoder is ever looked up online.
    "HF_HUB_OFFLINE": "1",
    # A compute thread that waits for the others spins this often (some 30 µs) before it sleeps.
    # With the default, milliseconds, encoding ran at less than half the speed on a machine whose
    # cores were busy with other programs too.
    "GOMP_SPINCOUNT": "10000",
    # What scikit-learn and sentence-transformers set themselves while they are imported.
    "KMP_DUPLICATE_LIB_OK": "True",
    "KMP_INIT_AT_FORK": "FALSE",
    "CODECARBON_LOG_LEVEL": "error",
}
# Where copies of encoders' own program code lie, from which it runs.
MODULES_VARIABLE = "HF_MODULES_CACHE"
# The folder that torch makes for compiled code when it is imported; none is ever compiled here.
COMPILED_VARIABLE = "TORCHINDUCTOR_CACHE_DIR"


def set_environment() -> None:
    """Tell the libraries how to behave; to be called before they are imported.

    A program with threads calls it before it starts them: where a variable is added, the C library
    may move all of them, from under another thread that is just reading one.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault(MODULES_VARIABLE, str(modules_folder()))
    os.environ.setdefault(COMPILED_VARIABLE, str(Path(gettempdir(), "embedding-lab-compiled")))


def preload_libraries() -> None:
    """Load torch's shared libraries; unlike an import, this lets other threads run meanwhile."""
    package = importlib.util.find_spec("torch")
    if package is None or package.origin is None:
        return
    for name in LIBRARIES:
        path = Path(package.origin).parent / "lib" / name
        # Other systems name them otherwise; the import then loads them, as it always can.
        if path.exists():
            with suppress(OSError):
                ctypes.CDLL(str(path))


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the garbage collector from looking at a million new modules, now and ever after.

    The libraries make objects that stay for good. Each full collection while they load, and each
    one later, would look at them all with every thread waiting: 0.2 to 0.4 s a time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was_enabled:
            gc.enable()
