"""Pictures come in upright and once, from folders, tables and Parquet, or are told of."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from picture_making import COLOURS, huge_png, picture, picture_bytes, write_pictures
from PIL import Image

from embedding_lab.errors import WorkspaceError
from embedding_lab.jobs.events import JobCompleted
from embedding_lab.jobs.run import run_job
from embedding_lab.pictures import PictureError, open_picture
from embedding_lab.readers.picture_files import PictureSource, take_picture
from embedding_lab.readers.preview import preview_paths
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab.workspace.corpus_pictures import picture_content, picture_facts, thumbnails

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace


def imported(workspace: Workspace, *paths: Path, **choices: Any) -> Corpus:
    job = ImportCorpus(tuple(str(path) for path in paths), **choices)
    ended = run_job(job, workspace, lambda _: None)
    assert isinstance(ended, JobCompleted), ended
    return workspace.corpus(ended.result["corpus"])


def test_a_folder_of_pictures_becomes_a_corpus(workspace: Workspace, tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "colours")
    preview = preview_paths([folder])
    assert preview.can_import
    assert {column.name: column.role.value for column in preview.columns} == {
        "image": "image", "id": "id", "title": "title", "label": "label",
    }  # fmt: skip
    corpus = imported(workspace, folder)
    assert (corpus.n_rows, corpus.n_pictures, corpus.n_rejected) == (8, 8, 0)
    assert corpus.labels() == dict.fromkeys(sorted(COLOURS), 2)
    first = next(corpus.documents())
    assert (first.id, first.title, first.label, first.text) == ("blue/0.png", "0", "blue", "")
    assert first.picture is not None
    facts = picture_facts(corpus, first.picture)
    assert (facts.width, facts.height) == (40, 30)
    assert facts.path == str(folder / "blue" / "0.png")
    (thumbnail,) = thumbnails(corpus, [first.picture]).values()
    assert Image.open(io.BytesIO(thumbnail)).size == (40, 30)
    assert picture_content(corpus, first.picture) == (folder / "blue" / "0.png").read_bytes()


def test_broken_huge_empty_and_doubled_pictures_are_told(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "mixed", 1)
    (folder / "cut.jpg").write_bytes(picture_bytes(picture(size=(300, 300)), "JPEG")[:400])
    (folder / "huge.png").write_bytes(huge_png())
    (folder / "no.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (folder / "empty.png").touch()
    (folder / "again.png").write_bytes((folder / "red" / "0.png").read_bytes())
    corpus = imported(workspace, folder)
    told = {line.file.rpartition("/")[2]: line for line in corpus.report()}
    assert corpus.n_rows == 5
    assert corpus.n_rejected == 4
    assert "the picture is damaged: " in told["cut.jpg"].reason
    assert told["huge.png"].reason == "the picture is too large: 3,600 megapixels"
    assert "damaged or of an unknown kind" in told["no.png"].reason
    assert "is empty" in told["empty.png"].reason
    twin = told["0.png"]
    assert not twin.is_rejected
    assert twin.reason == f"the same picture as {folder / 'again.png'}"


def test_a_turned_photograph_comes_in_upright(workspace: Workspace, tmp_path: Path) -> None:
    image = Image.new("RGB", (60, 20), "white")
    image.paste("red", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    image.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    upright = open_picture((tmp_path / "turned.jpg").read_bytes())
    assert upright.size == (20, 60)
    assert upright.getpixel((10, 5))[0] > 200  # type: ignore[index]
    assert upright.getpixel((10, 5))[1] < 60  # type: ignore[index]
    corpus = imported(workspace, tmp_path / "turned.jpg")
    document = next(corpus.documents())
    assert document.picture is not None
    facts = picture_facts(corpus, document.picture)
    assert (facts.width, facts.height) == (20, 60)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "1", "I;16"])
def test_every_mode_becomes_rgb_on_white(mode: str) -> None:
    image = Image.new(mode, (10, 10))
    kind = "TIFF" if mode in {"CMYK", "I;16"} else "PNG"
    opened = open_picture(picture_bytes(image, kind))
    assert (opened.mode, opened.size) == ("RGB", (10, 10))
    if mode in {"RGBA", "LA"}:
        assert opened.getpixel((0, 0)) == (255, 255, 255)


def test_large_pictures_get_small_copies() -> None:
    taken = take_picture(PictureSource("x.png", picture_bytes(picture(size=(2000, 500)))))
    small = Image.open(io.BytesIO(taken.thumbnail))
    assert small.size == (256, 64)
    assert (taken.width, taken.height, taken.thumbnail_kind) == (2000, 500, "JPEG")


def test_a_table_names_pictures_beside_it(workspace: Workspace, tmp_path: Path) -> None:
    write_pictures(tmp_path / "data" / "images", 1)
    (tmp_path / "data" / "captions.csv").write_text(
        "path,caption\n"
        "images/red/0.png,a red picture\n"
        "images/red/0.png,the same again\n"
        "images/none.png,a caption without its picture\n"
        "https://example.org/x.png,a picture elsewhere\n"
        "images/blue/0.png,\n",
        encoding="utf-8",
    )
    corpus = imported(workspace, tmp_path / "data")
    documents = list(corpus.documents())
    assert [document.text for document in documents] == [
        "a red picture", "the same again", "a caption without its picture",
        "a picture elsewhere", "",
    ]  # fmt: skip
    assert documents[0].picture == documents[1].picture
    assert [bool(document.picture) for document in documents] == [True, True, False, False, True]
    assert corpus.n_pictures == 3
    reasons = [line.reason for line in corpus.report() if line.line]
    assert reasons == [
        "there is no picture images/none.png beside the table",
        "the picture is a web address, which is not fetched",
    ]
    assert any(
        "4 pictures in data: only those that a table names" in line.reason
        for line in corpus.report()
    )
    assert documents[0].extra["path"] == "images/red/0.png"


def test_parquet_holds_pictures_itself(workspace: Workspace, tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    images = [
        {"bytes": picture_bytes(picture(mark=number)), "path": f"{number}.png"}
        for number in range(3)
    ]
    table = pyarrow.table({"image": images, "label": ["a", "b", "a"]})
    parquet.write_table(table, tmp_path / "pictures.parquet")
    corpus = imported(workspace, tmp_path / "pictures.parquet")
    documents = list(corpus.documents())
    assert corpus.n_pictures == 3
    assert [document.extra["image"] for document in documents] == ["0.png", "1.png", "2.png"]
    (tmp_path / "pictures.parquet").unlink()
    assert documents[2].picture is not None
    assert picture_content(corpus, documents[2].picture) == images[2]["bytes"]


def test_more_pictures_are_added_to_a_corpus(workspace: Workspace, tmp_path: Path) -> None:
    first = imported(workspace, write_pictures(tmp_path / "one", 1))
    picture("black").save(tmp_path / "more.png")
    again = imported(workspace, tmp_path / "more.png", into=first.name)
    assert (again.n_rows, again.n_pictures) == (5, 5)
    document = again.documents_at([4])[0]
    assert document.picture is not None
    assert picture_facts(again, document.picture).path == str(tmp_path / "more.png")


def test_pictures_that_moved_or_changed_are_noticed(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    picture().save(path)
    corpus = imported(workspace, path)
    document = next(corpus.documents())
    assert document.picture is not None
    picture("blue").save(path)
    with pytest.raises(WorkspaceError, match="has changed since it was imported"):
        picture_content(corpus, document.picture)
    path.unlink()
    with pytest.raises(WorkspaceError, match="cannot be read"):
        picture_content(corpus, document.picture)
    assert thumbnails(corpus, [document.picture])


@pytest.mark.parametrize("content", [b"", b"RIFF\0\0\0\0WEBPrubbish", b"GIF89a", b"\xff\xd8\xff"])
def test_damage_is_one_kind_of_error(content: bytes) -> None:
    with pytest.raises(PictureError):
        open_picture(content)


@pytest.mark.parametrize(("name", "n_rows"), [("icons", 999), ("digits", 1797)])
def test_the_bundled_samples_come_in_whole(workspace: Workspace, name: str, n_rows: int) -> None:
    from embedding_lab import resources

    corpus = imported(workspace, resources.path(f"samples/{name}") / f"{name}.parquet")
    assert (corpus.n_rows, corpus.n_pictures, corpus.n_rejected) == (n_rows, n_rows, 0)
    assert corpus.has_labels
    assert corpus.n_empty == 0


def test_real_photographs_come_in(workspace: Workspace, test_data: Path) -> None:
    corpus = imported(workspace, test_data / "data" / "coco-captions-mini" / "captions.csv")
    assert (corpus.n_rows, corpus.n_pictures, corpus.n_rejected) == (255, 255, 0)
    assert len({document.picture for document in corpus.documents()}) == 51
