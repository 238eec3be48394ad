"""A W&B of this machine: what of it saves a workspace."""

import base64
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "0" * 40
LOGIN = base64.b64encode(f"api:{KEY}".encode()).decode()


class LoopbackWandb(ThreadingHTTPServer):
    """One user, `me`, and projects of theirs.

    Attributes:
        projects: set of str, `"entity/project"`.
        saved: list of dict, what was sent of each workspace.
        asked: list of str, the queries.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answers)
        self.projects, self.saved, self.asked = set(), [], []
        self.address = f"http://127.0.0.1:{self.server_port}"

    def answer(self, query, variables):
        """What a query is answered: dict."""
        self.asked.append(query)
        if "upsertView" in query:
            self.saved.append(variables)
            view = {"id": "made", "name": variables["name"]}
            return {"upsertView": {"view": view, "inserted": True}}
        if "query GetProject" in query:
            place = f"{variables['entity']}/{variables['name']}"
            there = place in self.projects
            return {"project": describe(variables) if there else None}
        teams = {"edges": []}
        user = {"id": "1", "entity": "me", "username": "me", "teams": teams}
        return {"viewer": {**user, "email": "", "flags": "{}"}}


def describe(variables):
    names = {"name": variables["name"], "entityName": variables["entity"]}
    more = {"createdAt": "2020-01-01", "isBenchmark": False, "user": None}
    return {"id": "1", **names, **more}


class Answers(BaseHTTPRequestHandler):
    """Answers a request with `KEY` as W&B does, as far as it is asked here."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_POST(self):
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer, status = b"", 200
        # The client counts its own requests elsewhere.
        if self.headers.get("Authorization") != f"Basic {LOGIN}":
            status = 401
        elif self.path == "/graphql":
            asked = json.loads(content)
            told = self.server.answer(asked["query"], asked.get("variables"))
            answer = json.dumps({"data": told}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
