"""The gateway on the HTTP server of one PC, with the limits of its deployment."""

from __future__ import annotations

from functions.gateway import Gateway, create_gateway
from functions.http_server.connections import Limits
from functions.http_server.server import LocalServer, make_server
from shared.deployment import Deployment


def local_gateway(
    deployment: Deployment, *, host: str, port: int, gateway: Gateway | None = None
) -> LocalServer:
    """Return the server of a gateway (by default of the built site), which listens already.

    Raises OSError where the port is taken.
    """
    app = gateway or create_gateway()
    return make_server(
        app,
        host=host,
        port=port,
        upload_mib=deployment.kelurahan.limits.upload_mib,
        workspace=deployment.workspace,
        limit_of=app.largest_body,
        # behind a proxy all connections have its address
        limits=Limits(per_address=None) if deployment.settings.trusted_hops else Limits(),
    )
