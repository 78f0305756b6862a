"""Each keyword's values: what GitLab accepts, strange as it may be, and what it refuses, with our words for it."""

import re
from collections.abc import Iterator

import pytest
from tests.generator.pipeline.test_judge import found

from cigen.pipeline.fault import FaultKind
from cigen.pipeline.keywords import JOB, PIPELINE, TRIGGER_JOB, Keyword, keywords_in

FIFTY = ", ".join("a" for _ in range(50))
TAGS = ", ".join(f"t{number}" for number in range(50))
TEN = "[" * 10 + "a" + "]" * 10

ACCEPTED = """
script: a
script: [a, [b, [c]]]
script: {ten}
before_script:
before_script: ''
before_script: []
after_script: [[a], b]
image: ruby
image: {name: ruby, entrypoint: [a], pull_policy: always}
image: {name: ruby, docker: {platform: linux/arm64, user: me}, kubernetes: {user: 10}}
image: {name: ruby, pull_policy: [always, never], docker: null, kubernetes: {}}
services: []
services: [a, null, [b], {name: c, alias: d, command: [e, [f]], entrypoint: null, variables: {A: 1}}]
services: [{name: a, command: run it}]
cache: {}
cache: []
cache: [{key: a}, [{key: b}], null]
cache: {key: {files: [a], prefix: b}, policy: $POLICY, when: always}
cache: {unprotect: true, fallback_keys: [a, b], untracked: no}
cache: {key: {files_commits: [a, b]}, policy: pull-push}
cache: {key: '', policy: ''}
cache: {key: {files: null}}
artifacts: {}
artifacts: {name: a, untracked: true, paths: [a], when: on_failure, expire_in: never, exclude: [b], public: false}
artifacts: {paths: [a], expose_as: A title-1, access: maintainer, expire_in: 3 mins 4 sec}
artifacts: {reports: {junit: a.xml, dotenv: [b], codequality: {any: thing}}}
artifacts: {reports: {coverage_report: {coverage_format: jacoco, path: a}}}
artifacts: {reports: {coverage_report: null, sarif: a}}
retry: 0
retry: {max: 2, when: [always, api_failure], exit_codes: 137}
retry: {max: '1', when: runner_system_failure, exit_codes: [1, 2]}
retry: {}
timeout: 1h 30m
timeout: 1 month
tags: []
tags: [a, 'b, c']
interruptible: true
when: manual
when: delayed{newline}start_in: 1 week
when: delayed{newline}start_in: 30 minutes and 5 seconds
start_in: ''
allow_failure: false
allow_failure: {exit_codes: [1, 2]}
allow_failure: {exit_codes: 1}
allow_failure: {}
variables: {A: b, B: 1, C: 1.5, D: true, E: null, F: {value: a, expand: false}, G: {}, 10: a}
rules: [{if: $A == "b"}, [{when: never}], {changes: [a]}]
rules: [{if: null, when: null, allow_failure: true, interruptible: false, variables: {A: 1}, needs: []}]
rules: [{changes: {paths: [a], compare_to: main}, exists: {paths: [a], project: g/p, ref: main}}]
rules: [{exists: a, changes: []}, {exists: {}}, {exists: false}, {exists: [{fifty}]}, {when: delayed, start_in: 1 day}]
only: []
only: [main, /^v\\d+$/i, merge_requests]
only: {refs: [main], variables: [$A, '$B == "c"'], kubernetes: active, changes: [a]}
except: {refs: null, changes: [a]}
environment: production
environment: {name: review/$CI_COMMIT_REF_SLUG, url: 'https://x:$PORT', action: verify}
environment: {name: a, auto_stop_in: whenever, deployment_tier: any}
environment: {name: a, kubernetes: {agent: a/b:c, dashboard: {namespace: n, flux_resource_path: p}}}
environment: {name: a, kubernetes: {agent: a/b:c, managed_resources: {enabled: true}}}
environment: {name: a, kubernetes: {namespace: n, dashboard: {}}}
parallel: 200
parallel: {matrix: [{A: b}, {A: [b, 1], B: c}]}
parallel: {matrix: [{A: []}]}
parallel: {matrix: null}
coverage: /\\d+%/
coverage: '/(?i)total: ([0-9.]+)/'
resource_group: prod
inherit: {default: false, variables: [A]}
inherit: {default: [image, retry], variables: true}
inherit: {default: null}
hooks: {pre_get_sources_script: [a, [b]]}
id_tokens: {TOKEN: {aud: a}, OTHER: {aud: [a, b]}}
secrets: {A: {vault: a/b/c@d, file: false, token: $T}, B: {vault: {engine: {name: kv, path: p}, path: p, field: f}}}
secrets: {A: {gcp_secret_manager: {name: a, version: 1}, token: $T}, B: {azure_key_vault: {name: a, version: v}}}
secrets: {A: {aws_secrets_manager: 'a#b'}, B: {aws_secrets_manager: {secret_id: a, region: b}}}
secrets: {A: {akeyless: {name: a}}}
secrets: {A: {gitlab_secrets_manager: {name: a, source: group/b}}}
identity: google_cloud
release: {tag_name: v1, description: a}
release: {tag_name: v1, description: a, ref: $CI_COMMIT_SHA, released_at: '2026-03-15T08:00:00Z'}
release: {tag_name: v1, description: a, milestones: [a], tag_message: b}
release: {tag_name: v1, description: a, assets: {links: [{name: a, url: b}]}}
pages: true
pages: {path_prefix: a, expire_in: 1 week, publish: out}
pages: true{newline}publish: out
manual_confirmation: really?
dast_configuration: {site_profile: a, scanner_profile: b}
inputs: {level: {default: 1, type: number, options: [1, 2], description: a}}
"""

