"""`tsunagu`: the command line. Every command answers bad input with one clear line and a non-zero exit.

Only the module of the command that was asked for is imported: `tsunagu triage` needs no web framework and no database.
"""

import gc
import sys
from importlib import import_module
from typing import NamedTuple

import typer
from typer.exceptions import TyperException

from api import logs


class Place(NamedTuple):
    """Where a command is: module under `api.commands`, name in it; a group is a Typer of its own."""

    module: str
    name: str
    group: bool = False
    hidden: bool = False


COMMANDS: dict[str, Place] = {
    "serve": Place("serve", "serve"),
    "worker": Place("serve", "worker"),
    "migrate": Place("serve", "migrate"),
    "demo": Place("serve", "demo", hidden=True),
    "check": Place("knowledge", "check"),
    "search": Place("knowledge", "search"),
    "export": Place("interchange", "export"),
    "import-windows": Place("interchange", "import_windows"),
    "chat": Place("chat", "chat"),
    "triage": Place("triage", "triage"),
    "evaluate": Place("triage", "evaluate"),
    "report": Place("report", "report"),
    "backup": Place("operations", "backup"),
    "restore": Place("operations", "restore"),
    "purge": Place("operations", "purge"),
    "erase": Place("operations", "erase"),
    "rotate-key": Place("operations", "rotate_key"),
    "staff": Place("staff", "app", group=True),
    "channel": Place("channel", "app", group=True),
    "fake-platforms": Place("fake_platforms", "fake_platforms"),
    "webhook": Place("webhook", "app", group=True),
    "tenant": Place("tenant", "app", group=True),
}


def application(*names: str) -> typer.Typer:
    """The command line with these commands; with all where none is named."""
    app = typer.Typer(
        name="tsunagu", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
        help="つなぐ窓口: the front door that refuses nobody. Start with `make run`.",
    )
    app.callback()(lambda: None)  # one command alone would else stand for the whole
    for name in names or COMMANDS:
        place = COMMANDS[name]
        found = getattr(import_module(f"api.commands.{place.module}"), place.name)
        if place.group:
            app.add_typer(found, name=name)
        else:
            app.command(name, hidden=place.hidden)(found)
    return app


def _read(*names: str) -> typer.Typer:
    """`application`; what modules make stays to the end, and looking it through for garbage takes a third of the time."""
    gc.disable()
    try:
        return application(*names)
    finally:
        gc.freeze()
        gc.enable()


def main() -> None:
    """Run a command; whatever goes wrong becomes one line, never a traceback."""
    logs.set_up("console")  # stdout belongs to what a command answers, such as a token alone on its line
    asked = [name for name in sys.argv[1:2] if name in COMMANDS]
    try:
        sys.exit(_read(*asked)(standalone_mode=False) or 0)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except TyperException as why:
        print(f"tsunagu: {_told(why)}", file=sys.stderr)
        sys.exit(getattr(why, "exit_code", 2))
    except Exception as why:
        message = str(why).splitlines()[0] if str(why) else ""
        print(f"tsunagu: {type(why).__name__}: {message}", file=sys.stderr)
        sys.exit(1)


def _told(why: TyperException) -> str:
    """What is wrong with the call, in one line; the help where nothing was asked."""
    say = getattr(why, "format_message", None)
    return str(say() if say else why) or "see tsunagu --help"


if __name__ == "__main__":
    main()
