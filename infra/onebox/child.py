"""The entry point of supervised processes: `apis` and `workers`."""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import socket
import sys
import threading

GRACE_SECONDS = 35.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=("apis", "workers"))
    parser.add_argument("--ready", type=int, required=True)
    parser.add_argument("--listen", type=int)
    parser.add_argument("--service", action="append")
    arguments = parser.parse_args()
    # Importing takes the longest: do it while the supervisor migrates, and without the
    # collector, which would walk the growing heap of modules again and again.
    gc.disable()
    from infra.budget import SERVICES
    from infra.onebox.apis import load_apis, serve
    from infra.onebox.workers import load_loops, work
    from shared.settings import Settings
    from shared.telemetry import set_up_logs

    builds = load_apis() if arguments.part == "apis" else {}
    named = arguments.service or SERVICES
    loops = load_loops(named) if arguments.part == "workers" else {}
    gc.freeze()
    gc.enable()
    words = sys.stdin.buffer.readline()
    if not words:
        return
    threading.Thread(target=_stop_with_the_supervisor, daemon=True).start()
    settings = Settings.from_environment(json.loads(words))
    set_up_logs()

    def ready() -> None:
        os.write(arguments.ready, b"ready")
        os.close(arguments.ready)

    if arguments.part == "apis":
        serve(builds, settings, socket.socket(fileno=arguments.listen), ready)
    else:
        work(loops, settings, ready)


def _stop_with_the_supervisor() -> None:
    """The pipe closes when the supervisor stops or is killed."""
    # Not by sys.stdin: its lock, held by this thread, would break the process's end.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
