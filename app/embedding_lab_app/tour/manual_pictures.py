"""Makes the pictures of the manual anew: ``python -m embedding_lab_app.tour.manual_pictures``.

It takes the tour on all rows of the sample, and one stop more, and puts the pictures that the pages
of the manual show into ``resources/manual/pictures``. On an idle machine that takes some minutes.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from embedding_lab import resources
from embedding_lab.manual.pages import manual_pages
from embedding_lab.paths import HOME_VARIABLE
from embedding_lab_app.pages.encoders.encoder_view import ABOUT, SHRINK
from embedding_lab_app.tour.driver import LONG_S, SOON_S
from embedding_lab_app.tour.run import THEMES, take_tour
from embedding_lab_app.tour.walk import Walk
from embedding_lab_app.waiting import wait_until

FOLDER = "pictures"
SHOWN = re.compile(rf"\({FOLDER}/([\w-]+)-light\.png\)")
ROWS, PASSES = 100, 3
RECIPES = ("fp16", "int8-rows", "int8-fixed", "int8", "weights8")


class PictureWalk(Walk):
    """The tour, and what takes too long for it."""

    def look_into_the_encoder(self) -> None:
        """Make smaller files besides, and look at what each gains and loses."""
        super().look_into_the_encoder()
        self._encoders.view.show_segment(SHRINK)
        view = self._encoders.view.shrink_view
        for name, box in view.recipes.boxes.items():
            box.setChecked(name in RECIPES)
        view.n_rows.setValue(ROWS)
        view.repeats.setValue(PASSES)
        view.scores.setChecked(False)
        wait_until(view.button.button.isEnabled, "The corpus to measure on", SOON_S)
        self._result_of(view.button.button.click, LONG_S)
        wait_until(view.candidates.isVisible, "The smaller files", SOON_S)
        self._take("encoders", "encoders-smaller")
        self._encoders.view.show_segment(ABOUT)


def pictures_of_the_manual() -> set[str]:
    """Return the names of the pictures that pages show, without theme and ending."""
    return {name for page in manual_pages().values() for name in SHOWN.findall(page.text)}


def main() -> int:
    """Make every picture anew and return the exit status."""
    wanted, folder = pictures_of_the_manual(), resources.path("manual") / FOLDER
    with tempfile.TemporaryDirectory(prefix="embedding-lab-pictures-") as home:
        os.environ[HOME_VARIABLE] = home
        out = Path(home) / "out"
        out.mkdir()
        result = take_tour(out, Path(home), THEMES["both"], walk=PictureWalk)
        if not result["passed"]:
            sys.stderr.write(f"The tour failed: {result['problem']}\n")
            return 1
        missing = sorted(name for name in wanted if not (out / f"{name}-light.png").is_file())
        if missing:
            sys.stderr.write(f"The tour does not take {', '.join(missing)}.\n")
            return 1
        for name in sorted(wanted):
            for theme in THEMES["both"]:
                shutil.copy(out / f"{name}-{theme}.png", folder)
    sys.stdout.write(f"{len(wanted)} pictures, light and dark, in {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