REFUSED = {
    "script: {a: b}": "wrong-shape 'script' must be a command or a list of commands, and is a mapping",
    "script: ['a: b', {a: b}]": "script-parsed-as-map an item of 'script' has a command that YAML reads as a mapping "
    "with the key 'a' [a colon and a blank make a mapping: put the whole command in quotes, or write it under '- |']",
    "script: [1]": "wrong-shape an item of 'script' must be a command, written as text, and is the number 1",
    f"script: [{TEN}]": "over-limit 'script' may have lists in lists 10 deep, not deeper",
    "before_script: [null]": "wrong-shape an item of 'before_script' must be a command, written as text, and is empty",
    "image: [ruby]": "wrong-shape 'image' must be text or a mapping, and is a list",
    "image: ''": "wrong-shape 'image' must not be empty",
    "image: {entrypoint: [a]}": "wrong-shape 'image' needs 'name'",
    "image: {name: null}": "wrong-shape 'image:name' must be text, and is empty",
    "image: {name: a, entrypoint: b}": "wrong-shape 'image:entrypoint' must be a list of texts, and is 'b'",
    "image: {name: a, docker: {platform: ''}}": "wrong-shape 'image:docker:platform' must not be empty",
    "image: {name: a, docker: {usr: b}}": "unknown-keyword 'image:docker' has the unknown keyword 'usr' "
    "[did you mean 'user'?]",
    "image: {name: a, pull_policy: if_not_present}": "bad-enum 'image:pull_policy' must be one of always, "
    "if-not-present, never, and is 'if_not_present' [did you mean 'if-not-present'?]",
    "image: {name: a, pull_policy: []}": "wrong-shape 'image:pull_policy' must not be an empty list",
    "services: {name: a}": "wrong-shape 'services' must be a list of services, and is a mapping",
    "services: [{alias: a}]": "wrong-shape an item of 'services' needs 'name'",
    "services: [{name: a, variables: {A: {value: b}}}]": "wrong-shape 'services:variables:A' must be text or a number, "
    "and is a mapping",
    "cache: a": "wrong-shape 'cache' must be a mapping or a list of mappings, and is 'a'",
    "cache: [{}, {}, {}, {}, {}]": "over-limit 'cache' may have 4 items, and has 5",
    "cache: {key: {files: [a, b, c]}}": "over-limit 'cache:key:files' may have 2 items, and has 3",
    "cache: {key: a/b}": "wrong-shape 'cache:key' must not hold a '/': it is 'a/b'",
    "cache: {policy: sometimes}": "bad-enum 'cache:policy' must be one of pull-push, push, pull, or a variable, and is "
    "'sometimes'",
    "cache: {fallback_keys: [a, b, c, d, e, f]}": "over-limit 'cache:fallback_keys' may have 5 items, and has 6",
    "artifacts: [{paths: [a]}]": "wrong-shape 'artifacts' must be a mapping, and is a list",
    "artifacts: {expose_as: a}": "conflicting-keywords 'artifacts:expose_as' needs 'paths': there is nothing to show "
    "[add the files under 'artifacts: paths']",
    "artifacts: {expose_as: a, paths: ['*.zip']}": "conflicting-keywords 'artifacts:paths' must not hold a '*' when "
    "'expose_as' is used",
    f"artifacts: {{expose_as: {'a' * 101}, paths: [a]}}": "over-limit 'artifacts:expose_as' may have 100 characters, "
    "and has 101",
    "artifacts: {access: all, public: true}": "conflicting-keywords 'artifacts' has both 'access' and 'public', which "
    "exclude each other",
    "artifacts: {access: everyone}": "bad-enum 'artifacts:access' must be one of none, developer, maintainer, all, and "
    "is 'everyone'",
    "artifacts: {reports: {junti: a}}": "unknown-keyword 'artifacts:reports' has the unknown keyword 'junti' "
    "[did you mean 'junit'?]",
    "artifacts: {reports: {junit: {a: b}}}": "wrong-shape 'artifacts:reports:junit' must be text or a list of texts, "
    "and is a mapping",
    "artifacts: {untracked: 'yes'}": "wrong-shape 'artifacts:untracked' must be true or false, and is 'yes' "
    "[leave the quotes out: in quotes it is text]",
    "retry: 3": "over-limit 'retry' must be a whole number from 0 to 2, and is 3",
    "retry: {max: 3}": "over-limit 'retry:max' must be a whole number from 0 to 2, and is 3",
    "retry: {when: script_failed}": "bad-enum 'retry:when' must be a reason that GitLab knows, and is 'script_failed' "
    "[did you mean 'script_failure'?]",
    "retry: {exit_codes: [a]}": "wrong-shape an item of 'retry:exit_codes' must be a whole number, and is 'a'",
    "timeout: 1 fortnight": "bad-duration 'timeout' must be a duration such as '1h 30m', and is '1 fortnight': "
    "'fortnight' is no unit of time",
    "timeout: 2 months": "bad-duration 'timeout' must not be longer than one month, and is '2 months'",
    "timeout: 0 s": "bad-duration 'timeout' must be a duration such as '1h 30m', and is '0 s': it is no length of time",
    "timeout: 100": "bad-duration 'timeout' must be a duration such as '1h 30m', and is the number 100 "
    "[put the number and its unit in quotes]",
    "tags: docker": "wrong-shape 'tags' must be a list of texts, and is 'docker'",
    f"tags: [{TAGS}]": "over-limit 'tags' must have fewer than 50 tags, and has 50",
    "interruptible: maybe": "wrong-shape 'interruptible' must be true or false, and is 'maybe'",
    "when: never": "bad-enum 'when' must be one of on_success, on_failure, always, manual, delayed, and is 'never'",
    "when: delayed": "conflicting-keywords job 'job' is delayed, but has no 'start_in' [add: start_in: 30 minutes]",
    "when: delayed\nstart_in: 8 days": "bad-duration 'start_in' must not be longer than one week, and is '8 days'",
    "start_in: 1 day": "conflicting-keywords job 'job' has 'start_in', which only goes with 'when: delayed'",
    "allow_failure: {exit_code: 1}": "unknown-keyword 'allow_failure' has the unknown keyword 'exit_code' "
    "[did you mean 'exit_codes'?]",
    "variables: [A]": "wrong-shape 'variables' must be a mapping, and is a list",
    "variables: {A: [b]}": "wrong-shape 'variables:A' must be text, a number, or a mapping with 'value', and is a list",
    "variables: {A: {value: b, description: c}}": "unknown-keyword 'variables:A' has the unknown keyword 'description' "
    "[known: value, expand]",
    "variables: {true: b}": "wrong-shape 'variables' has the key true; keys must be text or a whole number "
    "[put the key in quotes]",
    "rules: []": "wrong-shape 'rules' must not be an empty list",
    "rules: [{}]": "wrong-shape an item of 'rules' must not be empty",
    "rules: ['$A']": "wrong-shape an item of 'rules' must be a mapping, and is '$A'",
    "rules: [{if: $A = b}]": "if-syntax 'rules:if' is no condition that GitLab reads: a single = compares nothing "
    "[== compares with a value, =~ with a pattern]",
    "rules: [{start_in: 1 day}]": "conflicting-keywords an item of 'rules' has 'start_in', which only goes with "
    "'when: delayed'",
    "rules: [{when: delayed}]": "conflicting-keywords an item of 'rules' is delayed, but has no 'start_in' "
    "[add: start_in: 30 minutes]",
    "rules: [{variables: {A: null}}]": "wrong-shape 'rules:variables:A' must be a single value, and is empty",
    "rules: [{exists: true}]": "wrong-shape 'rules:exists' must be a path, and is true",
    "rules: [{exists: {paths: [a], ref: main}}]": "conflicting-keywords 'rules:exists' has a 'ref', but no 'project' "
    "that it belongs to",
    f"rules: [{{changes: [a, {FIFTY}]}}]": "over-limit 'rules:changes' may have 50 items, and has 51",
    "rules: [{changes: {compare_to: main}}]": "wrong-shape 'rules:changes' needs 'paths'",
    "rules: [{needs: [{pipeline: '1', job: a}]}]": "wrong-shape 'rules:needs' cannot need a job of "
    "another pipeline here",
    "rules: [{when: always}]\nonly: [main]": "only-with-rules job 'job' has 'only' beside 'rules' "
    "[say it in 'rules', and leave 'only' out]",
    "only: main": "wrong-shape 'only' must be a list of refs, or a mapping, and is 'main'",
    "only: {}": "wrong-shape 'only' must not be empty",
    "only: ['/(?=a)b/']": "regex-not-re2 an item of 'only' has the pattern '/(?=a)b/': RE2, the engine of GitLab, has "
    "no look-ahead and no look-behind [say it with two conditions: =~ for what must match, !~ for what must not]",
    "environment: a:b": "wrong-shape 'environment' may hold letters, digits, spaces and the characters - _ / $ { } . "
    "and neither begins nor ends with a '/': it is 'a:b'",
    "environment: {url: a}": "wrong-shape 'environment' needs 'name'",
    "environment: {name: a, action: restart}": "bad-enum 'environment:action' must be one of start, stop, prepare, "
    "verify, access, and is 'restart' [did you mean 'start'?]",
    f"environment: {{name: a, url: {'u' * 256}}}": "over-limit 'environment:url' may have 255 characters, and has 256",
    "environment: {name: a, kubernetes: {flux_resource_path: p, agent: a}}": "conflicting-keywords "
    "'environment:kubernetes' has a 'flux_resource_path', but no 'namespace'",
    "environment: {name: a, kubernetes: {agent: a, namespace: n, dashboard: {namespace: n}}}": "conflicting-keywords "
    "'environment:kubernetes' says 'namespace' twice: here and under 'dashboard' [keep 'dashboard: namespace']",
    "environment: {name: a, kubernetes: {agent: a, dashboard: {flux_resource_path: p}}}": "wrong-shape "
    "'environment:kubernetes:dashboard' needs 'namespace'",
    "parallel: 0": "over-limit 'parallel' must be a whole number from 1 to 200, and is 0",
    "parallel: 201": "over-limit 'parallel' must be a whole number from 1 to 200, and is 201",
    "parallel: {matrix: [{}]}": "wrong-shape an item of 'parallel:matrix' must not be empty",
    "parallel: {matrix: [{A: 1.5}]}": "wrong-shape 'parallel:matrix:A' must be a whole number, and is the number 1.5",
    f"parallel: {{matrix: [{{A: [{FIFTY}], B: [1, 2, 3, 4, 5]}}]}}": "over-limit 'parallel:matrix' makes 250 jobs; at "
    "most 200 are allowed",
    "coverage: a": "regex-not-re2 'coverage' must be a regular expression between slashes, and is 'a': it does not "
    "stand between slashes [write it as /…/, with the flags i, m, s or U behind it]",
    "resource_group: 1": "wrong-shape 'resource_group' must be text, and is the number 1",
    "inherit: {default: [script]}": "bad-enum an item of 'inherit:default' must be one of before_script, after_script, "
    "cache, image, services, artifacts, hooks, id_tokens, interruptible, retry, tags, timeout, identity, and is "
    "'script' [did you mean 'after_script'?]",
    "hooks: {post: a}": "unknown-keyword 'hooks' has the unknown keyword 'post' [known: pre_get_sources_script]",
    "id_tokens: {A: {}}": "wrong-shape 'id_tokens:A' needs 'aud'",
    "id_tokens: {A: null}": "wrong-shape 'id_tokens:A' must be a mapping, and is empty",
    "secrets: {A: {file: true}}": "conflicting-keywords 'secrets:A' needs one of vault, azure_key_vault, "
    "gcp_secret_manager, aws_secrets_manager, akeyless, gitlab_secrets_manager",
    "secrets: {A: {gcp_secret_manager: {name: a}}}": "conflicting-keywords 'secrets:A' needs a 'token' for "
    "gcp_secret_manager [add: token: $NAME_OF_AN_ID_TOKEN]",
    "secrets: {A: {aws_secrets_manager: a#b#c}}": "wrong-shape 'secrets:A:aws_secrets_manager' may hold one '#', "
    "before the field: it is 'a#b#c'",
    "secrets: {A: {vault: {path: a, field: b}}}": "wrong-shape 'secrets:A:vault' needs 'engine'",
    "identity: aws": "bad-enum 'identity' must be 'google_cloud', and is 'aws'",
    "release: {tag_name: v1}": "wrong-shape 'release' needs 'description'",
    "release: {tag_name: v1, description: a, ref: 'a..b'}": "wrong-shape 'release:ref' must be a branch, a tag or a "
    "commit, and is 'a..b'",
    "release: {tag_name: v1, description: a, assets: {links: []}}": "wrong-shape 'release:assets:links' must not be an "
    "empty list",
    "publish: out": "conflicting-keywords job 'job' has 'publish', but makes no pages [add: pages: true]",
    "pages: {path: a}": "unknown-keyword 'pages' has the unknown keyword 'path' [did you mean 'path_prefix'?]",
    "manual_confirmation: true": "wrong-shape 'manual_confirmation' must be text, and is true",
    "inputs: {a: {type: string}}": "wrong-shape 'inputs:a' needs 'default'",
    "inputs: {a: {default: null}}": "wrong-shape 'inputs:a:default' must be a value, and is empty",
    "dast_configuration: {site: a}": "unknown-keyword 'dast_configuration' has the unknown keyword 'site' "
    "[did you mean 'site_profile'?]",
    "run: [{name: a, script: b}]": "conflicting-keywords job 'job' has both 'script' and 'run', which exclude each "
    "other",
    "trigger: a/b": "conflicting-keywords job 'job' has both 'script' and 'trigger', which exclude each other",
    "environmnt: [a]": "unknown-keyword job 'job' has the unknown keyword 'environmnt' [did you mean 'environment'?]",
}

