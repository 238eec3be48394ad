"""python -m keras_htr_gan view [SCANS...]"""

import os
import signal
import socket
import tempfile
import time
from pathlib import Path

import click

from keras_htr_gan.commands.mistakes import tells_mistakes
from keras_htr_gan.commands.options import model_option, runtime_option
from keras_htr_gan.errors import UserError

HERE = "127.0.0.1"


@click.command(context_settings={"show_default": True})
@click.argument(
    "scans",
    nargs=-1,
    metavar="[SCANS]...",
    type=click.Path(exists=True, path_type=Path),
)
@model_option
@click.option(
    "--recognizer",
    default="latin_small",
    metavar="PRESET|RUN|FILE",
    help="What reads lines before and after, see 'read'.",
)
@runtime_option
@click.option(
    "--host",
    default=HERE,
    help="Address to listen at; with 0.0.0.0 or one of this machine's own, "
    "other machines see the page, too.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=None,
    help="Port to listen at.  [default: a free one]",
)
@click.option(
    "--open/--no-browser",
    "opened",
    default=False,
    help="Open the page in a browser.",
)
@tells_mistakes
def view(scans, model, recognizer, runtime, host, port, opened):
    """Look at scans before and after, in a browser.

    SCANS are images, TIFF files of several pages, PDFs, and folders of them,
    to choose from; any can be dropped on the page. The address is told; Ctrl-C
    ends it.
    """
    # Imported here, as --help and mistakes should not wait for the models.
    from keras_htr_gan.viewing import build_page

    port = find_port(host, port)
    # Ended by others, it clears up, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # Where gradio copies what is dropped and shown.
        os.environ["GRADIO_TEMP_DIR"] = folder
        page = build_page(scans, model, recognizer, runtime)
        serve(page, host, port, opened)


def find_port(host, port):
    """A port that is free at an address: int.

    Args:
        host: str.
        port: int, the one that is wanted, or `None` for any.

    Raises:
        UserError: if there is none, or no such address here.
    """
    try:
        found = socket.getaddrinfo(host, port or 0, type=socket.SOCK_STREAM)
        family, kind, _, _, address = found[0]
        with socket.socket(family, kind) as tried:
            if os.name != "nt":
                # Else it is taken for a while after a server has ended.
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
            return tried.getsockname()[1]
    except OSError as error:
        place = host if port is None else f"{host}, port {port}"
        raise UserError(
            f"{place}: {error.strerror}; name another `host` or `port`"
        ) from error


def serve(page, host, port, opened):
    """Shows a page until it is interrupted.

    Args:
        page: `gradio.Blocks`.
        host, port: str and int.
        opened: bool, whether it is opened in a browser.
    """
    # gradio asks its own server whether it is there: not by a proxy.
    known = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = f"{known},{host},{HERE},localhost".lstrip(",")
    try:
        page.launch(
            server_name=f"[{host}]" if ":" in host else host,
            server_port=port,
            inbrowser=opened,
            prevent_thread_lock=True,
            quiet=True,
        )
        click.echo(f"{page.local_url} shows scans; Ctrl-C ends it")
        while page.is_running:
            time.sleep(0.5)
    except KeyboardInterrupt:
        page.close(verbose=False)
