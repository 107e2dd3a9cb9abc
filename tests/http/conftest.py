"""The edge is tried over a deployment like those of the functions."""

from tests.functions.conftest import client, clock, deployment, edge, log, run_on, serve, staff

__all__ = ["client", "clock", "deployment", "edge", "log", "run_on", "serve", "staff"]