RUN_REFUSED = {
    "[{script: b}]": "wrong-shape an item of 'run' needs 'name'",
    "[{name: a}]": "conflicting-keywords an item of 'run' needs one of step, func",
    "[{name: a-b, script: c}]": "wrong-shape 'run:name' may hold letters, digits and '_', and does not begin with a "
    "digit: it is 'a-b'",
    "[{name: a, script: b, env: {A: 1}}]": "wrong-shape 'run:env:A' must be text, and is the number 1",
    "[{name: a, step: {git: {url: b}}}]": "wrong-shape 'run:step:git' needs 'rev'",
    "a": "wrong-shape 'run' must be a list of steps, and is 'a'",
}

TRIGGER_ACCEPTED = [
    "trigger: group/project",
    "trigger: {project: g/p, branch: main, strategy: depend, inputs: {a: 1}, forward: {yaml_variables: no}}",
    "trigger: {include: child.yml, strategy: mirror}",
    "trigger: {include: [{local: a, inputs: {b: c}, rules: [{if: $A}]}, {project: g/p, file: [a]}]}",
    "trigger: {include: [{component: a/b@1}, {template: a.yml}]}",
    "trigger: {include: null}",
    "trigger: a\nneeds: [{pipeline: g/p}]\nwhen: manual\nallow_failure: true\nparallel: {matrix: [{A: [1, 2]}]}",
    "trigger: a\nrules: [{when: delayed, start_in: 1 day}]\nenvironment: a\ninterruptible: true\nresource_group: b",
    "status: g/p",
]

