"""What a copy from registry to registry must survive, and what it must refuse, on registries of every kind."""

import base64
import io
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cigen_runtime import copies
from cigen_runtime.clock import Clock as RealClock
from cigen_runtime.services.blob_stream import BlobStream, Source
from cigen_runtime.services.image_manifest import Blob as StoredBlob
from cigen_runtime.services.registry import Registry
from cigen_runtime.services.registry_login import Login
from lab import Lab, Status, Truncate
from lab.doors import STORAGE_HOST, BlobStorage, NoRanges, Pages, Signpost, TokenDoor
from lab.ecr import HOST as ECR_HOST
from lab.images import MEBIBYTE, MEDIA_TYPES, Blob, Image, as_json, make_image, make_index
from lab.names import ARTIFACTORY_HOST, ARTIFACTORY_PASSWORD
from runtime.conftest import ECR, STAGING_EU, Clock, Done, Service

Run = Callable[..., Done]
IMAGE = make_image("orders", layers=2)
TAG = "orders-api-1.4.0"


@pytest.fixture
def built(lab: Lab, run: Run, service: Service) -> Callable[[Image], None]:
    """Build an image as version 1.4.0 of a project `orders`. `run` comes first: it creates the ECR repository."""
    service.has("orders", "1.4.0", lambda_name="orders-api")

    def build(image: Image) -> None:
        lab.artifactory.push(image, "docker-native-local/orders", "1.4.0")

    return build


def in_ecr(lab: Lab) -> str | None:
    return lab.ecr.digest("lambda-images", TAG)


def reads(lab: Lab, blob: Blob) -> list[int]:
    """How the requests for a blob's content ended."""
    return [each.status for each in lab.gateway.requests if each.method == "GET" and blob.digest in each.path]


def uploads(lab: Lab) -> int:
    return sum(request.method == "PATCH" for request in lab.gateway.writes(r"\.dkr\.ecr\."))


def rewritten(image: Image, **changes: object) -> Image:
    """The image with other words in its manifest."""
    manifest = {**json.loads(image.manifest), **changes}
    return Image(image.media_type, as_json({k: v for k, v in manifest.items() if v is not None}), "amd64", image.blobs)


def with_layer(media_type: str) -> Image:
    """An image with a layer of that type."""
    layers = json.loads(IMAGE.manifest)["layers"]
    return rewritten(IMAGE, layers=[layers[0], {**layers[1], "mediaType": media_type}])


def test_a_layer_that_breaks_off_is_taken_up_where_it_broke(
    lab: Lab, run: Run, built: Callable[[Image], None], clock: Clock
) -> None:
    image = make_image("large", layer_size=3 * MEBIBYTE)
    layer = image.blobs[1]
    built(image)
    lab.gateway.fault(Truncate(2 * MEBIBYTE), method="GET", path=layer.digest)

    done = run("retag-push-ecr", clock=clock)

    assert done.code == 0, done.log
    assert in_ecr(lab) == image.digest
    assert reads(lab, layer) == [200, 206]
    assert uploads(lab) == len(image.blobs)


def test_a_registry_without_ranges_is_read_anew_up_to_where_it_broke(
    lab: Lab, run: Run, built: Callable[[Image], None], clock: Clock
) -> None:
    image = make_image("large", layer_size=3 * MEBIBYTE)
    built(image)
    lab.gateway.fault(Truncate(2 * MEBIBYTE), method="GET", path=image.blobs[1].digest)

    with lab.gateway.detour(ARTIFACTORY_HOST, lab.artifactory.registry.port, NoRanges()):
        done = run("retag-push-ecr", clock=clock)

    assert done.code == 0, done.log
    assert in_ecr(lab) == image.digest
    assert reads(lab, image.blobs[1]) == [200, 200]
    assert uploads(lab) == len(image.blobs)


