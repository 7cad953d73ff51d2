"""The frozen program, as it lies in an installer, in an environment that knows nothing.

EMBEDDING_LAB_FROZEN names its folder:
    EMBEDDING_LAB_FROZEN=build/bundle/dist/embedding-lab pytest -m frozen tests/frozen
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import embedding_lab

pytestmark = [pytest.mark.frozen, pytest.mark.timeout(300)]
QUESTION = "a sleeping pet"
TEXTS = "The cat sleeps on the sofa.\nShares fell sharply today.\nRain is expected at noon.\n"


@pytest.fixture(scope="session")
def program() -> Path:
    """The folder of the frozen program."""
    named = os.environ.get("EMBEDDING_LAB_FROZEN")
    if not named:
        pytest.skip("no frozen program (EMBEDDING_LAB_FROZEN)")
    return Path(named).resolve()


def run(
    program: Path, *words: str, home: Path, door: str = "embedding-lab", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run one of the doors as `env -i` would, from the root folder."""
    return subprocess.run(
        [program / door, *words],
        env={"HOME": str(home), **environment},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def answer(program: Path, *words: str, home: Path) -> dict[str, Any]:
    done = run(program, *words, "--json", home=home)
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(done.stdout))


def damaged(program: Path, folder: Path, *patterns: str) -> Path:
    """Return a copy without the files that match."""
    copy = folder / "damaged"
    shutil.copytree(program, copy, symlinks=True, copy_function=os.link)
    for pattern in patterns:
        found = list(copy.glob(pattern))
        assert found, pattern
        for path in found:
            path.unlink()
    return copy


def assert_is_a_sentence(done: subprocess.CompletedProcess[str], named: str) -> None:
    assert done.returncode == 1, done.stdout + done.stderr
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 2


def test_both_doors_say_the_version(program: Path, tmp_path: Path) -> None:
    for door in ("embedding-lab", "embedding-lab-app"):
        done = run(program, "--version", home=tmp_path, door=door)
        assert embedding_lab.__version__ in done.stdout


def test_it_checks_itself(program: Path, tmp_path: Path) -> None:
    report = answer(program, "self-check", home=tmp_path)
    assert report["passed"], report
    assert len(report["checks"]) >= 7


def test_a_corpus_is_imported_embedded_and_searched(program: Path, tmp_path: Path) -> None:
    study, texts = str(tmp_path / "Study.embedlab"), tmp_path / "texts.txt"
    texts.write_text(TEXTS)
    made = answer(program, "workspace", "new", study, home=tmp_path)
    assert made["workspace"] == study
    at = ("--workspace", study)
    words = ("corpus", "import", str(texts), "--name", "talks", *at)
    assert answer(program, *words, home=tmp_path)["rows"] == 3
    embedded = answer(program, "embed", "talks", *at, home=tmp_path)
    assert (embedded["new_rows"], embedded["dim"], embedded["encoder"]) == (3, 384, "starter")
    found = answer(program, "search", "talks", QUESTION, *at, home=tmp_path)
    assert found["results"][0]["row"] == 0
    left = [path for path in tmp_path.rglob("*") if "Microsoft" in path.parts]
    assert left == [], "the ONNX engine reports its use to its makers"


def test_a_parquet_file_of_pictures_is_imported(program: Path, tmp_path: Path) -> None:
    """Arrow and Pillow are whole, whatever was left out of them."""
    pictures = program / "_internal" / "resources" / "samples" / "icons" / "icons.parquet"
    study = str(tmp_path / "Study.embedlab")
    answer(program, "workspace", "new", study, home=tmp_path)
    words = ("corpus", "import", str(pictures), "--name", "icons", "--workspace", study)
    read = answer(program, *words, home=tmp_path)
    assert read["rows"] > 100
    assert read["n_rejected"] == 0


def test_both_engines_give_the_same_vectors(program: Path, tmp_path: Path) -> None:
    import numpy as np

    texts = tmp_path / "texts.txt"
    texts.write_text(TEXTS)
    vectors = []
    for engine in ("onnx", "torch"):
        at = ("--workspace", str(tmp_path / f"{engine}.embedlab"))
        answer(program, "workspace", "new", at[1], home=tmp_path)
        answer(program, "corpus", "import", str(texts), "--name", "talks", *at, home=tmp_path)
        answer(program, "embed", "talks", "--engine", engine, *at, home=tmp_path)
        target = tmp_path / f"{engine}.npy"
        answer(program, "vectors", "export", "talks", "--to", str(target), *at, home=tmp_path)
        vectors.append(np.load(target))
    assert np.abs(vectors[0] - vectors[1]).max() < 1e-5