TRIGGER_REFUSED = {
    "trigger: ''": "wrong-shape 'trigger' must not be empty",
    "trigger: {branch: main}": "wrong-shape 'trigger' needs 'project'",
    "trigger: {project: g/p, include: a}": "unknown-keyword 'trigger' has the unknown keyword 'project' "
    "[known: include, strategy, forward]",
    "trigger: {include: [a, b, c, d]}": "over-limit 'trigger:include' may have 3 items, and has 4",
    "trigger: {include: {local: a}}": "wrong-shape 'trigger:include' must be text or a list, and is a mapping",
    "trigger: {include: [{artifact: a}]}": "include-invalid an item of 'trigger:include' has 'artifact', but no 'job' "
    "['artifact' and 'job' go together]",
    "trigger: {include: [{remote: a, integrity: md5-abc}]}": "include-invalid 'trigger:include:integrity' must begin "
    "with 'sha256-' and go on in base64",
    "trigger: a\nimage: b": "unknown-keyword job 'job' cannot have 'image' "
    "[only jobs with a script have that; a job with 'trigger' runs nothing itself]",
    "trigger: a\nwhen: delayed": "bad-enum 'when' must be one of on_success, on_failure, always, manual, and is "
    "'delayed'",
    "trigger: a\nallow_failure: {exit_codes: 1}": "wrong-shape 'allow_failure' must be true or false, and is a mapping",
    "trigger: a\nparallel: 2": "wrong-shape 'parallel' must be a mapping with 'matrix', not a number, and is the "
    "number 2",
    "trigger: a\nneeds: [{project: g/p, ref: b, job: c}]": "wrong-shape 'needs' cannot need a job of another project "
    "here",
    "needs: [{pipeline: a}, {pipeline: b}]": "conflicting-keywords job 'job' mirrors two pipelines; it can mirror one",
    "status: a\nneeds: [{pipeline: b}]": "conflicting-keywords job 'job' has both 'needs' and 'status', which exclude "
    "each other",
    "trigger: a\nneeds: ['']": "wrong-shape an item of 'needs' must not be empty",
}

