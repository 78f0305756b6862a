"""`artifacts` and `cache`: what a job leaves behind."""

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.keywords.shapes import (
    FLAG,
    NAMED,
    TEXT,
    TEXT_OR_TEXTS,
    TEXTS,
    Anything,
    Choice,
    Duration,
    Either,
    Fields,
    Keyword,
    ListOf,
    Text,
    key,
)
from cigen.pipeline.keywords.where import Where, described, is_blank, is_null, is_text, text_of
from cigen.pipeline.node import Mapping, Node, Sequence

OUTCOMES = Choice(("on_success", "on_failure", "always"))
ENDING = Duration(may_be_never=True, wanted="a duration such as '1 week', or never")

_EXPOSABLE = re.compile(r"\w[-\w ]*", re.ASCII)
_LONGEST_EXPOSED = 100


def _report(name: str, doc: str, since: str) -> Keyword:
    return key(
        name,
        TEXT_OR_TEXTS,
        doc,
        since=since,
        at=f"https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreports{name}",
    )


_COVERAGE_REPORT = Fields(
    (
        key(
            "coverage_format",
            Choice(("cobertura", "jacoco")),
            "The format of the report.",
            since="14.10",
            at="https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportscoverage_report",
            may_be_null=False,
        ),
        key(
            "path",
            NAMED,
            "The file of the report.",
            since="14.10",
            at="https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportscoverage_report",
            may_be_null=False,
        ),
    ),
    required=("coverage_format", "path"),
)

_REPORTS = Fields(
    (
        _report("junit", "Test results in JUnit's format, shown in the merge request.", "12.0"),
        key(
            "codequality",
            Anything(),
            "Code Quality findings, shown in the merge request.",
            at="https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportscodequality",
        ),
        _report("sast", "What static security analysis found.", "12.0"),
        _report("secret_detection", "Secrets that were found in the repository.", "13.1"),
        _report("dependency_scanning", "Known faults of dependencies.", "12.0"),
        _report("container_scanning", "Known faults of an image.", "12.0"),
        _report("dast", "What an attack on the running application found.", "12.0"),
        _report("performance", "The old name of browser_performance.", "12.0"),
        _report("browser_performance", "How fast pages load.", "14.0"),
        _report("load_performance", "How the application behaves under load.", "13.2"),
        _report("license_scanning", "Licences of dependencies; replaced by cyclonedx.", "12.8"),
        _report("metrics", "Numbers to compare in the merge request.", "12.0"),
        _report("lsif", "Code intelligence, for the code view.", "12.7"),
        _report("dotenv", "Variables for later jobs, one KEY=value a line.", "12.9"),
        _report("terraform", "A plan of Terraform, shown in the merge request.", "13.0"),
        _report("accessibility", "What pa11y found.", "12.8"),
        _report("coverage_fuzzing", "What coverage-guided fuzzing found.", "13.4"),
        _report("api_fuzzing", "What API fuzzing found.", "13.4"),
        _report("cluster_image_scanning", "Known faults of images in a cluster.", "14.1"),
        _report("requirements", "Which requirements are met.", "13.1"),
        _report("requirements_v2", "Which requirements are met, by their issue ids.", "15.2"),
        key(
            "coverage_report",
            _COVERAGE_REPORT,
            "Which lines the tests covered, shown in the diff.",
            since="14.10",
            at="https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportscoverage_report",
        ),
        _report("cyclonedx", "A bill of materials.", "15.3"),
        _report("annotations", "Links shown beside the job.", "16.3"),
        _report("repository_xray", "What the repository depends on, for code suggestions.", "16.7"),
        _report("sarif", "Findings in SARIF.", "18.10"),
    )
)


def _exposed(node: Node, where: Where) -> Iterator[Fault]:
    """`expose_as` asks for paths without wildcards, and has rules of its own."""
    title = node.get("expose_as") if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping) or title is None or is_null(title):
        return
    paths = node.get("paths")
    inside = where.under("expose_as")
    if not is_text(title):
        yield inside.fault(FaultKind.WRONG_SHAPE, title, f"must be text, and is {described(title)}")
    elif not _EXPOSABLE.fullmatch(text_of(title)):
        yield inside.fault(
            FaultKind.WRONG_SHAPE,
            title,
            "may hold letters, digits, '-', '_' and spaces, and begins with a letter or digit",
        )
    elif len(text_of(title)) > _LONGEST_EXPOSED:
        yield inside.fault(
            FaultKind.OVER_LIMIT, title, f"may have {_LONGEST_EXPOSED} characters, and has {len(text_of(title))}"
        )
    if is_blank(paths):
        yield inside.fault(
            FaultKind.CONFLICTING_KEYWORDS,
            title,
            "needs 'paths': there is nothing to show",
            "add the files under 'artifacts: paths'",
        )
    if isinstance(paths, Sequence):
        for path in paths.items:
            if "*" in text_of(path):
                yield where.under("paths").fault(
                    FaultKind.CONFLICTING_KEYWORDS, path, "must not hold a '*' when 'expose_as' is used"
                )