def test_a_layer_that_breaks_off_again_and_again_is_worth_another_run_and_nothing_is_tagged(
    lab: Lab, run: Run, built: Callable[[Image], None], clock: Clock
) -> None:
    built(IMAGE)
    lab.gateway.fault(Truncate(100), method="GET", path=IMAGE.blobs[1].digest, times=1000)

    done = run("retag-push-ecr", clock=clock)

    assert done.code == 75, done.log
    assert f"error: read blob {IMAGE.blobs[1].digest} (try again)" in done.log
    assert in_ecr(lab) is None


def test_a_layer_that_is_shorter_than_it_should_be_is_told_and_not_waited_for(
    lab: Lab, run: Run, built: Callable[[Image], None], clock: Clock
) -> None:
    built(IMAGE)
    lab.gateway.fault(Status(200, b"short"), method="GET", path=IMAGE.blobs[1].digest, times=1000)

    done = run("retag-push-ecr", clock=clock)

    assert done.code == 14, done.log
    assert f"got 5 of {len(IMAGE.blobs[1].content)} bytes" in done.log
    assert in_ecr(lab) is None


def test_blobs_are_fetched_from_where_the_registry_sends_us_without_its_login(
    lab: Lab, run: Run, built: Callable[[Image], None]
) -> None:
    built(IMAGE)
    storage = BlobStorage()

    with lab.gateway.detour(f"{ARTIFACTORY_HOST}|{STORAGE_HOST}", lab.artifactory.registry.port, storage):
        done = run("retag-push-ecr")

    assert done.code == 0, done.log
    assert in_ecr(lab) == IMAGE.digest
    assert storage.authorizations == [""] * len(IMAGE.blobs), "the configuration is looked at first, and read once"


def test_an_upload_to_another_host_goes_there_without_the_login(lab: Lab, run: Run) -> None:
    storage = BlobStorage()
    elsewhere = Signpost(storage, lambda location: location.replace(ARTIFACTORY_HOST, STORAGE_HOST))
    registry = Registry("Artifactory", ARTIFACTORY_HOST, Login("ci", ARTIFACTORY_PASSWORD), RealClock())
    layer = IMAGE.blobs[1]
    blob = StoredBlob(layer.digest, len(layer.content))

    with lab.gateway.detour(f"{ARTIFACTORY_HOST}|{STORAGE_HOST}", lab.artifactory.registry.port, elsewhere):
        moved = registry.push_blob(
            "docker-native-local/orders",
            blob,
            lambda: BlobStream(Source(io.BytesIO(layer.content).read, lambda: None), blob),
        )

    assert moved == blob.size
    assert registry.has_blob("docker-native-local/orders", blob)
    assert storage.authorizations == ["", ""], "the content, and its end"


def test_an_upload_to_another_host_without_tls_is_refused(
    lab: Lab, run: Run, built: Callable[[Image], None], clock: Clock
) -> None:
    built(IMAGE)
    elsewhere = Signpost(lab.ecr, lambda location: location.replace("https://", "http://").replace(ECR, STORAGE_HOST))

    with lab.gateway.detour(ECR_HOST.pattern, lab.ecr.registry.port, elsewhere):
        done = run("retag-push-ecr", clock=clock)

    assert done.code == 14, done.log
    assert f"it sends us to http://{STORAGE_HOST}, and no image goes anywhere without TLS" in done.log
    assert [request for request in lab.gateway.requests if request.host == STORAGE_HOST] == []