VARIABLES_REFUSED = {
    "A: {value: a, options: [b, c]}": "bad-enum 'variables:A:value' must be one of its options (b, c), and is 'a' "
    "[the value is the option that is chosen at first]",
    "A: {options: [b]}": "bad-enum 'variables:A:value' has options, but no value "
    "[the value is the option that is chosen at first]",
    "A: {value: a, options: b}": "wrong-shape 'variables:A:options' must be a list of texts, and is 'b'",
    "A: {value: a, description: [b]}": "wrong-shape 'variables:A:description' must be text or a whole number, and is a "
    "list",
    "A: {value: {b: c}}": "wrong-shape 'variables:A:value' must be a single value, and is a mapping",
}


def in_a_job(text: str) -> str:
    """The keyword in a job that has a script, unless it says one itself."""
    script = "" if text.startswith("script:") else "script: make\n"
    return "job:\n" + "".join(f"  {line}\n" for line in (script + text).splitlines())


def accepted() -> Iterator[str]:
    for line in ACCEPTED.strip().splitlines():
        yield line.replace("{ten}", TEN).replace("{fifty}", FIFTY).replace("{newline}", "\n").replace("\\\\", "\\")


def without_place(faults: list[str]) -> list[str]:
    return [fault.split(" ", 1)[1] for fault in faults]


