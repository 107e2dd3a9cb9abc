"""The rival of the complaint intake: a minimal server that stores one document per POST."""

from __future__ import annotations

import os
import sys
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask, Response, request

from functions.http_server.server import make_server
from shared.platform.files.workspace import Workspace
from shared.platform.store import Store


def _store() -> Store:
    if "BARE_PROJECT" in os.environ:
        from shared.platform.store.firestore.store import FirestoreStore

        return FirestoreStore(os.environ["BARE_PROJECT"], "registry")
    from shared.platform.store.sqlite.store import SqliteStore

    return SqliteStore(Path(os.environ["BARE_DATA"]) / "bare.sqlite3")


def _app() -> Flask:
    app, store = Flask("bare"), _store()

    @app.post("/api/complaints")
    def keep() -> Response:
        number = uuid.uuid4().hex
        store.create(f"complaints/{number}", {**request.get_json(), "number": number})
        return Response(f'{{"ticket":"{number}","secret":""}}', 201, mimetype="application/json")

    return app


if __name__ == "__main__":
    with TemporaryDirectory() as passing:
        make_server(
            _app(),
            host="127.0.0.1",
            port=int(sys.argv[1]),
            upload_mib=25,
            workspace=Workspace(Path(passing)),
        ).run()
