"""Program code of an encoder's own runs with consent only, and only as it was agreed to."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from code_making import (
    CODE,
    TEXTS,
    change_settings,
    library_vectors,
    refusal,
    vectors_of,
    write_offered_code,
    write_own_architecture,
    write_own_module,
)
from encoder_making import WIDTH, write_bert

from embedding_lab.encoders import pool
from embedding_lab.encoders.consent import CodeConsentError
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.record import EncoderRecord
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import EncoderError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workspace.workspace import Workspace

pytestmark = pytest.mark.usefixtures("unloaded")


# Looking


def test_a_folder_that_needs_code_is_described_and_nothing_runs(own: Path, mark: Path) -> None:
    record = describe_folder(own)
    assert record.code_files == tuple((name, (own / name).stat().st_size) for name in CODE)
    assert (record.dimension, record.pooling, record.trusted_code) == (WIDTH, "mean", "")
    assert len(record.code_digest) == 64
    assert record.needs_consent
    assert "works only with program code of its own" in record.warnings[0]
    assert EncoderRecord.from_record(json.loads(json.dumps(record.to_record()))) == record
    assert not mark.exists()


def test_code_that_is_only_offered_is_neither_asked_about_nor_run(
    store: EncoderStore, tmp_path: Path, mark: Path
) -> None:
    record = store.add(write_offered_code(tmp_path / "bert", mark), trusts_code=True)
    assert (record.code_files, record.code_digest, record.trusted_code) == ((), "", "")
    assert "modeling_own.py); it is not used" in record.warnings[0]
    vectors_of(record)
    assert not mark.exists()


def test_other_code_is_another_fingerprint(own: Path) -> None:
    before = describe_folder(own)
    (own / "README.md").write_text("Only words.")
    assert describe_folder(own).fingerprint == before.fingerprint
    (own / "helper_own.py").write_text("FACTOR = 2")
    after = describe_folder(own)
    assert after.fingerprint != before.fingerprint
    assert after.code_digest != before.code_digest


def test_an_own_architecture_that_does_not_tell_its_width(own: Path) -> None:
    change_settings(own, hidden_size=None)
    assert "does not say how long its vectors are" in refusal(own).message


# Agreeing


def test_without_consent_nothing_is_added_and_nothing_runs(
    store: EncoderStore, own: Path, mark: Path
) -> None:
    with pytest.raises(CodeConsentError) as caught:
        store.add(own)
    error = caught.value
    assert [file.name for file in error.files] == list(CODE)
    for file in error.files:
        content = (own / file.name).read_bytes()
        assert (file.n_bytes, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert f"{file.name} ({file.n_bytes:,} bytes)" in error.message
    assert "whatever you can do" in error.message
    assert "--trust-code" in error.hint
    assert [record.name for record in store.list()] == ["starter"]
    with pytest.raises(CodeConsentError, match="waits for your consent"):
        pool.load(describe_folder(own))
    assert not mark.exists()


def test_with_consent_the_vectors_are_those_of_the_library(
    store: EncoderStore, workspace: Workspace, own: Path, mark: Path
) -> None:
    files = sorted(own.rglob("*"))
    record = store.add(own, trusts_code=True)
    assert not mark.exists()
    assert record.trusted_code == record.code_digest
    assert not record.needs_consent
    assert not any("program code" in warning for warning in record.warnings)
    assert EncoderStore(workspace).get("own") == record
    ours = vectors_of(record)
    assert mark.exists()
    np.testing.assert_allclose(ours, library_vectors(own), atol=1e-5)
    assert sorted(own.rglob("*")) == files


def test_a_module_of_its_own_needs_consent_too(
    store: EncoderStore, tmp_path: Path, mark: Path
) -> None:
    folder = write_own_module(tmp_path / "own", mark)
    with pytest.raises(CodeConsentError, match=r"scaling_own\.py"):
        store.add(folder)
    assert not mark.exists()
    record = store.add(folder, trusts_code=True)
    np.testing.assert_allclose(vectors_of(record), library_vectors(folder), atol=1e-5)
    assert mark.exists()


def test_a_module_that_fails_to_load_is_not_sought_among_installed_packages(
    store: EncoderStore, tmp_path: Path, mark: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_own_module(tmp_path / "own", mark)
    (folder / "scaling_own.py").write_text("raise OSError('the disk is gone')")
    (tmp_path / "installed").mkdir()
    write_own_module(tmp_path / "elsewhere", mark)
    (tmp_path / "elsewhere" / "scaling_own.py").rename(tmp_path / "installed" / "scaling_own.py")
    monkeypatch.syspath_prepend(tmp_path / "installed")
    with pytest.raises(EncoderError, match="the disk is gone"):
        pool.load(store.add(folder, trusts_code=True))
    assert not mark.exists()


@pytest.mark.parametrize("keeps_time", [False, True])
def test_changed_code_does_not_run_until_it_is_agreed_to_anew(
    store: EncoderStore, own: Path, mark: Path, *, keeps_time: bool
) -> None:
    added = store.add(own, trusts_code=True)
    before = vectors_of(added)
    pool.unload_all()
    mark.unlink()
    helper = own / "helper_own.py"
    times = helper.stat().st_atime_ns, helper.stat().st_mtime_ns
    helper.write_text(helper.read_text().replace("FACTOR = 0.5", "FACTOR = 3.0"))
    if keeps_time:
        os.utime(helper, ns=times)
    changed = store.get("own")
    with pytest.raises(CodeConsentError, match="has changed since you agreed") as caught:
        pool.load(changed)
    assert "encoder trust own --yes" in caught.value.hint
    if not keeps_time:
        assert changed.needs_consent
        assert "has changed since you agreed to it" in changed.warnings[0]
        assert (changed.id, changed.trusted_code) == (added.id, added.code_digest)
    assert not mark.exists()
    trusted = store.trust(changed)
    assert store.get("own") == trusted
    assert trusted.fingerprint != added.fingerprint
    after = vectors_of(trusted)
    assert np.abs(after - before).max() > 0.01
    np.testing.assert_allclose(after, library_vectors(own), atol=1e-5)


def test_a_further_program_file_is_not_covered_by_consent(
    store: EncoderStore, own: Path, mark: Path
) -> None:
    record = store.add(own, trusts_code=True)
    (own / "another.py").write_text("")
    with pytest.raises(CodeConsentError, match=r"another\.py"):
        pool.load(record)
    assert not mark.exists()


def test_settings_that_later_name_code_elsewhere_are_noticed(
    store: EncoderStore, own: Path, mark: Path
) -> None:
    record = store.add(own, trusts_code=True)
    change_settings(own, auto_map={"AutoModel": "org/other--modeling_own.OwnModel"})
    with pytest.raises(EncoderError, match="code of another repository"):
        pool.load(record)
    assert any("another repository" in warning for warning in store.get("own").warnings)
    assert not mark.exists()


def test_consent_is_for_one_encoder(store: EncoderStore, own: Path, mark: Path) -> None:
    record = store.add(own, trusts_code=True)
    vectors_of(record)
    with pytest.raises(CodeConsentError):
        pool.load(replace(record, trusted_code=""))
    with pytest.raises(CodeConsentError):
        store.add(own, "the same again")


def test_there_is_nothing_to_trust_without_code(store: EncoderStore, tmp_path: Path) -> None:
    record = store.add(write_bert(tmp_path / "bert"))
    with pytest.raises(UsageError, match="runs no program code of its own"):
        store.trust(record)
    with pytest.raises(UsageError, match="belongs to the program"):
        store.trust(store.get("starter"))


# Where it runs


@pytest.mark.parametrize("registers", [False, True])
def test_equally_named_code_of_two_encoders_does_not_mix(
    store: EncoderStore, tmp_path: Path, mark: Path, *, registers: bool
) -> None:
    """Of one name and one configuration, but with another model."""
    folders = [
        write_own_architecture(tmp_path / str(factor) / "own", mark, factor, registers=registers)
        for factor in (0.5, 3.0)
    ]
    records = [store.add(folder, str(folder), trusts_code=True) for folder in folders]
    first, second = (vectors_of(record) for record in records)
    assert np.abs(first - second).max() > 0.01
    pool.unload_all()
    np.testing.assert_array_equal(vectors_of(records[0]), first)
    apart = run_apart(tmp_path, records[1])
    np.testing.assert_allclose(second, np.asarray(apart["vectors"]), atol=1e-5)


def run_apart(tmp_path: Path, record: EncoderRecord) -> dict[str, Any]:
    """Encode in a process of its own that reaches no network, and tell what it wrote where."""
    code = f"""