@pytest.mark.parametrize("text", list(accepted()))
def test_a_value_that_gitlab_accepts_is_accepted(text: str):
    assert found(in_a_job(text)) == []


@pytest.mark.parametrize("text", REFUSED)
def test_a_value_that_gitlab_refuses_is_refused_with_what_it_may_be(text: str):
    assert [REFUSED[text]] == without_place(found(in_a_job(text)))


@pytest.mark.parametrize("text", RUN_REFUSED)
def test_a_step_that_gitlab_refuses_is_refused(text: str):
    assert [RUN_REFUSED[text]] == without_place(found(f"job: {{run: {text}}}"))


def test_steps_of_each_sort_are_accepted():
    steps = (
        "{name: a, script: b, env: {A: b}}, {name: c, step: d, inputs: {e: [1]}}, "
        "{name: f, step: {git: {url: u, rev: r}}}"
    )

    assert found(f"job: {{run: [{steps}]}}") == []


@pytest.mark.parametrize("text", TRIGGER_ACCEPTED)
def test_a_trigger_job_that_gitlab_accepts_is_accepted(text: str):
    assert found("job:\n" + "".join(f"  {line}\n" for line in text.splitlines())) == []


@pytest.mark.parametrize("text", TRIGGER_REFUSED)
def test_a_trigger_job_that_gitlab_refuses_is_refused(text: str):
    job = "".join(f"  {line}\n" for line in text.splitlines())

    assert [TRIGGER_REFUSED[text]] == without_place(found(f"job:\n{job}"))