def test_a_failure_keeps_its_contract(program: Path, tmp_path: Path) -> None:
    words = ("search", "nothing", "words", "--workspace", str(tmp_path / "none.embedlab"))
    done = run(program, *words, "--json", home=tmp_path)
    assert done.returncode == 1
    assert set(json.loads(done.stdout)["error"]) >= {"message", "hint"}
    assert run(program, "no-such-command", home=tmp_path).returncode == 2


def test_every_kind_of_encoder_of_the_library_is_there(program: Path) -> None:
    """An encoder's architecture is looked up by name when it is opened."""
    models = program / "_internal" / "transformers" / "models"
    for name in ("bert", "roberta", "mpnet", "distilbert", "xlm_roberta", "modernbert", "qwen2",
                 "qwen3", "llama", "mistral", "gemma3", "t5", "clip", "siglip", "vit", "dinov2",
                 "qwen2_5_vl"):  # fmt: skip
        assert (models / name).is_dir(), name


def test_without_a_display_the_window_says_so(program: Path, tmp_path: Path) -> None:
    assert_is_a_sentence(run(program, home=tmp_path, door="embedding-lab-app"), "no display")
    assert_is_a_sentence(run(program, "app", home=tmp_path), "no display")


def test_a_display_that_does_not_answer_is_named(program: Path, tmp_path: Path) -> None:
    done = run(program, home=tmp_path, door="embedding-lab-app", DISPLAY=":2999")
    assert_is_a_sentence(done, ":2999")


def test_a_missing_library_of_qt_is_named(program: Path, tmp_path: Path) -> None:
    copy = damaged(program, tmp_path, "_internal/PySide6/Qt/lib/libQt6Widgets.so.6")
    done = run(copy, home=tmp_path, door="embedding-lab-app", QT_QPA_PLATFORM="offscreen")
    assert_is_a_sentence(done, "libQt6Widgets.so.6")
    assert "Install Embedding Lab again." in done.stderr


def test_a_missing_library_of_torch_is_named_by_the_job_that_needs_it(
    program: Path, tmp_path: Path
) -> None:
    copy = damaged(program, tmp_path, "_internal/torch/lib/libtorch_cpu.so")
    texts = tmp_path / "texts.txt"
    texts.write_text(TEXTS)
    at = ("--workspace", str(tmp_path / "Study.embedlab"))
    answer(copy, "workspace", "new", at[1], home=tmp_path)
    answer(copy, "corpus", "import", str(texts), "--name", "talks", *at, home=tmp_path)
    answer(copy, "embed", "talks", *at, home=tmp_path)  # the fast engine does not need it
    done = run(copy, "encoder", "compare", "starter", "one", "two", *at, home=tmp_path)
    assert done.returncode == 0, "nor does this: the starter is on the fast engine"
    again = ("--workspace", str(tmp_path / "Second.embedlab"))
    answer(copy, "workspace", "new", again[1], home=tmp_path)
    answer(copy, "corpus", "import", str(texts), "--name", "talks", *again, home=tmp_path)
    done = run(copy, "embed", "talks", "--engine", "torch", *again, home=tmp_path)
    assert done.returncode == 1
    assert "libtorch_cpu.so" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_home_that_cannot_be_used_is_named(program: Path, tmp_path: Path) -> None:
    home = tmp_path / "a-file"
    home.write_text("no folder")
    done = run(program, home=home, door="embedding-lab-app", QT_QPA_PLATFORM="offscreen")
    assert_is_a_sentence(done, str(home))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root may mount")
@pytest.mark.parametrize(
    ("options", "told"), [("ro", "Read-only file system"), ("size=4k", "No space left on device")]
)
def test_a_home_that_takes_nothing_is_told(
    program: Path, tmp_path: Path, options: str, told: str
) -> None:
    script = 'mount -t tmpfs -o "$1" none "$2"; (cat /dev/zero >"$2/full") 2>/dev/null; exec "$3"'
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    command = ["unshare", "--mount", "sh", "-c", script, "sh", options, home]
    done = subprocess.run(
        [*command, program / "embedding-lab-app"],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "QT_QPA_PLATFORM": "offscreen"}
        | {"LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert_is_a_sentence(done, told)


def test_nothing_of_the_engine_is_loaded_before_it_is_needed(program: Path, tmp_path: Path) -> None:
    """The window and the fast engine start without PyTorch, which takes seconds to load."""
    texts, study = tmp_path / "texts.txt", str(tmp_path / "Study.embedlab")
    texts.write_text(TEXTS)
    answer(program, "workspace", "new", study, home=tmp_path)
    at = ("--workspace", study)
    answer(program, "corpus", "import", str(texts), "--name", "talks", *at, home=tmp_path)
    copy = damaged(program, tmp_path, "_internal/torch/lib/*.so")
    answer(copy, "embed", "talks", *at, home=tmp_path)
    assert answer(copy, "search", "talks", QUESTION, *at, home=tmp_path)["results"][0]["row"] == 0
