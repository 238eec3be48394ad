"""Servers of this machine, for tests."""

import contextlib
import threading


@contextlib.contextmanager
def serving(server):
    """The server, which answers within the `with` block."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
