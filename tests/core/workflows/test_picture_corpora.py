"""Pictures are embedded, and found by a picture, by words, by a row; what is unreadable is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from picture_making import picture, write_pictures

from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import Picture
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import EncoderError, UsageError
from embedding_lab.pictures import open_picture
from embedding_lab.study import Study, create_workspace
from embedding_lab.types import Role
from embedding_lab.workflows.embed_corpus import EmbedCorpus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def towers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformer_making import write_two_towers

    return write_two_towers(tmp_path_factory.mktemp("towers") / "clip", "clip")


@pytest.fixture
def study(tmp_path: Path, towers: Path) -> Iterator[Study]:
    with create_workspace(tmp_path / "Pictures.embedlab") as opened:
        opened.import_corpus(write_pictures(tmp_path / "colours", 3))
        opened.add_encoder(towers, "clip")
        yield opened


def test_pictures_are_what_is_embedded_of_them(study: Study, tmp_path: Path) -> None:
    done = study.embed("colours", "clip")
    assert (done["rows"], done["modality"], done["dim"]) == (12, "image", 24)
    rows, vectors = study.vectors("colours", "clip")
    encoder = pool.load(EncoderStore(study.workspace).get("clip"))
    files = [study.corpus("colours").documents_at([row])[0].id for row in rows]
    images = [open_picture((tmp_path / "colours" / str(file)).read_bytes()) for file in files]
    expected = encoder.encode_pictures([Picture(image) for image in images], role=Role.DOCUMENT)
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    assert study.embed("colours", "clip")["new_rows"] == 0


def test_a_picture_finds_itself_first(study: Study, tmp_path: Path) -> None:
    study.embed("colours", "clip")
    found = study.search("colours", image=str(tmp_path / "colours" / "green" / "2.png"), k=3)
    assert found["results"][0]["id"] == "green/2.png"
    assert found["results"][0]["score"] == pytest.approx(1.0, abs=1e-5)
    assert found["results"][0]["picture"]
    assert {result["label"] for result in found["results"]} == {"green"}
    words = study.search("colours", "a green picture", k=2)
    assert (words["modality"], len(words["results"]), words["stale"]) == ("image", 2, 0)
    like = study.search("colours", like_row=0, k=11)
    assert like["results"][0]["label"] == "blue"


def test_texts_and_pictures_of_a_corpus_are_kept_apart(study: Study) -> None:
    assert study.embed("colours", "clip", modality="text")["modality"] == "text"
    assert study.embed("colours", "clip", modality="image")["new_rows"] == 12
    assert len(study.workspace.vector_sets(study.corpus("colours"))) == 2
    for modality in ("text", "image"):
        assert study.search("colours", "red", modality=modality)["modality"] == modality


def test_an_encoder_of_texts_embeds_the_titles(study: Study) -> None:
    assert study.embed("colours", "starter")["modality"] == "text"
    with pytest.raises(Exception, match="takes text, but what was asked for is image"):
        study.embed("colours", "starter", modality="image")
    with pytest.raises(EncoderError, match="takes no pictures"):
        pool.load(EncoderStore(study.workspace).get("starter")).encode_pictures(
            [Picture(picture())], role=Role.QUERY
        )


def test_pictures_that_are_gone_are_told_and_the_others_embedded(
    study: Study, tmp_path: Path
) -> None:
    (tmp_path / "colours" / "red" / "1.png").unlink()
    picture("black").save(tmp_path / "colours" / "red" / "2.png")
    said: list[Any] = []
    from embedding_lab.jobs.run import run_job

    run_job(EmbedCorpus("colours", "clip"), study.workspace, said.append)
    result = said[-1].result
    assert (result["rows"], result["unreadable"]) == (10, 2)
    messages = [event.message for event in said if getattr(event, "level", "") == "warning"]
    assert any("red/1.png cannot be read" in message for message in messages)
    assert any("red/2.png has changed" in message for message in messages)


def test_a_corpus_of_texts_has_no_pictures_to_embed(study: Study, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("one\ntwo\n")
    study.import_corpus(tmp_path / "texts.txt")
    assert study.embed("texts", "clip")["modality"] == "text"
    with pytest.raises(Exception, match="The corpus texts has no pictures"):
        study.embed("texts", "clip", modality="image")


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_a_query_picture_that_cannot_be_used_is_told(
    study: Study, tmp_path: Path, content: bytes | None
) -> None:
    study.embed("colours", "clip")
    path = tmp_path / "query.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Exception, match=r"query\.png (cannot be|can)"):
        study.search("colours", image=str(path))
    with pytest.raises(Exception, match="one of the three"):
        study.search("colours", "red", image=str(path))


def test_words_find_real_photographs(tmp_path: Path, test_data: Path) -> None:
    """Every caption looks for its photograph: the pair's README measured recall@1 0.494."""
    with create_workspace(tmp_path / "Photographs.embedlab") as study:
        study.import_corpus(test_data / "data" / "coco-captions-mini" / "images", name="photos")
        study.import_corpus(test_data / "data" / "coco-captions-mini" / "captions.csv")
        models = test_data / "models"
        study.add_encoder(models / "all-minilm-l6-v2-onnx-int8", "texts")
        study.add_encoder(models / "mobilenetv2-minilm-conse", "pair", text_encoder="texts")
        assert study.embed("photos", "pair")["rows"] == 51
        captions = list(study.corpus("captions").documents())[::5]
        n_right = 0
        for caption in captions:
            found = study.search("photos", caption.text, encoder="pair", k=5)
            wanted = str(caption.extra["path"]).rpartition("/")[2]
            n_right += any(result["id"] == wanted for result in found["results"])
        assert n_right / len(captions) > 0.7


def test_errors_of_use_are_of_one_kind(study: Study) -> None:
    from embedding_lab.encoders.modality import choose_modality

    record = EncoderStore(study.workspace).get("clip")
    corpus = study.corpus("colours")
    with pytest.raises(UsageError, match="no modality sound"):
        choose_modality(corpus, record, "sound")
    with pytest.raises(UsageError, match=r"what was asked for is image\+text"):
        choose_modality(corpus, record, "image+text")
