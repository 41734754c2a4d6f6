"""Waits made short for one sync: what a connector sleeps, and how long it bears the silence of a source."""

import os
import socket
import sys
import threading
import time
from collections.abc import Callable

# Below this a busy machine would be taken for a silent source; above it nobody waits, be it hours that were asked for.
LEAST_TIMEOUT_SECONDS = 0.5
MOST_TIMEOUT_SECONDS = 3.0
# Shorter waits for a condition are not for a source: threads hand work to each other by them.
LEAST_CONDITION_SECONDS = 5


def shorten_waits(tell: Callable[[float], None], spared: tuple[str, ...] = ()) -> None:
    """Does what the environment asks for; `tell` hears of each sleep, in the connector's own seconds.

    Sleeps of code in the folders of `spared` are left alone, and not told.
    """
    scale = os.environ.get("SYNCSMITH_TIME_SCALE")
    if scale:
        scale_sleep(float(scale), tell, spared)
    scale = os.environ.get("SYNCSMITH_TIMEOUT_SCALE")
    if scale:
        scale_timeouts(float(scale))


def scale_sleep(scale: float, tell: Callable[[float], None], spared: tuple[str, ...]) -> None:
    """Shortens `time.sleep`.

    The monotonic clock goes on as if the whole time had passed: a connector that paces itself by it would otherwise
    find that it woke too early, and wait again.
    """
    real_sleep, real_monotonic = time.sleep, time.monotonic
    libraries = (*spared, os.path.dirname(os.__file__))
    skipped = 0.0

    def sleep(seconds: float) -> None:
        nonlocal skipped
        if not sys._getframe(1).f_code.co_filename.startswith(spared):
            tell(float(seconds))
            skipped += seconds * (1 - scale)
            seconds = seconds * scale
        real_sleep(seconds)

    def monotonic() -> float:
        own = not sys._getframe(1).f_code.co_filename.startswith(libraries)
        return real_monotonic() + (skipped if own else 0.0)

    time.sleep, time.monotonic = sleep, monotonic


def scale_timeouts(scale: float) -> None:
    """Shortens what bounds the wait for a source.

    That is timeouts of sockets, by which clients that block wait (requests, urllib3, http.client, httpx), and long waits
    for a condition, by which threads watch over others (paramiko, timers). For a module whose wait ran out the clock goes
    on by what was skipped: paramiko asks it whether to wait again.
    """
    real_set, real_default = socket.socket.settimeout, socket.setdefaulttimeout
    real_wait, real_time = threading.Condition.wait, time.time
    skipped: dict[str, float] = {}

    def shortened(seconds: float | None) -> float | None:
        if seconds is None or seconds <= LEAST_TIMEOUT_SECONDS:
            return seconds
        return min(max(seconds * scale, LEAST_TIMEOUT_SECONDS), MOST_TIMEOUT_SECONDS)

    def settimeout(self: socket.socket, seconds: float | None) -> None:
        real_set(self, shortened(seconds))

    def setdefaulttimeout(seconds: float | None) -> None:
        real_default(shortened(seconds))

    def wait(self: threading.Condition, timeout: float | None = None) -> bool:
        if timeout is None or timeout < LEAST_CONDITION_SECONDS:
            return real_wait(self, timeout)
        short = shortened(timeout)
        notified = real_wait(self, short)
        if not notified:
            module = sys._getframe(1).f_globals["__name__"]
            skipped[module] = skipped.get(module, 0.0) + timeout - short
        return notified

    def now() -> float:
        return real_time() + skipped.get(sys._getframe(1).f_globals.get("__name__", ""), 0.0)

    socket.socket.settimeout = settimeout
    socket.setdefaulttimeout = setdefaulttimeout
    threading.Condition.wait = wait
    time.time = now