def test_a_registry_that_takes_the_login_itself_gets_it_at_once(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    registry = Registry("Artifactory", ARTIFACTORY_HOST, Login("ci", ARTIFACTORY_PASSWORD), RealClock())

    found = [registry.digest(f"docker-native-local/{name}", "1.4.0") for name in ("orders", "invoices", "reports")]

    assert found == [None, None, None]
    assert [request.status for request in lab.gateway.requests] == [404, 404, 404]


@pytest.mark.parametrize("gives_tokens", [False, True])
def test_a_password_that_has_ended_is_not_tried_for_every_image(
    lab: Lab, run: Run, service: Service, gives_tokens: bool
) -> None:
    for number in range(20):
        service.has(f"p{number}", "1.0.0", lambda_name=f"p{number}")
    login = base64.b64encode(b"ci:has-ended").decode()
    ended = json.dumps({"auths": {ARTIFACTORY_HOST: {"auth": login}}})
    door = lab.gateway.detour(ARTIFACTORY_HOST, lab.artifactory.registry.port, TokenDoor())

    with door if gives_tokens else nullcontext():
        done = run("retag-push-ecr", DOCKER_AUTH_CONFIG=ended)

    assert done.code == 10, done.log
    assert "The user or password for artifactory.example.com is wrong or expired" in done.log
    tries = [each.status for each in lab.gateway.requests if each.host == ARTIFACTORY_HOST]
    assert tries == [401, 401], "Artifactory locks out a user who tries too often"


def test_a_registry_that_gives_tokens_is_asked_for_one(lab: Lab, run: Run, built: Callable[[Image], None]) -> None:
    built(IMAGE)
    door = TokenDoor()

    with lab.gateway.detour(ARTIFACTORY_HOST, lab.artifactory.registry.port, door):
        done = run("retag-push-ecr")

    assert done.code == 0, done.log
    assert in_ecr(lab) == IMAGE.digest
    assert door.scopes == [
        "service=artifactory.example.com&scope=repository%3Adocker-native-local%2Forders%3Apull%2Cpush"
    ]


def test_a_token_that_ends_on_the_way_is_replaced(lab: Lab, run: Run, built: Callable[[Image], None]) -> None:
    built(IMAGE)
    door = TokenDoor(uses=2)

    with lab.gateway.detour(ARTIFACTORY_HOST, lab.artifactory.registry.port, door):
        done = run("retag-push-ecr")

    assert done.code == 0, done.log
    assert in_ecr(lab) == IMAGE.digest
    assert len(door.scopes) > 1


def test_a_busy_giver_of_tokens_is_waited_for(lab: Lab, run: Run, built: Callable[[Image], None], clock: Clock) -> None:
    built(IMAGE)
    lab.gateway.fault(Status(503), path="/v2/token", times=2)

    with lab.gateway.detour(ARTIFACTORY_HOST, lab.artifactory.registry.port, TokenDoor()):
        done = run("retag-push-ecr", clock=clock)

    assert done.code == 0, done.log
    assert in_ecr(lab) == IMAGE.digest


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (
            Status(200, b"<html>Sign in</html>"),
            75,
            "the answer is not a registry's: perhaps a proxy, a login page or a maintenance page",
        ),
        (
            Status(200, b'{"no": "token"}'),
            75,
            "the answer is not a registry's: perhaps a proxy, a login page or a maintenance page",
        ),
        (Status(401, b'{"errors": [{"status": 401, "message": "Bad"}]}'), 10, "is wrong or expired"),
    ],
)
def test_what_is_no_token_is_told(
    lab: Lab, run: Run, built: Callable[[Image], None], clock: Clock, answer: Status, code: int, words: str
) -> None:
    built(IMAGE)
    lab.gateway.fault(answer, path="/v2/token", times=100)

    with lab.gateway.detour(ARTIFACTORY_HOST, lab.artifactory.registry.port, TokenDoor()):
        done = run("retag-push-ecr", clock=clock)

    assert done.code == code, done.log
    assert words in done.log


def test_the_password_goes_to_no_giver_of_tokens_without_tls(
    lab: Lab, run: Run, built: Callable[[Image], None]
) -> None:
    built(IMAGE)
    door = TokenDoor(realm=f"http://{ARTIFACTORY_HOST}/v2/token")

    with lab.gateway.detour(ARTIFACTORY_HOST, lab.artifactory.registry.port, door):
        done = run("retag-push-ecr")

    assert done.code == 14, done.log
    assert "it sends us to http://artifactory.example.com/v2/token" in done.log
    assert door.scopes == []


