"""Configs: found, merged, brought to a bucket."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from cigen_runtime.configs.manifest import NAME, Manifest
from reliability.stage import State, Surroundings, git
from runtime.configs import BUCKET, VARIABLES

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PIN = {"version": "1.4.0", "commit": COMMIT, "source": "checkout"}
FILES = {"orders/new.json": b'{"limit": 10}\n', "orders/old.json": b'{"limit": 20}\n', "same.json": b"{}\n"}
"""What is to be in the bucket."""
BEFORE = {"orders/old.json": b'{"limit": 19}\n', "same.json": b"{}\n", "gone.json": b"{}\n"}
"""What an earlier sync brought there."""
PROJECT = "team/orders"


class SyncStage:
    """One file is new, one changed, one is the same, and one is no longer in the service repo."""

    command = "s3-sync"
    options: tuple[str, ...] = ()
    second: Mapping[str, str] = {}
    variables: Mapping[str, str] = {**VARIABLES, "CIGEN_CONFIG_DELETE": "true"}

    def arrange(self, at: Surroundings) -> None:
        at.lab.aws.create_bucket(BUCKET)
        for name, content in {**BEFORE, NAME: _manifest(BEFORE)}.items():
            at.lab.aws.put_object(BUCKET, name, content, content_type="application/json")
        place = at.folder / "cigen-out" / "staging" / "eu"
        for name, content in FILES.items():
            path = place / "merged-files" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        files = {
            name: {"config": "orders", "sha256": _sha256(content), "size": len(content), "sources": ["-"], "keys": {}}
            for name, content in FILES.items()
        }
        document = {"schema": 1, "environment": "staging", "region": "eu", "complete": True, "configs": {"orders": PIN}}
        at.write("cigen-out/staging/eu/provenance.json", {**document, "files": files})

    def state(self, at: Surroundings) -> State:
        objects = at.lab.aws.objects(BUCKET)
        names = {*FILES, *BEFORE, *objects} - {NAME}
        return {
            **{("object", f"s3://{BUCKET}/{name}"): objects.get(name) for name in names},
            ("manifest", NAME): objects.get(NAME),
        }

    def goal(self, at: Surroundings) -> State:
        return {
            **{("object", f"s3://{BUCKET}/{name}"): FILES.get(name) for name in {*FILES, *BEFORE}},
            ("manifest", NAME): _manifest(FILES),
        }


def _manifest(files: Mapping[str, bytes]) -> bytes:
    return Manifest(
        {"orders": PIN}, {name: {"config": "orders", "sha256": _sha256(content)} for name, content in files.items()}
    ).as_bytes()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class FindStage:
    """A clone of a service repo with one config."""

    command = "find-versions"
    options: tuple[str, ...] = ()
    second: Mapping[str, str] = {}
    variables: Mapping[str, str] = VARIABLES

    def arrange(self, at: Surroundings) -> None:
        bare = at.lab.git_host.create(PROJECT)
        git(at.folder, "init", "--quiet", "--initial-branch=main")
        at.has("orders", "orders")
        at.write("configs/base/orders/app.json", {"limit": 10})
        git(at.folder, "add", "--all")
        git(at.folder, "commit", "--quiet", "--message", "feat: begin")
        git(at.folder, "push", "--quiet", str(bare), "main")
        git(at.folder, "remote", "add", "origin", at.lab.git_host.url(PROJECT))

    def state(self, at: Surroundings) -> State:
        return {}

    def goal(self, at: Surroundings) -> State:
        return {}


class MergeStage(FindStage):
    """A clone without the contents of older commits, as it is after a shallow one was filled up; one is asked for."""

    command = "merge-configs"

    def arrange(self, at: Surroundings) -> None:
        source = Surroundings(at.lab, at.folder.with_name("source"))
        source.folder.mkdir()
        super().arrange(source)
        commit = git(source.folder, "rev-parse", "HEAD").strip()
        source.write("configs/base/orders/app.json", {"limit": 20})
        git(source.folder, "commit", "--quiet", "--all", "--message", "fix: raise the limit")
        bare = at.lab.git_host.path(PROJECT)
        git(source.folder, "push", "--quiet", str(bare), "main")
        git(at.folder, "clone", "--quiet", "--filter=blob:none", bare.as_uri(), ".")
        git(at.folder, "remote", "set-url", "origin", at.lab.git_host.url(PROJECT))
        pin = {"version": "1.0.0", "commit": commit, "source": "tag"}
        document = {"schema": 1, "environment": "staging", "region": "eu", "complete": False}
        at.write("cigen-out/staging/eu/config-versions.json", {**document, "configs": {"orders": pin}})

    def state(self, at: Surroundings) -> State:
        """The merged file is what the job after this one starts from: whole, or not there."""
        path = at.folder / "cigen-out" / "staging" / "eu" / "merged-files" / "orders" / "app.json"
        return {("file", "orders/app.json"): json.loads(path.read_text()) if path.exists() else None}

    def goal(self, at: Surroundings) -> State:
        return {("file", "orders/app.json"): {"limit": 10}}