@pytest.mark.parametrize("text", VARIABLES_REFUSED)
def test_a_variable_of_the_top_that_gitlab_refuses_is_refused(text: str):
    assert [VARIABLES_REFUSED[text]] == without_place(found(f"variables:\n  {text}\njob: {{script: a}}"))


def test_a_variable_of_the_top_may_say_more_than_one_of_a_job():
    assert found("variables: {A: {value: b, description: c, options: [b, d], expand: false}}\njob: {script: a}") == []


def test_a_command_that_became_a_mapping_is_underlined_from_its_key_on():
    assert [fault[:24] for fault in found('job:\n  script:\n    - make\n    - echo "a": b\n')] == [
        "4:7 script-parsed-as-map"
    ]


def every_keyword() -> list[tuple[str, Keyword]]:
    return [(":".join(path), keyword) for shape in (JOB, TRIGGER_JOB, PIPELINE) for path, keyword in keywords_in(shape)]


def test_every_keyword_says_what_it_is_since_when_and_where_it_is_described():
    wrong = [
        path
        for path, keyword in every_keyword()
        if not re.fullmatch(r"\S.*[^.\s]\.", keyword.doc)
        or not re.fullmatch(r"1[2-8]\.\d{1,2}", keyword.since)
        or not keyword.address.startswith("https://docs.gitlab.com/")
    ]

    assert wrong == []
    assert len(every_keyword()) > 500


def test_the_table_knows_the_keywords_that_a_newer_gitlab_brought():
    since = {path: keyword.since for path, keyword in every_keyword()}

    assert {
        path: since[path] for path in ("rules", "retry:exit_codes", "artifacts:access", "manual_confirmation", "inputs")
    } == {
        "rules": "12.3",
        "retry:exit_codes": "16.11",
        "artifacts:access": "16.11",
        "manual_confirmation": "17.1",
        "inputs": "18.10",
    }


def test_every_kind_of_fault_of_the_judge_is_one_that_a_rule_explains():
    kinds = {message.split(" ", 1)[0] for message in (*REFUSED.values(), *TRIGGER_REFUSED.values())}

    assert kinds <= {kind.value for kind in FaultKind}