def test_a_list_of_tags_is_read_to_its_last_page(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    tags = [f"orders-1.{number}.0" for number in range(7)]
    for tag in tags:
        lab.ecr.push(IMAGE, "lambda-images", tag)
    registry = Registry("ECR", ECR, Login("AWS", "111122223333-auth-token"), RealClock())

    with lab.gateway.detour(ECR_HOST.pattern, lab.ecr.registry.port, Pages(lab.ecr, 3)):
        found = registry.tags("lambda-images")

    assert sorted(found) == tags
    assert [each.status for each in lab.gateway.requests if each.path.endswith("/tags/list")].count(200) == 3


def test_an_ecr_token_that_ends_on_the_way_is_replaced(
    lab: Lab, run: Run, built: Callable[[Image], None], clock: Clock
) -> None:
    built(IMAGE)
    lab.gateway.fault(
        Status(401, b"", {"WWW-Authenticate": 'Basic realm="ecr"'}), method="POST", host=r"\.dkr\.ecr\.", path="uploads"
    )

    done = run("retag-push-ecr", clock=clock)

    assert done.code == 0, done.log
    assert in_ecr(lab) == IMAGE.digest
    asked = [each for each in lab.gateway.requests if each.target.endswith(".GetAuthorizationToken")]
    assert len(asked) == 2


def test_an_ecr_that_throttles_by_a_400_is_waited_for(
    lab: Lab, run: Run, built: Callable[[Image], None], clock: Clock
) -> None:
    built(IMAGE)
    limit = b'{"__type": "LimitExceededException", "message": "The operation did not succeed: a limit was reached."}'
    lab.gateway.fault(
        Status(400, limit, {"x-amzn-ErrorType": "LimitExceededException"}), target="GetAuthorizationToken", times=3
    )

    done = run("retag-push-ecr", clock=clock)

    assert done.code == 0, done.log
    assert in_ecr(lab) == IMAGE.digest
    assert len(clock.waits) == 3


@pytest.mark.parametrize(
    "worded",
    [
        lambda location: location,
        lambda location: urlsplit(location)._replace(scheme="", netloc="").geturl(),
        lambda location: urlsplit(location)._replace(scheme="http").geturl(),
    ],
    ids=["absolute", "relative", "without TLS"],
)
def test_an_upload_goes_where_the_registry_says_and_never_without_tls(
    lab: Lab, run: Run, built: Callable[[Image], None], worded: Callable[[str], str]
) -> None:
    built(IMAGE)
    signpost = Signpost(lab.ecr, worded)

    with lab.gateway.detour(ECR_HOST.pattern, lab.ecr.registry.port, signpost):
        done = run("retag-push-ecr")

    assert done.code == 0, done.log
    assert in_ecr(lab) == IMAGE.digest
    assert signpost.schemes == {"https"}


def test_an_upload_that_breaks_in_the_middle_starts_anew(
    lab: Lab, run: Run, built: Callable[[Image], None], clock: Clock
) -> None:
    built(IMAGE)
    lab.gateway.fault(Status(500), method="PATCH", host=r"\.dkr\.ecr\.", times=2)

    done = run("retag-push-ecr", clock=clock)

    assert done.code == 0, done.log
    assert in_ecr(lab) == IMAGE.digest
    begun = [each for each in lab.gateway.writes(r"\.dkr\.ecr\.") if each.method == "POST"]
    assert len(begun) == len(IMAGE.blobs) + 2, "each broken upload is left alone, and another one is begun"


def test_a_yes_to_a_manifest_is_not_believed_without_the_tag(
    lab: Lab, run: Run, built: Callable[[Image], None]
) -> None:
    built(IMAGE)
    lab.gateway.fault(Status(200, b"<html>welcome</html>"), method="PUT", path="manifests")

    done = run("retag-push-ecr")

    assert done.code == 14, done.log
    assert f"it has no such tag, we sent {IMAGE.digest}" in done.log


def test_a_manifest_whose_bytes_are_others_than_its_digest_says_is_not_copied(
    lab: Lab, run: Run, built: Callable[[Image], None]
) -> None:
    built(IMAGE)
    other = rewritten(IMAGE, annotations={"changed": "on the way"})
    stated = {"Content-Type": IMAGE.media_type, "Docker-Content-Digest": IMAGE.digest}
    lab.gateway.fault(Status(200, other.manifest, stated), method="GET", host="artifactory", path="manifests")

    done = run("retag-push-ecr")

    assert done.code == 14, done.log
    assert f"got {other.digest}, wanted {IMAGE.digest}" in done.log
    assert uploads(lab) == 0


def test_an_immutable_tag_that_somebody_took_meanwhile_is_a_conflict(
    lab: Lab, run: Run, built: Callable[[Image], None]
) -> None:
    built(IMAGE)
    other = make_image("other")
    lab.ecr.push(other, "lambda-images", TAG)
    lab.gateway.fault(Status(404), method="HEAD", host=r"\.dkr\.ecr\.", path=f"manifests/{TAG}")

    done = run("retag-push-ecr")

    assert done.code == 13, done.log
    assert "to do:     The tag is taken and immutable: a version is released once. Release a new version." in done.log
    assert in_ecr(lab) == other.digest


def test_a_blob_that_the_registry_only_said_to_have_is_sent(lab: Lab, run: Run, built: Callable[[Image], None]) -> None:
    built(IMAGE)
    lab.gateway.fault(Status(200), method="HEAD", host=r"\.dkr\.ecr\.", path=IMAGE.blobs[1].digest)

    done = run("retag-push-ecr")

    assert done.code == 0, done.log
    assert in_ecr(lab) == IMAGE.digest


def test_blobs_that_the_registry_does_not_see_twice_are_worth_another_run(
    lab: Lab, run: Run, built: Callable[[Image], None]
) -> None:
    built(IMAGE)
    missing = b'{"errors": [{"code": "MANIFEST_BLOB_UNKNOWN", "message": "blob unknown to registry"}]}'
    lab.gateway.fault(Status(400, missing), method="PUT", path="manifests", times=2)

    done = run("retag-push-ecr")

    assert done.code == 75, done.log
    assert "400 MANIFEST_BLOB_UNKNOWN blob unknown to registry" in done.log
    assert uploads(lab) == len(IMAGE.blobs), "what is there is not sent again"


def test_a_layer_that_comes_twice_is_sent_once(lab: Lab, run: Run, built: Callable[[Image], None]) -> None:
    layer = json.loads(IMAGE.manifest)["layers"][0]
    image = rewritten(IMAGE, layers=[layer, layer])
    built(image)

    done = run("retag-push-ecr")

    assert done.code == 0, done.log
    assert in_ecr(lab) == image.digest
    assert uploads(lab) == 2, "one layer, one configuration"


def test_a_manifest_that_does_not_say_what_it_is_goes_through_byte_for_byte(
    lab: Lab, run: Run, built: Callable[[Image], None]
) -> None:
    image = rewritten(IMAGE, mediaType=None)
    built(image)

    done = run("retag-push-ecr")

    assert done.code == 0, done.log
    assert in_ecr(lab) == image.digest


def test_a_manifest_that_ecr_does_not_take_since_it_does_not_say_what_it_is_gets_its_tag_by_the_api(
    lab: Lab, run: Run, built: Callable[[Image], None]
) -> None:
    image = rewritten(IMAGE, mediaType=None)
    built(image)
    refusal = b'{"errors": [{"code": "UNSUPPORTED", "message": "Invalid JSON syntax"}]}'
    lab.gateway.fault(Status(405, refusal), method="PUT", host=r"\.dkr\.ecr\.", path="manifests", times=99)

    done = run("retag-push-ecr")

    assert done.code == 0, done.log
    assert in_ecr(lab) == image.digest


@pytest.mark.parametrize("form", ["oci", "docker"])
def test_both_forms_of_images_are_copied(lab: Lab, run: Run, built: Callable[[Image], None], form: str) -> None:
    image = make_image("orders", format=form)  # type: ignore[arg-type]
    built(image)

    done = run("retag-push-ecr")

    assert done.code == 0, done.log
    assert in_ecr(lab) == image.digest


def test_an_image_of_docker_schema_1_is_refused(lab: Lab, run: Run, built: Callable[[Image], None]) -> None:
    built(IMAGE)
    old = {"Content-Type": "application/vnd.docker.distribution.manifest.v1+prettyjws"}
    lab.gateway.fault(Status(200, b'{"schemaVersion": 1}', old), method="GET", path="manifests")

    done = run("retag-push-ecr")

    assert done.code == 14, done.log
    assert f"neither an image nor an index but {old['Content-Type']}" in done.log
    assert uploads(lab) == 0


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (
            with_layer("application/vnd.oci.image.layer.v1.tar+zstd"),
            "compression=gzip,force-compression=true",
        ),
        (
            with_layer("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
            "Build from a base image that has all of its layers in the registry",
        ),
        (
            rewritten(
                IMAGE,
                config={**IMAGE.blobs[0].descriptor, "mediaType": "application/vnd.cncf.helm.config.v1+json"},
            ),
            "its configuration is application/vnd.cncf.helm.config.v1+json",
        ),
    ],
    ids=["zstd", "foreign", "chart"],
)
def test_what_lambda_does_not_take_is_refused_before_anything_is_copied(
    lab: Lab, run: Run, built: Callable[[Image], None], image: Image, words: str
) -> None:
    built(image)

    done = run("retag-push-ecr")

    assert done.code == 14, done.log
    assert words in done.log
    assert uploads(lab) == 0


