"""Any cigen.yaml that a company might write: what is chosen, and the style that it is written in."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from hypothesis import strategies as st

from cigen.config.family import FAMILIES

Draw = Callable[[st.SearchStrategy[Any]], Any]

AWS_REGIONS = ("eu-west-2", "us-east-1", "ap-southeast-2", "sa-east-1", "us-gov-west-1")
SPECIAL_NAMES = ("no", "on", "y", "null", "true", "e", "n-", "staging", "prod", "all", "default", "region", "eu--1")
"""Names of regions that YAML, GitLab or a template might take for something else."""

region_names = st.sampled_from(SPECIAL_NAMES) | st.from_regex(r"[a-z][a-z0-9-]{0,11}", fullmatch=True)
accounts = st.from_regex(r"[0-9]{12}", fullmatch=True)
addresses = st.sampled_from(
    ("https://one.example.com", "http://localhost:8200/v1", "https://x.example.com/#/a?b=c&d=[1]")
)
SIGNS = "abzAZ019_./:-{}[]&*!|>%@`,?~=+()^;é世"
words = st.text(SIGNS.replace("{", "").replace("}", ""), min_size=1, max_size=10)
"""One word of any signs that the model lets pass, those that YAML knows among them."""
phrases = st.text(SIGNS + " #", min_size=1, max_size=14).map(lambda text: f"A{text}z")
images = st.builds("{}:{}".format, st.sampled_from(("registry.example.com/a", "docker.io/lib/a")), st.just("1.2.3"))
repositories = st.sampled_from(("images", "a/{project}"))
patterns = st.sampled_from(("lambda-{environment}", "{region}", "x/{environment}/{region}", "plain", "&{environment}*"))


overrides = st.fixed_dictionaries(
    {},
    optional={
        "account": accounts,
        "vault_role": patterns,
        "bucket": st.just("elsewhere-{environment}-{region}"),
        "ecr_account": accounts,
        "ecr_repository": repositories,
    },
)
families = st.fixed_dictionaries(
    {},
    optional={
        "image": images,
        "tags": st.lists(words, max_size=2, unique=True),
        "timeout": st.sampled_from(("1h 30m", "2 hours", "45 minutes")),
        "variables": st.dictionaries(st.sampled_from(("MINE", "yes", "_")), phrases | words, max_size=2),
        "rules": st.lists(st.just({"if": '$SKIP == "yes"', "when": "never"}), max_size=1),
    },
)


@dataclass(frozen=True, slots=True)
class Style:
    """How a person writes: lists and mappings in lines or in brackets, with comments or without."""

    form: Literal["block", "brackets", "brackets over lines"]
    comments: tuple[str, ...]
    quote: bool
    newline: str

    def key(self, name: str) -> str:
        """A region's name; with quotes where YAML would take it for something else."""
        return json.dumps(name) if self.quote or name in SPECIAL_NAMES else name

    def line(self, text: str, number: int) -> str:
        """A line with the comment that falls to it."""
        comment = self.comments[number % len(self.comments)] if self.comments else ""
        return f"{text}   # {comment}" if comment else text


@st.composite
def configs(draw: Draw) -> str:
    """The text of a cigen.yaml."""
    names = draw(st.lists(region_names, min_size=1, max_size=4, unique=True))
    style = draw(styles())
    parts = draw(sections()) | {"output": "rendered"}
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in parts.items()]
    lines += _mapping(
        "regions", {name: {"aws_region": aws} for name, aws in zip(names, AWS_REGIONS, strict=False)}, style
    )
    staging = draw(st.permutations(names))
    prod = draw(st.none() | st.lists(st.sampled_from(names), min_size=1, max_size=len(names), unique=True))
    lines += [style.line("environments:", 2), *_environment("staging", draw(environments(staging)), staging, style)]
    if prod is not None:
        settings = draw(environments(prod)) | draw(waves(prod))
        lines += _environment("prod", settings, prod, style)
    return style.newline.join([*lines, draw(st.sampled_from(("", "# the end", "\n")))])


@st.composite
def styles(draw: Draw) -> Style:
    comments = draw(st.lists(st.sampled_from(("", "Ours.", "see: [x], {y}", "'quoted\" # twice")), max_size=3))
    form = draw(st.sampled_from(("block", "brackets", "brackets over lines")))
    return Style(form, tuple(comments), draw(st.booleans()), draw(st.sampled_from(("\n", "\r\n"))))


