"""``embedding-lab engine``: what the machine's graphics card could do, and the engine for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, details, megabytes

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session
    from embedding_lab.jobs.job import Job


def add_to(commands: Group) -> None:
    """Add the commands of this group."""
    group = commands.group("engine", "See what fits the graphics card, and install or remove it.")
    group.command("show", "Show the graphics card, the engines, and what to do.", _show)
    install = group.command(
        "install", "Download the engine for the graphics card into your own folder.", _install
    )
    install.add_argument(
        "--index", default="", metavar="URL", help="where to fetch it; the setting without it"
    )
    install.add_argument(
        "--build", default="", metavar="NAME", help="which build; the fitting one without it"
    )
    install.add_argument("--dry-run", action="store_true", help="only tell what would be fetched")
    install.add_argument("--online", action="store_true", help="lift Stay offline for this command")
    group.command("remove", "Delete the installed engine.", _remove)


def _show(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.engine.state import engine_state

    value = engine_state()
    torch, installed = value["torch"], value["installed"]
    shown = {
        "cards": ", ".join(card["name"] for card in value["cards"]) or "none found",
        "driver": value["driver"],
        "engine": f"torch {torch['version']}" if torch else "no full engine",
        "installed": f"{installed['name']}, {megabytes(installed['n_bytes'])}" if installed else "",
    }
    return Answer(value, f"{details(shown)}\n\n{value['advice']}")


def _install(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.install_engine import InstallEngine, look_up_engine

    if arguments.dry_run:
        plan = look_up_engine(arguments.index, arguments.build, is_online=arguments.online)
        value: dict[str, Any] = {
            "name": plan.name,
            "build": plan.build.name,
            "n_bytes": plan.n_bytes,
            "n_bytes_unpacked": plan.n_bytes_unpacked,
            "wheels": [[item.wheel.name, item.n_bytes] for item in plan.wheels],
        }
        return Answer(
            value,
            f"{plan.name}: {megabytes(plan.n_bytes)} in {len(plan.wheels)} files, about "
            f"{megabytes(plan.n_bytes_unpacked)} unpacked.",
        )
    job = InstallEngine(arguments.index, arguments.build, is_online=arguments.online)
    value = _perform(job, session)
    found = f"It found {value['said']}." if value["works"] else f"When tried, {value['said']}"
    text = (
        f"Installed {value['name']}, {megabytes(value['n_bytes'])}, in {value['folder']}. {found} "
        "It takes effect at the next start."
    )
    return Answer(value, text)


def _remove(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.install_engine import RemoveEngine

    value = _perform(RemoveEngine(), session)
    if not value["freed_bytes"]:
        return Answer(value, "No engine is installed.")
    return Answer(value, f"Removed the engine, which freed {megabytes(value['freed_bytes'])}.")


def _perform(job: Job[Any], session: Session) -> dict[str, Any]:
    from embedding_lab.workflows.perform import perform_alone

    return session.watch(lambda sink, token: perform_alone(job, sink, token))
