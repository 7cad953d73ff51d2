"""With a prepared encoder, the window embeds and searches without the full engine."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from embedding_lab.encoders.store import EncoderStore

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workspace.workspace import Workspace

SCRIPT = """
import json, sys
from pathlib import Path
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab.workflows.search_corpus import SearchCorpus
from embedding_lab_app import self_check
from embedding_lab_app.application import make_application, make_window

home = Path(sys.argv[1])
(home / "texts.txt").write_text("\\n".join(self_check.TEXTS), encoding="utf-8")
app, theme = make_application("light")
window = make_window(theme)
window.context.create_workspace(home / "Study.embedlab")
window.show()
self_check._result(window, ImportCorpus(paths=(str(home / "texts.txt"),), name="check"))
embedded = self_check._result(window, EmbedCorpus("check"))
found = self_check._result(window, SearchCorpus("check", self_check.QUERY))
window.close()
full = {"torch", "transformers", "sentence_transformers"}
loaded, row = sorted(full & set(sys.modules)), found["results"][0]["row"]
print(json.dumps({"loaded": loaded, "row": row, "fast": "onnxruntime" in sys.modules}))
"""


def test_from_launch_to_the_first_result_the_full_engine_is_never_imported(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=55, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {"loaded": [], "row": 0, "fast": True}


def test_setting_up_prepares_the_starter(workspace: Workspace) -> None:
    record = EncoderStore(workspace).get("starter")
    assert record.engine == "onnx", "run packaging/dev.py setup"
