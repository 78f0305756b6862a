"""Builds an image for each project that changed and publishes it as <project>:<version>, once."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

BUILDS = "artifactory.example.com/docker-native-local"


def main() -> None:
    """Build what versions.json says has changed."""
    with tempfile.TemporaryDirectory() as scratch:
        login = Path(scratch) / "config.json"
        login.touch(mode=0o600)
        login.write_text(os.environ["DOCKER_AUTH_CONFIG"])
        for project, entry in json.loads(Path("versions.json").read_text()).items():
            if entry["changed"]:
                publish(Path("functions") / entry["folder"], f"{BUILDS}/{project}:{entry['version']}", login)


def publish(folder: Path, image: str, login: Path) -> None:
    """One image with the folder's files, unless it is there: a version is built once."""
    if (
        subprocess.run(
            ["skopeo", "inspect", "--raw", f"--authfile={login}", f"docker://{image}"], capture_output=True
        ).returncode
        == 0
    ):
        print(f"{image} is there already")
        return
    layout = login.with_name(folder.name)
    for step in (
        ["umoci", "init", "--layout", layout],
        ["umoci", "new", "--image", f"{layout}:new"],
        [
            "umoci",
            "config",
            "--image",
            f"{layout}:new",
            "--architecture=amd64",
            "--os=linux",
            "--config.cmd=app.handler",
        ],
        ["umoci", "insert", "--image", f"{layout}:new", folder, "/var/task"],
        [
            "skopeo",
            "--insecure-policy",
            "copy",
            "--quiet",
            f"--authfile={login}",
            f"oci:{layout}:new",
            f"docker://{image}",
        ],
    ):
        subprocess.run(step, check=True)
    print(f"published {image}")


main()