def test_the_image_in_an_index_is_looked_at_too(lab: Lab, run: Run, built: Callable[[Image], None]) -> None:
    built(make_index([with_layer("application/vnd.oci.image.layer.v1.tar+zstd")]))

    done = run("retag-push-ecr")

    assert done.code == 14, done.log
    assert "has layers that Lambda does not take" in done.error
    assert uploads(lab) == 0


def test_an_image_for_windows_is_refused(lab: Lab, run: Run, built: Callable[[Image], None]) -> None:
    config = Blob.of(MEDIA_TYPES["oci"][1], as_json({**json.loads(IMAGE.blobs[0].content), "os": "windows"}))
    manifest = {**json.loads(IMAGE.manifest), "config": config.descriptor}
    built(Image(IMAGE.media_type, as_json(manifest), "amd64", (config, *IMAGE.blobs[1:])))

    done = run("retag-push-ecr")

    assert done.code == 14, done.log
    assert "is built for windows, functions run on linux" in done.error


def test_an_index_without_an_image_for_the_function_is_refused_with_what_it_has(
    lab: Lab, run: Run, built: Callable[[Image], None]
) -> None:
    built(make_index([make_image("a", architecture="arm64"), make_image("b", architecture="ppc64le")]))

    done = run("retag-push-ecr")

    assert done.code == 14, done.log
    assert "has no image for linux/amd64" in done.error
    assert "  came back: it holds linux/arm64, linux/ppc64le" in done.log.splitlines(), "an attestation is no image"
    assert uploads(lab) == 0