@st.composite
def sections(draw: Draw) -> dict[str, Any]:
    """Everything but regions and environments."""
    optional: dict[str, st.SearchStrategy[Any]] = {
        "jira": st.fixed_dictionaries(
            {"url": addresses, "project": st.just("REL")},
            optional={
                "issue_type": phrases,
                "statuses": st.fixed_dictionaries({}, optional={"pre_prod": phrases, "closed": phrases}),
            },
        ),
        "dashboard": st.fixed_dictionaries({"backend": st.just("http"), "url": addresses})
        | st.fixed_dictionaries(
            {"backend": st.just("s3"), "bucket": words, "account": accounts, "aws_region": st.sampled_from(AWS_REGIONS)}
        ),
        "versioning": st.sampled_from(("semantic", "external")),
        "components": st.booleans(),
        "credentials": st.fixed_dictionaries(
            {"handover": st.just("artifact")}, optional={"lifetime": st.sampled_from((15, 60, 720))}
        ),
    }
    needed: dict[str, st.SearchStrategy[Any]] = {
        "gitlab": st.fixed_dictionaries(
            {
                "url": addresses,
                "project": st.sampled_from(("platform/pipelines", "a.b/c-d/e_f")),
                "version": st.sampled_from(("16.5", "16.11", "17.0", "17.5", "18.3")),
            },
            optional={"release_branches": st.lists(branches, max_size=2, unique=True)},
        ),
        "jobs": st.fixed_dictionaries(
            {"image": images},
            optional={
                "builder_image": images,
                "cigen_image": images,
                "tags": st.lists(words, max_size=3, unique=True),
                "families": st.dictionaries(st.sampled_from(FAMILIES), families, max_size=3),
            },
        ),
        "vault": st.fixed_dictionaries(
            {"address": addresses, "role": patterns, "auth": st.sampled_from(("approle", "jwt"))},
            optional={
                "namespace": words,
                "auth_mount": words,
                "aws_mount": words,
                "auth_role": patterns,
                "role_arn": st.just("arn:aws:iam::{account}:role/{region}-{environment}"),
            },
        ),
        "artifactory": st.fixed_dictionaries(
            {
                "registry": st.sampled_from(("a.example.com/{repository}", "{repository}.a.example.com/x")),
                "repositories": st.just({"build": "docker-local", "rc": "docker-rc", "release": "docker-release"}),
                "url": addresses,
            }
        ),
        "ecr": st.fixed_dictionaries({"account": accounts, "repository": repositories})
        | st.fixed_dictionaries(
            {"per_environment": st.just(True), "repository": st.sampled_from(("images", "{environment}/{project}"))}
        ),
        "s3": st.fixed_dictionaries(
            {"bucket": st.just("config-{environment}-{region}.x")},
            optional={"prefix": st.sampled_from(("a/", "a/{region}/", "&x/!y/")), "delete": st.booleans()},
        ),
    }
    chosen: dict[str, Any] = draw(st.fixed_dictionaries(needed, optional=optional))
    return chosen


branches = words.filter(lambda name: not set(name) & set("~^:?*[") and "/" not in (name[0], name[-1]))


def environments(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """What an environment has beside its regions."""
    return st.fixed_dictionaries(
        {"account": accounts},
        optional={
            "overrides": st.dictionaries(st.sampled_from(names), overrides, min_size=1, max_size=2),
            "tier": st.sampled_from(("production", "staging", "testing", "development", "other")),
            "alias": st.sampled_from(("live", "1st_one", "null")),
            "on_missing": st.sampled_from(("skip", "fail")),
            "on_failure": st.sampled_from(("stop", "rollback")),
        },
    )


@st.composite
def waves(draw: Draw, names: list[str]) -> dict[str, Any]:
    """All regions in one wave, each in its own, or no waves."""
    manual = draw(st.booleans())
    groups = draw(st.sampled_from(([names], [[name] for name in names])))
    shown = [{"regions": group, "manual": True} if manual and index else group for index, group in enumerate(groups)]
    return draw(st.sampled_from(({}, {"waves": shown})))


def _mapping(key: str, entries: dict[str, Any], style: Style) -> list[str]:
    written = [f"{style.key(name)}: {json.dumps(value)}" for name, value in entries.items()]
    if style.form == "block":
        return [style.line(f"{key}:", 0), *(style.line(f"  {line}", number) for number, line in enumerate(written))]
    return _brackets(f"{key}: ", "{}", written, style)


def _environment(name: str, settings: dict[str, Any], regions: list[str], style: Style) -> list[str]:
    lines = [f"  {name}:", *(f"    {key}: {json.dumps(value)}" for key, value in settings.items())]
    if style.form == "block":
        listed = [f"    - {style.key(region)}" for region in regions]
        return [style.line(line, number) for number, line in enumerate([*lines, "    regions:", *listed])]
    return [*lines, *_brackets("    regions: ", "[]", [style.key(region) for region in regions], style)]


def _brackets(head: str, marks: str, entries: list[str], style: Style) -> list[str]:
    if style.form == "brackets":
        return [style.line(f"{head}{marks[0]}{', '.join(entries)}{marks[1]}", 1)]
    *first, last = entries
    listed = [*(f"      {entry}," for entry in first), f"      {last}{',' if style.quote else ''}"]
    lines = [f"{head}{marks[0]}", *listed, f"    {marks[1]}"]
    return [style.line(line, number) for number, line in enumerate(lines)]
