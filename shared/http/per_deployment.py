"""Objects that a function makes once for each deployment and keeps between requests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from shared.deployment import Deployment

T = TypeVar("T")


def per_deployment(make: Callable[[Deployment], T]) -> Callable[[Deployment], T]:
    """Call `make` once for each deployment; later calls return the same object."""
    made: WeakKeyDictionary[Deployment, T] = WeakKeyDictionary()
    lock = threading.Lock()

    def kept(deployment: Deployment) -> T:
        found = made.get(deployment)
        if found is None:
            with lock:
                found = made.get(deployment)
                if found is None:
                    found = made[deployment] = make(deployment)
        return found

    return kept