@pytest.mark.parametrize("mounts", [True, False], ids=["where the registry mounts", "where it does not"])
def test_a_layer_that_another_repository_got_is_mounted_from_there(
    lab: Lab, run: Run, service: Service, mounts: bool
) -> None:
    layer = json.loads(IMAGE.manifest)["layers"]
    other = rewritten(IMAGE, layers=layer, annotations={"project": "billing"})
    for project, image in (("billing", other), ("orders", IMAGE)):
        lab.artifactory.push(image, f"docker-native-local/{project}", "1.0.0")
        service.has(project, "1.0.0", lambda_name=project)
        lab.ecr.create_repository(f"lambda/{project}")
    lab.ecr.blob_mounting = mounts

    done = run("retag-push-ecr", CIGEN_ECR_REPOSITORY="lambda/{project}")

    assert done.code == 0, done.log
    assert lab.ecr.digest("lambda/billing", "billing-1.0.0") == other.digest
    assert lab.ecr.digest("lambda/orders", "orders-1.0.0") == IMAGE.digest
    assert uploads(lab) == len(IMAGE.blobs) * (1 if mounts else 2)


def test_images_that_share_a_layer_and_are_copied_at_once_send_it_once(lab: Lab, run: Run, service: Service) -> None:
    layers = json.loads(IMAGE.manifest)["layers"]
    images = [rewritten(IMAGE, layers=layers, annotations={"number": str(number)}) for number in range(6)]
    for number, image in enumerate(images):
        lab.artifactory.push(image, f"docker-native-local/p{number}", "1.0.0")
        service.has(f"p{number}", "1.0.0", lambda_name=f"p{number}")

    done = run("retag-push-ecr")

    assert done.code == 0, done.log
    assert [lab.ecr.digest("lambda-images", f"p{number}-1.0.0") for number in range(6)] == [i.digest for i in images]
    assert uploads(lab) == len(IMAGE.blobs)


