"""Make `.venv` ready to run Rollcall: `python3 infra/bootstrap.py`.

Needs nothing but Python 3.11 to 3.13 (standard library, with the venv module). The
packages come from a lock file with hashes; a stamp makes a second run instant. This
file keeps to old syntax, so that an old Python can still say what is wrong.
"""

import argparse
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "locks"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "rollcall-setup"
ROOMS = ("infra", "services", "shared")

KINDS = ("app", "dev", "bench")  # each has all of those before
OLDEST, NEWEST = (3, 11), (3, 13)


class SetupFailed(Exception):
    """Setup cannot go on; the message is one line for people."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Make .venv ready to run Rollcall.")
    parser.add_argument(
        "--dev", action="store_true", help="with the tools for tests and checks"
    )
    parser.add_argument(
        "--bench", action="store_true", help="with what figures are compared with, too"
    )
    parser.add_argument(
        "--lock", action="store_true", help="resolve the lock files anew (needs --dev)"
    )
    parser.add_argument(
        "--upgrade", action="store_true", help="with --lock: to the newest versions"
    )
    options = parser.parse_args()
    _use_a_fitting_python()
    try:
        # Two setups at once would trip over each other; the second finds it done.
        with _one_at_a_time():
            set_up("bench" if options.bench else "dev" if options.dev else "app")
            if options.lock:
                resolve(options.upgrade)
    except SetupFailed as fault:
        sys.exit(f"rollcall setup: {fault}")
    except KeyboardInterrupt:
        sys.exit("rollcall setup: stopped; run it again to go on")


def set_up(kind: str) -> None:
    """Install the lock and the project itself, unless the stamp says it is done."""
    done = STAMP.read_text() if STAMP.exists() and PYTHON.exists() else ""
    # Who has the tools keeps them.
    had = done.split(" ")[0]
    if had in KINDS and KINDS.index(had) > KINDS.index(kind):
        kind = had
    if done == stamp(kind):
        return
    started = time.time()
    _make_venv()
    STAMP.unlink() if STAMP.exists() else None
    print(f"Installing locks/{kind}.txt into .venv …", flush=True)
    _install(LOCKS / (kind + ".txt"))
    _run([PYTHON, "-m", "compileall", "-q", *(ROOT / room for room in ROOMS)])
    STAMP.write_text(stamp(kind))
    print(f"Ready in {time.time() - started:.1f} s", flush=True)


def stamp(kind: str) -> str:
    """What an installation depends on; it starts with `kind`."""
    digest = hashlib.sha256()
    for part in (
        (LOCKS / (kind + ".txt")).read_bytes(),
        (ROOT / "pyproject.toml").read_bytes(),
        sys.version.encode(),
        str(ROOT).encode(),  # the scripts in .venv/bin name it
    ):
        digest.update(hashlib.sha256(part).digest())
    return f"{kind} {digest.hexdigest()}"


def resolve(upgrade: bool) -> None:
    """Write the lock files; app.txt and bench.txt get the versions of dev.txt."""
    compile_lock = [
        VENV / "bin" / "uv",
        *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
        *(
            "--generate-hashes",
            "--no-header",
            "--no-annotate",
            "--only-binary",
            ":all:",
        ),
        *("--no-emit-index-url", "--no-emit-find-links"),
        *(["--upgrade"] if upgrade else []),
    ]
    app, dev, bench = (LOCKS / (kind + ".txt") for kind in KINDS)
    uv, extras = LOCKS / "uv.txt", ("--extra", "dev", "--extra", "bench")
    project, same = "pyproject.toml", ("--constraint", dev)
    faults = [
        _run([*compile_lock, "--extra", "dev", project, "--output-file", dev]),
        _run([*compile_lock, project, *same, "--output-file", app]),
        _run([*compile_lock, *extras, project, *same, "--output-file", bench]),
        _run([*compile_lock, LOCKS / "uv.in", "--output-file", uv]),
    ]
    if any(faults):
        raise SetupFailed("the lock files could not be resolved")


def _use_a_fitting_python() -> None:
    """Go on in a Python of the right version, if there is one on the path."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        # A version manager's shim may exist for a Python that does not.
        if other and _run([other, "-c", ""], quiet=True) == 0:
            os.execv(other, [other, *sys.argv])
    found = sys.version.split()[0]
    needed = "Python 3.11, 3.12 or 3.13 is needed"
    sys.exit(f"rollcall setup: {needed}; this is {found}")


@contextlib.contextmanager
def _one_at_a_time():  # type: ignore[no-untyped-def]
    descriptor = os.open(str(LOCKS), os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make_venv() -> None:
    version = "{}.{}.{}".format(*sys.version_info[:3])
    same = f"import sys, pip; sys.exit(sys.version.split()[0] != '{version}')"
    if PYTHON.exists() and _run([PYTHON, "-c", same], quiet=True) == 0:
        return
    shutil.rmtree(str(VENV), ignore_errors=True)
    maker = "venv" if importlib.util.find_spec("ensurepip") else "virtualenv"
    if not importlib.util.find_spec(maker):
        raise SetupFailed(
            "this Python has no venv module: install python3-venv (Debian, Ubuntu) "
            "or the full Python of your system"
        )
    if _run([sys.executable, "-m", maker, VENV]):
        shutil.rmtree(str(VENV), ignore_errors=True)
        raise SetupFailed(f"cannot make a virtual environment in {VENV}")


def _install(lock: Path) -> None:
    """By uv when it can be had (in seconds), else by pip (in a minute or two)."""
    only_locked = ("--require-hashes", "--no-deps", "--only-binary", ":all:")
    project = ("--no-deps", "--no-build-isolation", "--editable", ROOT)
    pip = [PYTHON, "-m", "pip", "install", "--quiet"]
    if not os.environ.get("ROLLCALL_SETUP_WITHOUT_UV") and (
        _run([*pip, *only_locked, "-r", LOCKS / "uv.txt"]) == 0
    ):
        uv = [VENV / "bin" / "uv", "pip", "install", "--quiet", "--python", PYTHON]
        # uv leaves byte-code to the first import, which may not be allowed to write it.
        uv.append("--compile-bytecode")
        if _run([*uv, *only_locked, "-r", lock]) == 0 and _run([*uv, *project]) == 0:
            return
        print("uv did not succeed; trying pip …", flush=True)
    if _run([*pip, *only_locked, "-r", lock]) or _run([*pip, *project]):
        raise SetupFailed("the packages could not be installed (see above)")


def _run(command: "list[object]", quiet: bool = False) -> int:
    """The exit code of a command."""
    sink = subprocess.DEVNULL if quiet else None
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, env=_environment(), cwd=str(ROOT), stdout=sink, stderr=sink
        )
    except OSError as fault:
        if not quiet:
            print(f"{words[0]}: {fault}", file=sys.stderr)
        return 127
    return done.returncode


def _environment() -> "dict[str, str]":
    """Without what would change the installation; uv is told what pip knows."""
    left_out = ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH", "PIP_USER")
    kept = {name: word for name, word in os.environ.items() if name not in left_out}
    kept["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    kept["UV_PYTHON_DOWNLOADS"] = "never"
    for theirs, ours in (
        ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"),
        ("UV_INDEX", "PIP_EXTRA_INDEX_URL"),
        ("UV_FIND_LINKS", "PIP_FIND_LINKS"),
        ("SSL_CERT_FILE", "PIP_CERT"),
    ):
        if kept.get(ours):
            kept.setdefault(theirs, kept[ours])
    return kept


if __name__ == "__main__":
    main()