import json, socket, sys

def refuse(*_):
    raise AssertionError("a connection was opened")

socket.socket.connect = refuse
from embedding_lab.encoders import pool
from embedding_lab.encoders.record import EncoderRecord
from embedding_lab.types import Role
record = EncoderRecord.from_record(json.loads({json.dumps(record.to_record())!r}))
vectors = pool.load(record).encode({TEXTS!r}, role=Role.DOCUMENT)
files = [getattr(module, "__file__", "") or "" for name, module in sys.modules.items()
         if name.startswith("transformers_modules")]
print(json.dumps({{"vectors": vectors.tolist(), "files": files}}))
"""
    environment = {name: value for name, value in os.environ.items() if name != "HF_MODULES_CACHE"}
    environment |= {
        "EMBEDDING_LAB_HOME": str(tmp_path / "home apart"),
        "HF_HOME": str(tmp_path / "hub home"),
        "HOME": str(tmp_path / "user"),
    }
    (tmp_path / "user").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_code_runs_from_the_programs_own_cache_and_without_a_network(
    store: EncoderStore, tmp_path: Path, own: Path
) -> None:
    answer = run_apart(tmp_path, store.add(own, trusts_code=True))
    copies = tmp_path / "home apart" / "modules" / "transformers_modules" / "own"
    ran = [file for file in answer["files"] if file.endswith("_own.py")]
    assert {file.rpartition("/")[2] for file in ran} == set(CODE)
    assert all(file.startswith(str(copies)) for file in ran)
    assert not (tmp_path / "hub home" / "modules").exists()
    assert not list((tmp_path / "user").rglob("*.py"))
    assert not list(own.rglob("__pycache__"))
