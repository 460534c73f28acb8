#!/usr/bin/env python3
"""Runs a server on a fresh folder for tests/clients/run: prints its address and folder, and stops it on Ctrl-C."""

import signal
import sys
import time

from harness import Server


def main():
    asked_to_stop = []
    # A shell's background jobs ignore Ctrl-C unless they handle it; a handler is not inherited by the server.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked_to_stop.append(True))
    server = Server()
    server.start()
    print(server.base, server.data, flush=True)
    while not asked_to_stop:
        time.sleep(0.1)
    left = server.stop()
    server.clean_up(keep_log=bool(left))
    if left:
        sys.exit(f"processes are left after Ctrl-C: {left}")


if __name__ == "__main__":
    main()
