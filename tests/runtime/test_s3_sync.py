"""`cigen-runtime s3-sync`: the bucket has what the service repo has, and nothing of anybody else's is touched."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping

import pytest

from cigen_runtime.services.s3 import Bucket
from cigen_runtime.services.s3_object import Stored
from lab import Delay, DropAfterCommit, DropBeforeRead, Lab, Status
from runtime.configs import BUCKET, VARIABLES, Configs
from runtime.conftest import Clock, Done

HOST = rf"^{BUCKET}\.s3\."
MANIFEST = ".cigen-manifest.json"
Prepared = Callable[..., None]
A, B = "configs/base/a.yml", "configs/base/b.json"


@pytest.fixture
def prepared(lab: Lab, configs: Configs) -> Prepared:
    """Commits files, finds versions, merges: all that comes before the sync."""
    lab.aws.create_bucket(BUCKET)

    def prepared(files: Mapping[str, str], *, gone: tuple[str, ...] = (), wish: str = "") -> None:
        for path in gone:
            configs.remove(path)
        configs.commit(files)
        assert configs.run("find-versions", S3_CONFIG_VERSIONS_JSON=wish).code == 0
        assert configs.run("merge-configs").code == 0
        lab.gateway.clear()

    return prepared


def writes(lab: Lab) -> list[tuple[str, str]]:
    return [(request.method, request.path.lstrip("/")) for request in lab.gateway.writes(HOST)]


def in_bucket(lab: Lab, bucket: str = BUCKET) -> dict[str, str]:
    return {key: body.decode() for key, body in lab.aws.objects(bucket).items() if not key.endswith(MANIFEST)}


def outcomes(configs: Configs) -> dict[str, str]:
    result = json.loads(configs.path("s3-sync-result.json").read_text())
    return {name: entry["outcome"] for name, entry in result["objects"].items()}


def manifest(lab: Lab) -> dict[str, str]:
    document = json.loads(lab.aws.objects(BUCKET)[MANIFEST])
    return {name: entry["config"] for name, entry in document["files"].items()}


def test_files_go_to_the_bucket_of_the_environment_and_region_with_what_they_are(
    lab: Lab, configs: Configs, prepared: Prepared
) -> None:
    names = {"a.yml": "application/yaml", "b.json": "application/json", "d/ü +x.txt": "text/plain; charset=utf-8"}
    names["empty"] = "application/octet-stream"
    texts = {"a.yml": "a: 1\n", "b.json": "{}", "d/ü +x.txt": "x", "empty": ""}
    prepared({f"configs/base/{name}": texts[name] for name in names})

    done = configs.run("s3-sync")

    assert done.code == 0, done.log
    assert in_bucket(lab) == texts
    s3 = lab.aws.client("s3")
    for name, content_type in names.items():
        head = s3.head_object(Bucket=BUCKET, Key=name, ChecksumMode="ENABLED")
        assert head["ContentType"] == content_type
        assert head["ChecksumSHA256"]
    assert all(f"{name}: added" in done.log for name in names)


def test_what_was_done_is_recorded_for_the_person_and_in_the_bucket(
    lab: Lab, configs: Configs, prepared: Prepared
) -> None:
    lab.aws.client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    old = lab.aws.client("s3").put_object(Bucket=BUCKET, Key="a.yml", Body=b"a: 0\n")
    prepared({A: "a: 1\n"})

    configs.run("s3-sync")

    head = configs.git("rev-parse", "HEAD").strip()
    pin = {"version": None, "commit": head, "source": "checkout"}
    sha256 = hashlib.sha256(b"a: 1\n").hexdigest()
    assert json.loads(configs.path("s3-sync-result.json").read_text()) == {
        "schema": 1,
        "environment": "staging",
        "region": "eu",
        "bucket": BUCKET,
        "prefix": "",
        "configs": {"*": pin},
        "objects": {
            "a.yml": {
                "config": "*",
                "outcome": "changed",
                "before": hashlib.sha256(b"a: 0\n").hexdigest(),
                "before_version_id": old["VersionId"],
                "sha256": sha256,
                "reason": "",
            }
        },
    }
    assert json.loads(lab.aws.objects(BUCKET)[MANIFEST]) == {
        "schema": 1,
        "configs": {"*": pin},
        "files": {"a.yml": {"config": "*", "sha256": sha256}},
    }


def test_a_second_run_writes_nothing(lab: Lab, configs: Configs, prepared: Prepared) -> None:
    prepared({A: "a: 1\n", B: "{}"})
    configs.run("s3-sync")
    lab.gateway.clear()

    done = configs.run("s3-sync")

    assert done.code == 0, done.log
    assert writes(lab) == []
    assert outcomes(configs) == {"a.yml": "unchanged", "b.json": "unchanged"}


def test_only_what_differs_is_uploaded_also_when_it_has_the_same_size(
    lab: Lab, configs: Configs, prepared: Prepared
) -> None:
    prepared({A: "a: 1\n", B: "{}"})
    configs.run("s3-sync")
    prepared({A: "a: 2\n"})

    configs.run("s3-sync")

    assert writes(lab) == [("PUT", "a.yml"), ("PUT", MANIFEST)]
    assert in_bucket(lab) == {"a.yml": "a: 2\n", "b.json": "{}"}


def test_an_equal_object_that_somebody_uploaded_by_hand_is_left_as_it_is(
    lab: Lab, configs: Configs, prepared: Prepared
) -> None:
    s3 = lab.aws.client("s3")
    s3.put_object(Bucket=BUCKET, Key="a.yml", Body=b"a: 1\n", ContentType="application/yaml")
    s3.put_object(Bucket=BUCKET, Key="b.json", Body=b"{}", ContentType="binary/octet-stream")
    prepared({A: "a: 1\n", B: "{}"})

    configs.run("s3-sync")

    assert outcomes(configs) == {"a.yml": "unchanged", "b.json": "changed"}
    assert s3.head_object(Bucket=BUCKET, Key="b.json")["ContentType"] == "application/json"


def test_keys_begin_with_the_prefix(lab: Lab, configs: Configs, prepared: Prepared) -> None:
    lab.aws.client("s3").put_object(Bucket=BUCKET, Key="a.yml", Body=b"not ours")
    prepared({A: "a: 1\n"})

    done = configs.run("s3-sync", CIGEN_CONFIG_PREFIX="orders/")

    assert done.code == 0, done.log
    assert in_bucket(lab) == {"a.yml": "not ours", "orders/a.yml": "a: 1\n"}
    assert f"orders/{MANIFEST}" in lab.aws.objects(BUCKET)


def test_a_dry_run_shows_which_keys_would_change_and_no_value(lab: Lab, configs: Configs, prepared: Prepared) -> None:
    prepared({A: "db: {host: hush-one, old: 1}\nl: [1]\n", B: "{}", "configs/base/c.txt": "one"})
    configs.run("s3-sync")
    prepared(
        {A: "db: {host: hush-two, new: 1}\nl: [1, 2]\n", "configs/base/c.txt": "three", "configs/base/d.yml": "d: 1\n"},
        gone=(B,),
    )

    done = configs.run("s3-sync", "--dry-run", CIGEN_CONFIG_DELETE="true")

    assert done.code == 0, done.log
    assert done.log[done.log.index("file ") :] == (
        "file    config  outcome\n"
        "a.yml   *       would be changed\n"
        "c.txt   *       would be changed\n"
        "d.yml   *       would be added\n"
        "b.json  *       would be deleted\n"
        "a.yml:\n  ~ db.host\n  + db.new\n  - db.old\n  + l[1]\n"
        "c.txt:\n  3 -> 5 bytes\n"
    )
    assert writes(lab) == []


# Deletions


def test_what_the_repo_has_no_longer_stays_unless_deletes_are_wanted(
    lab: Lab, configs: Configs, prepared: Prepared
) -> None:
    prepared({A: "a: 1\n", B: "{}"})
    configs.run("s3-sync")
    prepared({}, gone=(B,))

    kept = configs.run("s3-sync")

    assert (kept.code, writes(lab)) == (0, [("PUT", MANIFEST)])  # the commit is another
    assert "kept: its config is gone; s3.delete is false in cigen.yaml" in kept.log
    lab.gateway.clear()
    assert configs.run("s3-sync", CIGEN_CONFIG_DELETE="true").code == 0
    assert writes(lab) == [("DELETE", "b.json"), ("PUT", MANIFEST)]
    assert (in_bucket(lab), manifest(lab)) == ({"a.yml": "a: 1\n"}, {"a.yml": "*"})
    lab.gateway.clear()
    assert configs.run("s3-sync", CIGEN_CONFIG_DELETE="true").code == 0
    assert writes(lab) == []


def test_only_what_a_sync_brought_is_ever_deleted(lab: Lab, configs: Configs, prepared: Prepared) -> None:
    prepared({A: "a: 1\n", B: "{}"})
    configs.run("s3-sync")
    s3 = lab.aws.client("s3")
    s3.put_object(Bucket=BUCKET, Key="people.txt", Body=b"theirs")
    s3.put_object(Bucket=BUCKET, Key="b.json", Body=b"changed by hand")
    prepared({}, gone=(B,))

    done = configs.run("s3-sync", CIGEN_CONFIG_DELETE="true")

    assert done.code == 0, done.log
    assert in_bucket(lab) == {"a.yml": "a: 1\n", "people.txt": "theirs", "b.json": "changed by hand"}
    assert "kept: somebody else changed it since a sync brought it" in done.log
    assert "1 other objects are not from a sync and stay as they are" in done.log


def test_many_deletions_at_once_need_somebodys_word(lab: Lab, configs: Configs, prepared: Prepared) -> None:
    many = tuple(f"configs/base/{number}.yml" for number in range(4))
    prepared({A: "a: 1\n", **dict.fromkeys(many, "x: 1\n")})
    configs.run("s3-sync")
    prepared({A: "a: 2\n"}, gone=many)

    refused = configs.run("s3-sync", CIGEN_CONFIG_DELETE="true")

    assert refused.code == 13
    assert refused.error == ("error: 4 of the 5 objects that syncs brought would be deleted, so nothing was (conflict)")
    assert "run the pipeline with ALLOW_CONFIG_DELETES=true" in refused.log
    assert writes(lab) == []
    assert configs.run("s3-sync", "--dry-run", CIGEN_CONFIG_DELETE="true").code == 13
    assert configs.run("s3-sync", CIGEN_CONFIG_DELETE="true", ALLOW_CONFIG_DELETES="true").code == 0
    assert in_bucket(lab) == {"a.yml": "a: 2\n"}


def test_three_deletions_need_nobodys_word(lab: Lab, configs: Configs, prepared: Prepared) -> None:
    three = tuple(f"configs/base/{number}.yml" for number in range(3))
    prepared({A: "a: 1\n", **dict.fromkeys(three, "x: 1\n")})
    configs.run("s3-sync")
    prepared({}, gone=three)

    assert configs.run("s3-sync", CIGEN_CONFIG_DELETE="true").code == 0
    assert in_bucket(lab) == {"a.yml": "a: 1\n"}


def test_a_wish_for_one_config_touches_no_other(lab: Lab, configs: Configs, prepared: Prepared) -> None:
    configs.has("orders-api", "invoices")
    orders, invoices = "configs/base/orders-api/o.yml", "configs/base/invoices/i.yml"
    prepared({orders: "o: 1\n", "configs/base/orders-api/old.yml": "o: 1\n", invoices: "i: 1\n"})
    configs.run("s3-sync")
    prepared({orders: "o: 2\n"}, gone=("configs/base/orders-api/old.yml", invoices))
    configs.git("tag", "orders-api-v1.4.0")
    prepared({orders: "o: 3\n"}, wish='{"orders-api": "1.4.0"}')

    done = configs.run("s3-sync", CIGEN_CONFIG_DELETE="true")

    assert done.code == 0, done.log
    assert in_bucket(lab) == {"orders-api/o.yml": "o: 2\n", "invoices/i.yml": "i: 1\n"}
    assert json.loads(lab.aws.objects(BUCKET)[MANIFEST])["configs"]["orders-api"]["version"] == "1.4.0"
    assert manifest(lab) == {"orders-api/o.yml": "orders-api", "invoices/i.yml": "invoices"}


# Faults

SLOW = Status(503, b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>")
EXPIRED = Status(400, b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>")
DENIED = Status(403, b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
FAILED_CONDITION = Status(412, b"<Error><Code>PreconditionFailed</Code><Message>No.</Message></Error>")


@pytest.mark.parametrize("path", ["a.yml", MANIFEST], ids=["object", "manifest"])
@pytest.mark.parametrize("fault", [SLOW, DropBeforeRead(), DropAfterCommit(), FAILED_CONDITION, Status(500)], ids=str)
def test_a_sync_survives_one_fault(lab: Lab, configs: Configs, prepared: Prepared, fault: object, path: str) -> None:
    prepared({A: "a: 1\n", B: "{}"})
    lab.gateway.fault(method="PUT", host=HOST, path=path, action=fault)

    done = configs.run("s3-sync")

    assert done.code == 0, done.log
    assert (in_bucket(lab), manifest(lab)) == ({"a.yml": "a: 1\n", "b.json": "{}"}, {"a.yml": "*", "b.json": "*"})
    assert len(writes(lab)) == (3 if fault == DropAfterCommit() else 4)
    assert outcomes(configs) == {"a.yml": "added", "b.json": "added"}


def test_a_store_that_stays_busy_leaves_a_sync_that_a_second_run_completes(
    lab: Lab, configs: Configs, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cigen_runtime.commands.s3_sync.PARALLEL", 1)
    prepared({A: "a: 1\n", B: "{}", "configs/base/c.yml": "c: 1\n"})
    lab.gateway.fault(method="PUT", host=HOST, path="b.json", times=5, action=SLOW)

    done = configs.run("s3-sync")

    assert done.code == 20, done.log
    assert done.error == "error: 1 objects are synced, 1 failed (partly done)"
    assert outcomes(configs) == {"a.yml": "added", "b.json": "failed", "c.yml": "not started"}
    assert (in_bucket(lab), manifest(lab)) == ({"a.yml": "a: 1\n"}, {"a.yml": "*"})
    assert configs.run("s3-sync").code == 0
    assert outcomes(configs) == {"a.yml": "unchanged", "b.json": "added", "c.yml": "added"}


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (EXPIRED, 10, "ExpiredToken: The provided token has expired."),
        (DENIED, 11, f"s3:PutObject and s3:DeleteObject on {BUCKET}/*"),
    ],
    ids=["expired token", "denied"],
)
def test_a_refusal_has_its_own_remedy_and_uploads_go_before_deletions(
    lab: Lab, configs: Configs, prepared: Prepared, fault: Status, code: int, words: str
) -> None:
    prepared({A: "a: 1\n", B: "{}"})
    configs.run("s3-sync")
    prepared({A: "a: 2\n"}, gone=(B,))
    lab.gateway.fault(method="PUT", host=HOST, times=9, path="a.yml", action=fault)

    done = configs.run("s3-sync", CIGEN_CONFIG_DELETE="true")

    assert done.code == code, done.log
    assert words in done.log
    assert outcomes(configs) == {"a.yml": "failed", "b.json": "not started"}
    assert in_bucket(lab) == {"a.yml": "a: 1\n", "b.json": "{}"}


def test_credentials_that_end_in_the_middle_leave_a_sync_that_a_second_run_completes(
    lab: Lab, configs: Configs, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cigen_runtime.commands.s3_sync.PARALLEL", 1)
    prepared({A: "a: 1\n", B: "{}"})
    lab.gateway.fault(method="PUT", host=HOST, times=4, path="b.json|manifest", action=EXPIRED)

    done = configs.run("s3-sync")

    assert (done.code, done.error) == (20, "error: 1 objects are synced, 1 failed (partly done)")
    assert "the manifest is as it was: wrote" in done.log
    assert outcomes(configs) == {"a.yml": "added", "b.json": "failed"}
    assert configs.run("s3-sync").code == 0
    assert (in_bucket(lab), manifest(lab)) == ({"a.yml": "a: 1\n", "b.json": "{}"}, {"a.yml": "*", "b.json": "*"})


def test_what_somebody_else_writes_meanwhile_is_a_conflict(lab: Lab, configs: Configs, prepared: Prepared) -> None:
    prepared({A: "a: 1\n"})
    s3 = lab.aws.client("s3")
    lab.gateway.fault(method="PUT", host=HOST, path="a.yml", action=Delay(0.5))

    def write() -> None:
        while not any(request.method == "GET" for request in lab.gateway.requests if BUCKET in request.host):
            time.sleep(0.01)
        time.sleep(0.2)
        s3.put_object(Bucket=BUCKET, Key="a.yml", Body=b"theirs")

    other = threading.Thread(target=write)
    other.start()
    done = configs.run("s3-sync")
    other.join()

    assert (done.code, done.error) == (13, f"error: wrote s3://{BUCKET}/a.yml (conflict)")
    assert "came back: somebody else wrote it meanwhile" in done.log
    assert in_bucket(lab) == {"a.yml": "theirs"}


def test_two_syncs_at_once_bring_the_same_and_lose_nothing_of_the_manifest(
    lab: Lab, configs: Configs, prepared: Prepared
) -> None:
    prepared({f"configs/base/{number}.yml": f"a: {number}\n" for number in range(10)})
    ended: list[Done] = []
    threads = [threading.Thread(target=lambda: ended.append(configs.run("s3-sync"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [done.code for done in ended] == [0, 0], ended
    assert in_bucket(lab) == {f"{number}.yml": f"a: {number}\n" for number in range(10)}
    assert len(manifest(lab)) == 10


def test_an_object_that_is_deleted_while_a_sync_looks_at_it_is_no_failure(
    lab: Lab, configs: Configs, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared({A: "a: 1\n", B: "{}"})
    assert configs.run("s3-sync").code == 0
    s3 = lab.aws.client("s3")
    for key, kind, body in (("a.yml", "application/yaml", b"a: 1\n"), ("b.json", "application/json", b"{}")):
        s3.put_object(Bucket=BUCKET, Key=key, Body=body, ContentType=kind)  # without a SHA-256: it must be read
    prepared({}, gone=(B,))
    head = Bucket.head

    def head_and_lose(bucket: Bucket, key: str) -> Stored | None:
        found = head(bucket, key)
        if key in {"a.yml", "b.json"} and found and not found.sha256:
            s3.delete_object(Bucket=BUCKET, Key=key)
        return found

    monkeypatch.setattr(Bucket, "head", head_and_lose)

    done = configs.run("s3-sync")

    assert done.code == 0, done.log
    assert outcomes(configs) == {"a.yml": "added", "b.json": "deleted"}
    assert in_bucket(lab) == {"a.yml": "a: 1\n"}
    assert list(manifest(lab)) == ["a.yml"]


def test_a_sync_killed_in_the_middle_is_completed_by_the_next(lab: Lab, configs: Configs, prepared: Prepared) -> None:
    prepared({f"configs/base/{number:02}.yml": f"a: {number}\n" for number in range(30)})
    lab.gateway.fault(method="PUT", host=HOST, times=30, action=Delay(0.3))
    environment = {**VARIABLES, **lab.job_variables, **lab.environment, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "cigen_runtime", "s3-sync"],
        cwd=configs.folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    while len(writes(lab)) < 9:
        time.sleep(0.02)

    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    time.sleep(0.5)

    done_by_then = len(in_bucket(lab))
    assert 0 < done_by_then < 30
    lab.gateway.clear()
    assert configs.run("s3-sync").code == 0
    assert len(writes(lab)) == 30 - done_by_then + 1
    assert len(manifest(lab)) == len(in_bucket(lab)) == 30


def test_a_cancelled_sync_records_what_it_did(lab: Lab, configs: Configs, prepared: Prepared) -> None:
    prepared({f"configs/base/{number:02}.yml": f"a: {number}\n" for number in range(30)})
    lab.gateway.fault(method="PUT", host=HOST, times=30, action=Delay(0.3))
    environment = {**VARIABLES, **lab.job_variables, **lab.environment, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "cigen_runtime", "s3-sync"],
        cwd=configs.folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    while len(writes(lab)) < 9:
        time.sleep(0.02)

    process.send_signal(signal.SIGTERM)
    log, _ = process.communicate(timeout=60)

    assert process.returncode == 130, log
    recorded = outcomes(configs)
    assert set(recorded.values()) == {"added", "not started"}
    assert set(in_bucket(lab)) == {name for name, outcome in recorded.items() if outcome == "added"}


# Before anything changes


def test_a_missing_bucket_is_named_with_where_its_name_comes_from(
    lab: Lab, configs: Configs, prepared: Prepared
) -> None:
    prepared({A: "a: 1\n"})

    done = configs.run("s3-sync", CIGEN_CONFIG_BUCKET="native-config-stagin-eu")

    assert (done.code, done.error) == (12, "error: there is no bucket native-config-stagin-eu (not found)")
    assert "came back: job staging/eu, account 111122223333" in done.log
    assert "correct its name in cigen.yaml: the environment and the region are part of it" in done.log
    assert "Check in this order, the likeliest first (S3 config sync)" in done.log
    assert not configs.path("s3-sync-result.json").exists()


@pytest.mark.parametrize(
    ("account", "region", "code", "words"),
    [
        ("444455556666", "eu-west-2", 11, "account 111122223333 does not own it"),
        ("111122223333", "us-east-1", 2, "is in us-east-1, the job works in eu-west-2"),
    ],
)
def test_a_bucket_in_the_wrong_hands_or_place_is_refused(
    lab: Lab, configs: Configs, prepared: Prepared, account: str, region: str, code: int, words: str
) -> None:
    prepared({A: "a: 1\n"})
    lab.aws.create_bucket("elsewhere", account=account, region=region)

    done = configs.run("s3-sync", CIGEN_CONFIG_BUCKET="elsewhere")

    assert done.code == code, done.log
    assert words in done.log
    assert lab.aws.objects("elsewhere", account) == {}


def test_files_that_merge_configs_did_not_write_are_not_synced(lab: Lab, configs: Configs, prepared: Prepared) -> None:
    prepared({A: "a: 1\n", B: "{}"})
    folder = configs.path("merged-files")
    (folder / "a.yml").write_text("a: 2\n")
    (folder / "b.json").unlink()
    (folder / "c.yml").write_text("c: 1\n")

    done = configs.run("s3-sync")

    assert done.code == 14
    assert "b.json is not there" in done.log
    assert "c.yml is not from merge-configs" in done.log
    assert "a.yml has another content" in done.log
    assert list(lab.gateway.requests) == []


def test_a_broken_manifest_stops_the_sync_before_anything_changes(
    lab: Lab, configs: Configs, prepared: Prepared
) -> None:
    lab.aws.client("s3").put_object(Bucket=BUCKET, Key=MANIFEST, Body=b'{"files": []}')
    prepared({A: "a: 1\n"})

    done = configs.run("s3-sync")

    assert (done.code, done.error) == (2, f"error: s3://{BUCKET}/{MANIFEST} is not what a sync wrote (wrong input)")
    assert writes(lab) == []


def test_the_manifest_s_name_is_taken(configs: Configs, prepared: Prepared) -> None:
    prepared({f"configs/base/{MANIFEST}": "{}"})

    done = configs.run("s3-sync")

    assert done.code == 14
    assert f"{MANIFEST} is the name of the manifest" in done.log


def test_no_login_is_left_behind(lab: Lab, configs: Configs, prepared: Prepared, clock: Clock) -> None:
    prepared({A: "a: 1\n"})

    configs.run("s3-sync")

    assert list(lab.vault.tokens) == []
    assert clock.waits == []