def test_after_a_copy_that_fails_no_other_begins_and_what_was_copied_is_recorded(
    lab: Lab, run: Run, service: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "PARALLEL", 1)
    for number in range(3):
        image = make_image(f"image {number}")
        lab.artifactory.push(image, f"docker-native-local/p{number}", "1.0.0")
        service.has(f"p{number}", "1.0.0", lambda_name=f"p{number}")
    lab.gateway.fault(Status(503), method="PUT", path="/manifests/p1-1.0.0", times=1000)

    done = run("retag-push-ecr", clock=clock)

    assert done.code == 75, done.log
    assert lab.ecr.tags("lambda-images") == ["p0-1.0.0"]
    (result,) = (json.loads(path.read_text()) for path in service.folder.glob("cigen-out/results/*.json"))
    assert [change["name"] for change in result["changed"]] == [f"{ECR}/lambda-images:p0-1.0.0"]


def test_a_dry_run_only_reads(lab: Lab, run: Run, built: Callable[[Image], None]) -> None:
    built(IMAGE)

    done = run("retag-push-ecr", "--dry-run")

    assert done.code == 0, done.log
    to_registries = {each.method for each in lab.gateway.requests if each.host in {ECR, ARTIFACTORY_HOST}}
    assert to_registries == {"GET", "HEAD"}


def test_a_certificate_that_nobody_vouches_for_is_told_with_what_to_set(
    run: Run, built: Callable[[Image], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    built(IMAGE)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name)

    done = run("retag-push-ecr")

    assert done.code == 2, done.log
    assert "certificate verify failed" in done.log
    assert "REQUESTS_CA_BUNDLE" in done.log


@pytest.mark.parametrize("bundle", ["nowhere.pem", "README.md"])
def test_authorities_that_cannot_be_read_are_told_before_anything_is_sent(
    run: Run,
    lab: Lab,
    service: Service,
    built: Callable[[Image], None],
    monkeypatch: pytest.MonkeyPatch,
    bundle: str,
) -> None:
    built(IMAGE)
    lab.gateway.clear()
    (service.folder / "README.md").write_text("no certificate\n")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(service.folder / bundle))

    done = run("retag-push-ecr")

    assert done.code == 2, done.log
    assert f"error: read which certificate authorities to trust from {service.folder / bundle}" in done.log
    assert "Let REQUESTS_CA_BUNDLE name a file of certificates in PEM form, or unset it." in done.log
    assert not lab.gateway.requests


def test_a_large_layer_takes_no_more_memory_than_a_small_one(
    lab: Lab, run: Run, built: Callable[[Image], None], service: Service
) -> None:
    needed = []
    for megabytes in (1, 96):
        built(make_image(f"of {megabytes} MB", layer_size=megabytes * MEBIBYTE))
        environment = {**STAGING_EU, **lab.environment, **lab.job_variables, "PATH": "/usr/bin:/bin"}
        command = [sys.executable, "-c", IN_A_PROCESS, f"CIGEN_ECR_REPOSITORY=of-{megabytes}"]
        lab.ecr.create_repository(f"of-{megabytes}")
        done = subprocess.run(command, cwd=service.folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        needed.append(int(Path(service.folder / "memory").read_text()))

    assert needed[1] - needed[0] < 24 * 1024, "kilobytes"


IN_A_PROCESS = """
import os, re, sys
from pathlib import Path
from cigen_runtime.cli import main
name, _, value = sys.argv[1].partition("=")
code = main(["retag-push-ecr"], {**os.environ, name: value}, Path.cwd(), sys.stdout)
Path("memory").write_text(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
sys.exit(code)
"""
