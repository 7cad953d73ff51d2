"""The command line: every job of the window, for terminals and scripts.

Exit status: 0 done, 1 failed, 2 the command line makes no sense, 130 cancelled.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from embedding_lab.cli import (
    corpus_commands,
    encoder_commands,
    engine_commands,
    job_commands,
    method_commands,
    negatives_commands,
    prompt_commands,
    search_commands,
    subset_commands,
    training_commands,
    vector_commands,
    window_commands,
    workspace_commands,
)
from embedding_lab.cli.answer import Answer
from embedding_lab.cli.parser import new_parser
from embedding_lab.cli.session import Session, WrongUseError
from embedding_lab.engine import use_installed_engine
from embedding_lab.errors import LabError
from embedding_lab.jobs.run import failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.cli.parser import Parser

FAILED, WRONG_USE, CANCELLED = 1, 2, 130
STOPPED_HINT = "`embedding-lab jobs list` shows what can be continued."
COMMANDS = (
    workspace_commands,
    corpus_commands,
    encoder_commands,
    subset_commands,
    vector_commands,
    search_commands,
    prompt_commands,
    training_commands,
    method_commands,
    negatives_commands,
    job_commands,
    engine_commands,
    window_commands,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        # A console that lacks a letter shows its code instead of failing.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    problem = use_installed_engine()
    if problem:
        sys.stderr.write(f"{problem}\n")
    try:
        return _run(words, is_json="--json" in words)
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough. Nothing more may be written to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def build_parser() -> Parser:
    """Return the parser of the whole command line."""
    parser, commands = new_parser()
    for group in COMMANDS:
        group.add_to(commands)
    return parser


def _run(words: list[str], *, is_json: bool) -> int:
    try:
        arguments = build_parser().parse_args(words or ["app"])
        if not hasattr(arguments, "run"):
            arguments = build_parser().parse_args([*words, "app"])
        answer = arguments.run(arguments, Session(arguments.workspace or ""))
    except KeyboardInterrupt:
        return _fail(
            {"message": "Stopped at once.", "hint": STOPPED_HINT}, is_json=is_json, status=CANCELLED
        )
    except LabError as error:
        return _fail(_record(error), is_json=is_json, status=_status(error))
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - a traceback is never the message
        told = failure(error)
        record = {"message": told.message, "hint": told.hint, "details": told.details}
        return _fail(record, is_json=is_json, status=FAILED)
    if isinstance(answer, Answer):
        print_out(json_text(answer.value) if is_json else answer.text)
        return answer.status
    return int(answer)


def _status(error: LabError) -> int:
    from embedding_lab.workflows.perform import JobCancelledError

    if isinstance(error, JobCancelledError):
        return CANCELLED
    return WRONG_USE if isinstance(error, WrongUseError) else FAILED


def _record(error: LabError) -> dict[str, Any]:
    from embedding_lab.encoders.consent import CodeConsentError

    record: dict[str, Any] = {"message": error.message, "hint": error.hint}
    run_id = getattr(error, "run_id", "")
    if isinstance(error, CodeConsentError):
        record["code_files"] = [asdict(file) for file in error.files]
    return record | ({"job": run_id} if run_id else {})


def _fail(record: dict[str, Any], *, is_json: bool, status: int) -> int:
    """Tell a person on standard error and, with ``--json``, a program on standard output."""
    lines = [record["message"], record["hint"]]
    sys.stderr.write("".join(f"{line}\n" for line in lines if line))
    if is_json:
        print_out(json_text({"error": record}))
    return status


def json_text(value: dict[str, Any]) -> str:
    """Return one JSON object as the console can show it."""
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return json.dumps(value, ensure_ascii=not is_utf8, indent=2)


def print_out(text: str) -> None:
    """Write to standard output and find out at once whether anybody reads it."""
    sys.stdout.write(text + "\n" if text else "")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
