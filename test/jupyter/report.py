"""What the Python programs here share: one JSON line on stdout per check, read by the test files."""

import json
import time
import traceback


def report(name, ok, **detail):
    print(json.dumps({"name": name, "ok": bool(ok), **detail}), flush=True)


def check(name, work):
    """Runs one check; what it returns goes into its line, what it raises is its failure."""
    started = time.perf_counter()
    try:
        detail = work() or {}
        report(name, True, ms=round((time.perf_counter() - started) * 1000, 1), **detail)
    except Exception:
        report(name, False, message=traceback.format_exc()[-4000:])


def equal(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what}: wanted {short(wanted)}, got {short(got)}")


def short(value):
    text = repr(value)
    return text if len(text) <= 1500 else f"{text[:700]} ... {text[-700:]}"
