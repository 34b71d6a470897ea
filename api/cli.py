"""`tsunagu`: the command line. Every command answers bad input with one clear line and a non-zero exit."""

import sys

import typer

from api import logs
from api.commands import channel, chat, interchange, knowledge, serve, staff, tenant, triage

app = typer.Typer(
    name="tsunagu", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="つなぐ窓口: the front door that refuses nobody. Start with `make run`.",
)
app.command()(serve.serve)
app.command()(serve.worker)
app.command()(serve.migrate)
app.command(hidden=True)(serve.demo)
app.command()(knowledge.check)
app.command()(knowledge.search)
app.command()(interchange.export)
app.command("import-windows")(interchange.import_windows)
app.command()(chat.chat)
app.command()(triage.triage)
app.command()(triage.evaluate)
app.add_typer(staff.app, name="staff")
app.add_typer(channel.app, name="channel")
app.add_typer(tenant.app, name="tenant")


def main() -> None:
    """Run a command; whatever goes wrong becomes one line, never a traceback."""
    logs.set_up("console")  # stdout belongs to what a command answers, such as a token alone on its line
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as why:
        message = str(why).splitlines()[0] if str(why) else ""
        print(f"tsunagu: {type(why).__name__}: {message}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
