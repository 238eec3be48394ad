"""A hub of this machine: what of Hugging Face's `huggingface_hub` asks for."""

import base64
import hashlib
import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

TOKEN = "hf_of_this_machine"


class LoopbackHub(ThreadingHTTPServer):
    """Repositories in memory.

    Attributes:
        repositories: dict of `"user/name"` to a dict: `private`, bool; `files`,
            dict of name to bytes; and, while it answers by an error, `answer`,
            int, the status.
        asked: list of str, method and path of each request.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answers)
        self.repositories, self.asked = {}, []
        self.address = f"http://127.0.0.1:{self.server_port}"

    def add(self, name, folder=None, private=False, **more):
        """Makes a repository of the files of a folder."""
        files = {} if folder is None else read_files(folder)
        self.repositories[name] = {"private": private, "files": files, **more}

    def downloaded(self):
        """The names of the files that were asked for: set of str."""
        paths = (line.split(" ", 1)[1] for line in self.asked)
        return {p.rsplit("/", 1)[1] for p in paths if "/resolve/" in p}


def read_files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def commit_of(repository):
    """The commit that a repository is at: str of 40 digits."""
    files = repository["files"]
    told = "".join(f"{n}{digest(files[n])}" for n in sorted(files))
    return digest(told.encode())


def digest(content):
    return hashlib.sha1(content).hexdigest()


class Answers(BaseHTTPRequestHandler):
    """Answers a request as the hub does, as far as it is asked here."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.note()
        path = unquote(urlsplit(self.path).path)
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)(/.*)?", path):
            repository = self.find(found[1])
            if repository is None:
                return
            rest = found[2] or ""
            if rest.startswith("/tree/"):
                self.tell([describe(*f) for f in repository["files"].items()])
            elif rest.startswith("/revision/gone"):
                self.refuse(404, "RevisionNotFound")
            else:
                self.tell(describe_repository(found[1], repository))
        elif found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/(.*)", path):
            if (repository := self.find(found[1])) is not None:
                self.send_file(repository, found[2])
        else:
            self.refuse(404)

    do_HEAD = do_GET

    def do_POST(self):
        self.note()
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urlsplit(self.path).path
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.refuse(401, message="Invalid credentials in Authorization")
        elif path == "/api/repos/create":
            asked = json.loads(content)
            name = f"{asked['organization']}/{asked['name']}"
            # The one since version 1.0, the other before.
            private = asked.get("visibility") == "private"
            self.server.add(name, private=asked.get("private", private))
            self.tell({"url": f"{self.server.address}/{name}", "name": name})
        elif path == "/api/validate-yaml":
            self.tell({"errors": [], "warnings": []})
        elif found := re.fullmatch(
            r"/api/models/([^/]+/[^/]+)/(preupload|commit)/main", path
        ):
            self.take(found[1], found[2], content)
        else:
            self.refuse(404)

    def take(self, name, step, content):
        """Takes files, all of them within the request itself."""
        repository = self.find(name)
        if repository is None:
            return
        if step == "preupload":
            files = json.loads(content)["files"]
            told = {"uploadMode": "regular", "shouldIgnore": False}
            self.tell({"files": [{"path": f["path"], **told} for f in files]})
            return
        for line in map(json.loads, content.splitlines()):
            if line["key"] == "file":
                file = line["value"]
                repository["files"][file["path"]] = base64.b64decode(
                    file["content"]
                )
        commit = commit_of(repository)
        url = f"{self.server.address}/{name}/commit/{commit}"
        self.tell({"success": True, "commitOid": commit, "commitUrl": url})

    def note(self):
        self.server.asked.append(f"{self.command} {unquote(self.path)}")

    def find(self, name):
        """A repository, or `None` where an error was answered."""
        repository = self.server.repositories.get(name)
        if repository is None:
            # Nobody is told which private ones there are.
            self.refuse(404, "RepoNotFound", "Repository not found")
        elif answer := repository.get("answer"):
            gated = "GatedRepo" if answer == 403 else None
            self.refuse(answer, gated, "as the test wants it")
            return None
        return repository

    def send_file(self, repository, name):
        content = repository["files"].get(name)
        if content is None:
            self.refuse(404, "EntryNotFound")
            return
        self.send_response(200)
        self.send_header("ETag", f'"{digest(content)}"')
        self.send_header("X-Repo-Commit", commit_of(repository))
        self.send_content(content)

    def tell(self, answer):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_content(json.dumps(answer).encode())

    def refuse(self, status, code=None, message=None):
        self.send_response(status)
        if code is not None:
            self.send_header("X-Error-Code", code)
        if message is not None:
            self.send_header("X-Error-Message", message)
        self.send_content(b"{}")

    def send_content(self, content):
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def describe(name, content):
    """A file as a listing has it."""
    size, oid = len(content), digest(content)
    return {"type": "file", "path": name, "size": size, "oid": oid}


def describe_repository(name, repository):
    files = [{"rfilename": file} for file in repository["files"]]
    return {
        "id": name,
        "sha": commit_of(repository),
        "private": repository["private"],
        "siblings": files,
    }
