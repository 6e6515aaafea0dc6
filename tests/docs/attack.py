"""What a stranger brings to a code host: manifests and plans of their own, and a server that waits for credentials."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from reconciler.desired import read
from reconciler.plan.saved import stated_in

from .ci import CI, SECRETS

NOT_A_STATE = b"this is not a state file"


@dataclass
class Stranger:
    """Somebody who knows the repository, has none of its secrets, and listens on loopback."""

    url: str
    seen: list[str] = field(default_factory=list)
    """Every request that came, with what it says about credentials."""

    def account(self) -> str:
        """Return a manifest of an account with the repository's own secrets, at the stranger's address."""
        names = dict(zip(("clientId", "clientSecret"), SECRETS[1:], strict=True))
        block = {"username": {"env": names["clientId"]}, "password": {"env": names["clientSecret"]}}
        document = {
            "apiVersion": "tasking.reconciler/v1",
            "kind": "Account",
            "metadata": {"name": "zz"},
            "spec": {"endpoint": self.url, "up42": {**block, "tokenUrl": f"{self.url}/token"}},
        }
        return yaml.safe_dump(document)

    def add_manifest(self, ci: CI, artifact: Path, plan: Path) -> None:
        """Make an artifact of a manifest and of a plan that says it was made with it."""
        shutil.copytree(ci.project.folder, artifact / "manifests")
        (artifact / "manifests" / "zz.yaml").write_text(self.account(), encoding="utf-8")
        document = json.loads(plan.read_text(encoding="utf-8"))
        document["stated"] = stated_in(read(artifact / "manifests"))
        (artifact / "plan.json").write_text(json.dumps(document), encoding="utf-8")


@contextmanager
def stranger() -> Iterator[Stranger]:
    """Serve the stranger's address."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_words: object) -> None:
            """Say nothing."""

        def answer(self) -> None:
            """Note the request, and answer as a token endpoint does."""
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            told.seen.append(f"{self.command} {self.path} {self.headers.get('authorization', '')} {body}".strip())
            content = json.dumps({"access_token": "t", "expires_in": 3600}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = Stranger(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