ARTIFACTS = Fields(
    (
        key("name", TEXT, "The name of the archive.", at="artifactsname"),
        key("untracked", FLAG, "Also keep what Git does not track.", at="artifactsuntracked"),
        key("paths", TEXTS, "Files and folders to keep.", at="artifactspaths"),
        key("reports", _REPORTS, "Files that GitLab reads itself.", at="artifactsreports"),
        key("when", OUTCOMES, "After which outcome of the job.", at="artifactswhen"),
        key("expire_in", ENDING, "How long they are kept.", at="artifactsexpire_in"),
        key(
            "expose_as", Anything(), "The title of a link in the merge request.", since="12.5", at="artifactsexpose_as"
        ),
        key("exclude", TEXTS, "Files to leave out.", since="13.1", at="artifactsexclude"),
        key("public", FLAG, "Whether everyone may download them.", since="13.8", at="artifactspublic"),
        key(
            "access",
            Choice(("none", "developer", "maintainer", "all"), since={"maintainer": "18.4"}),
            "Who may download them.",
            since="16.11",
            at="artifactsaccess",
        ),
    ),
    exclusive=(("access", "public"),),
    checks=(_exposed,),
)


def path_part(text: str) -> str:
    """What is wrong with a part of a cache key, which becomes part of a path."""
    plain = unquote_plus(text) if "%" in text else text
    if "/" in plain:
        return "must not hold a '/'"
    return "must not be '.' or '..'" if plain in (".", "..") else ""


_KEY_PART = Text(complaint=path_part)
_KEY_FILES = ListOf(TEXT, "a list of texts", least=1, most=2)

_CACHE_KEY = Either(
    (
        ("text", _KEY_PART),
        (
            "mapping",
            Fields(
                (
                    key("files", _KEY_FILES, "Files whose contents make the key.", since="12.5", at="cachekeyfiles"),
                    key(
                        "files_commits",
                        _KEY_FILES,
                        "Files whose last commits make the key.",
                        since="18.6",
                        at="cachekeyfiles_commits",
                    ),
                    key("prefix", _KEY_PART, "A word in front of the key.", since="12.5", at="cachekeyprefix"),
                ),
                exactly_one=("files", "files_commits"),
            ),
        ),
    ),
    "text, or a mapping with 'files'",
)


def _policy(node: Node, where: Where) -> Iterator[Fault]:
    """`policy` may be a variable, and is only searched for one of its words."""
    policy = node.get("policy") if isinstance(node, Mapping) else None
    if policy is None or is_blank(policy):
        return
    if not is_text(policy) or not any(part in text_of(policy) for part in ("push", "pull", "$")):
        yield where.under("policy").fault(
            FaultKind.BAD_ENUM,
            policy,
            f"must be one of pull-push, push, pull, or a variable, and is {described(policy)}",
        )


CACHE = Fields(
    (
        key("key", _CACHE_KEY, "Which jobs share the cache."),
        key("untracked", FLAG, "Also keep what Git does not track.", at="cacheuntracked"),
        key("paths", TEXTS, "Files and folders to keep.", at="cachepaths"),
        key("when", OUTCOMES, "After which outcome of the job.", since="13.5", at="cachewhen"),
        key("policy", Anything(), "Whether the job reads the cache, writes it, or both.", at="cachepolicy"),
        key("unprotect", FLAG, "Share it between protected and other branches.", since="15.8", at="cacheunprotect"),
        key(
            "fallback_keys",
            ListOf(TEXT, "a list of texts", most=5),
            "Keys to try when nothing was kept under the first.",
            since="16.0",
            at="cachefallback_keys",
        ),
    ),
    checks=(_policy,),
)

CACHES = Either(
    (("mapping", CACHE), ("list", ListOf(CACHE, "a list of mappings", most=4, levels=None, may_hold_nothing=True))),
    "a mapping or a list of mappings",
)
