"""Jobs and whole files beside those of the keywords' own tests: what GitLab takes, and what it refuses."""

import pytest

from cigen.pipeline.judge import judge
from cigen.pipeline.resolve import resolve

AROUND = "k: {stage: build, script: x}\n.h: {image: a}\n.t: {script: y}\n"
"""The other jobs of the pipeline that a job of the tables is in."""

TAKEN_JOBS = """
script: [echo]
script: "echo a\\necho b"
script: [[]]
script: ['', a]
script: x|before_script: [a, [b]]
script: x|after_script: null
script: x|stage: test
script: x|stage: .pre
script: x|stage: .post
script: x|stage:
script: x|allow_failure: {exit_codes: []}
script: x|tags: [a]
script: x|tags: ['$A']
script: x|when: delayed|start_in: '5'
script: x|when: delayed|start_in: 7 days
script: x|retry: {max: 1, when: [always, script_failure]}
script: x|retry: {when: script_failure}
script: x|retry: {exit_codes: 137}
script: x|retry: {max: '2'}
script: x|retry: {when: [job_execution_timeout, data_integrity_failure, unknown_failure]}
script: x|timeout: 1 hour 20 minutes
script: x|timeout: '3600'
script: x|parallel: 1
script: x|parallel: {matrix: []}
script: x|parallel: {matrix: [{A: [a, b], B: [1, 2]}]}
script: x|coverage: /a/
script: x|coverage: '//'
script: x|coverage: '/a/i'
script: x|coverage: '/\\d+\\.\\d+%/'
script: x|environment: {name: a, action: verify}
script: x|environment: {name: a, action: prepare}
script: x|environment: {name: a, action: access}
script: x|environment: {name: a, deployment_tier: production}
script: x|environment: {name: a, auto_stop_in: 1 day}
script: x|environment: {name: a, auto_stop_in: never}
script: x|environment: {name: a, kubernetes: {namespace: x}}
script: x|environment: {name: 'review/$CI_COMMIT_REF_NAME'}
script: x|release: {tag_name: a, description: b}
script: x|release: {tag_name: a, description: b, milestones: m1}
script: x|release: {tag_name: a, description: b, milestones: [m1]}
script: x|release: {tag_name: a, description: b, name: c, ref: main}
script: x|release: {tag_name: a, description: b, assets: {links: [{name: a, url: http://b}]}}
script: x|release: {tag_name: a, description: b, assets: {links: [{name: a, url: http://b, filepath: /x}]}}
script: x|secrets: {A: {vault: a/b@c}}
script: x|id_tokens: {A: {aud: []}}
script: x|id_tokens: {A: {aud: x}}
script: x|hooks: {pre_get_sources_script: a}
script: x|inherit: {default: true, variables: false}
script: x|inherit: {default: [image, timeout, id_tokens, hooks, identity, interruptible, tags, retry]}
script: x|resource_group: a
script: x|image: ruby:3
script: x|image: {name: a, entrypoint: ['']}
script: x|image: {name: a, docker: {platform: arm64}}
script: x|image: {name: a, kubernetes: {user: '1001'}}
script: x|services: [{name: a, command: [b]}]
script: x|services: [{name: a, variables: {A: b}}]
script: x|services: [{name: a, pull_policy: always}]
script: x|variables: {A: 1, B: true, C: x}
script: x|variables: {A: {value: b, expand: false}}
script: x|variables: {}
script: x|variables: {A: }
script: x|rules: [{if: '$A == null'}]
script: x|rules: [{if: '$A == ""'}]
script: x|rules: [{if: "$A == ''"}]
script: x|rules: [{if: '!$A'}]
script: x|rules: [{if: '$A =~ "x"'}]
script: x|rules: [{if: 'true'}]
script: x|rules: [{if: '"true"'}]
script: x|rules: [{if: '$A =~ $B'}]
script: x|rules: [{when: never}]
script: x|rules: [{when: delayed, start_in: 1h}]
script: x|rules: [{if: $A, allow_failure: true}]
script: x|rules: [{if: $A, variables: {A: b}}]
script: x|rules: [{changes: [a]}]
script: x|rules: [{if: $A}]|when: manual
script: x|rules: null
script: x|rules: [{if: $A}]|only:
script: x|only: [a, b]
script: x|only: {kubernetes: active}
script: x|except: [tags]
script: x|only: ['/^a$/i', main@group/p]
script: x|cache: {key: a, paths: [b]}
script: x|cache: {key: a..b}
script: x|artifacts: {access: none}
script: x|artifacts: {expose_as: 'a', paths: [x]}
script: x|artifacts: {expire_in: never}
script: x|artifacts: {expire_in: 1 week}
script: x|dependencies: []
script: x|needs: [{job: nope, optional: true}]
script: x|needs: [{project: a, ref: b, job: c, artifacts: true}]
script: x|needs: [{pipeline: $P, job: b}]
trigger: {project: a/b, branch: c, strategy: depend}
trigger: {include: a.yml}
trigger: {include: [{local: a.yml}]}
trigger: {include: [{artifact: a, job: k}]}
trigger: {project: a, forward: {pipeline_variables: true}}
trigger: a|when: manual
trigger: a|variables: {A: b}
trigger: a|rules: [{if: $A}]
trigger: a|resource_group: x
trigger: a|environment: prod
trigger: a|interruptible: true
trigger: a|parallel: {matrix: [{A: [b]}]}
trigger: a|needs: [k]
needs: {pipeline: a/b}
extends: .t
script: x|pages: true|publish: out
script: x|pages: {path_prefix: a, expire_in: 1 day, publish: b}
script: x|pages: false
script: x|when: manual|manual_confirmation: sure?
run: [{name: a, step: 'x', inputs: {b: c}}]
"""
"""One job a line; | parts its lines."""

REFUSED_JOBS = """
wrong-shape :: script: 5
wrong-shape :: script: true
job-without-script :: script: null
wrong-shape :: script: ['a', 1]
wrong-shape :: script: x|before_script: {a: b}
wrong-shape :: script: x|before_script: 1
wrong-shape :: script: x|before_script: [1]
wrong-shape :: script: x|after_script: [true]
stage-undefined :: script: x|stage: nope
wrong-shape :: script: x|stage: 1
wrong-shape :: script: x|stage: [test]
stage-undefined :: script: x|stage: ''
wrong-shape :: script: x|allow_failure: 'yes'
wrong-shape :: script: x|allow_failure: {exit_codes: a}
wrong-shape :: script: x|allow_failure: {exit_codes: [a]}
unknown-keyword :: script: x|allow_failure: {codes: 1}
wrong-shape :: script: x|allow_failure: [1]
wrong-shape :: script: x|allow_failure: 1
wrong-shape :: script: x|tags: a
wrong-shape :: script: x|tags: [1]
wrong-shape :: script: x|tags: {a: b}
bad-enum :: script: x|when: sometimes
wrong-shape :: script: x|when: [manual]
bad-duration :: script: x|when: delayed|start_in: soon
bad-duration :: script: x|when: delayed|start_in: 8 days
bad-duration :: script: x|when: delayed|start_in: 5
conflicting-keywords :: script: x|start_in: 1 hour
conflicting-keywords :: script: x|when: manual|start_in: 1 hour
over-limit :: script: x|retry: -1
wrong-shape :: script: x|retry: '2'
wrong-shape :: script: x|retry: true
wrong-shape :: script: x|retry: 1.5
bad-enum :: script: x|retry: {max: 1, when: x}
bad-enum :: script: x|retry: {max: 1, when: [always, x]}
wrong-shape :: script: x|retry: {max: 1, when: 1}
unknown-keyword :: script: x|retry: {a: 1}
wrong-shape :: script: x|retry: {exit_codes: '137'}
over-limit :: script: x|retry: {max: -1}
wrong-shape :: script: x|retry: []
wrong-shape :: script: x|retry: [1]
bad-duration :: script: x|timeout: 5
bad-duration :: script: x|timeout: never
bad-duration :: script: x|timeout: 3 months
bad-duration :: script: x|timeout: 32 days
bad-duration :: script: x|timeout: ''
bad-duration :: script: x|timeout: foo
wrong-shape :: script: x|interruptible: 'true'
wrong-shape :: script: x|interruptible: 1
wrong-shape :: script: x|parallel: 1.5
wrong-shape :: script: x|parallel: '5'
wrong-shape :: script: x|parallel: true
wrong-shape :: script: x|parallel: [1]
wrong-shape unknown-keyword :: script: x|parallel: {a: 1}
wrong-shape :: script: x|parallel: {matrix: {A: b}}
wrong-shape :: script: x|parallel: {matrix: [A]}
wrong-shape :: script: x|parallel: {matrix: [{A: {b: c}}]}
wrong-shape :: script: x|parallel: {matrix: [{A: [[a]]}]}
wrong-shape :: script: x|parallel: {matrix: [{A: true}]}
wrong-shape :: script: x|parallel: {matrix: [{A: [true]}]}
wrong-shape :: script: x|parallel: {matrix: [{A: null}]}
over-limit :: script: x|parallel: {matrix: [{A: [1,2,3,4,5,6,7,8,9,10], B: [1,2,3,4,5,6,7,8,9,10], C: [1,2,3]}]}
unknown-keyword :: script: x|parallel: {matrix: [{A: b}], max: 5}
regex-not-re2 :: script: x|coverage: /a(/
wrong-shape :: script: x|coverage: 5
regex-not-re2 :: script: x|coverage: '/(?<=a)b/'
regex-not-re2 :: script: x|coverage: ''
wrong-shape :: script: x|coverage: [a]
regex-not-re2 :: script: x|coverage: '/'
wrong-shape :: script: x|environment: ''
wrong-shape :: script: x|environment: 1
wrong-shape :: script: x|environment: [a]
wrong-shape :: script: x|environment: 'a:b'
wrong-shape :: script: x|environment: {url: http://a}
unknown-keyword :: script: x|environment: {name: a, foo: b}
wrong-shape :: script: x|environment: {name: 1}
bad-enum :: script: x|environment: {name: a, action: destroy}
wrong-shape :: script: x|environment: {name: a, url: 5}
wrong-shape :: script: x|environment: {name: a, on_stop: 1}
on-stop-wiring :: script: x|environment: {name: a, on_stop: nope}
wrong-shape :: script: x|environment: {name: a, deployment_tier: 1}
wrong-shape :: script: x|environment: {name: a, auto_stop_in: 1}
wrong-shape :: script: x|environment: {name: a, kubernetes: x}
unknown-keyword :: script: x|environment: {name: a, kubernetes: {foo: x}}
wrong-shape :: script: x|environment: {name: a, kubernetes: {namespace: 1}}
wrong-shape :: script: x|environment: {name: a, kubernetes: {}}
wrong-shape :: script: x|environment: {name: /a}
wrong-shape :: script: x|environment: {name: a/}
wrong-shape :: script: x|environment: {}
wrong-shape :: script: x|release: {}
wrong-shape :: script: x|release: {tag_name: a}
wrong-shape :: script: x|release: {description: a}
wrong-shape :: script: x|release: {tag_name: 1, description: a}
unknown-keyword :: script: x|release: {tag_name: a, description: b, foo: c}
wrong-shape :: script: x|release: a
wrong-shape :: script: x|release: {tag_name: a, description: b, milestones: 1}
wrong-shape :: script: x|release: {tag_name: a, description: b, released_at: x}
wrong-shape :: script: x|release: {tag_name: a, description: b, ref: 'a b'}
wrong-shape :: script: x|release: {tag_name: a, description: b, assets: {}}
wrong-shape :: script: x|release: {tag_name: a, description: b, assets: {links: []}}
wrong-shape :: script: x|release: {tag_name: a, description: b, assets: {links: x}}
wrong-shape :: script: x|release: {tag_name: a, description: b, tag_message: 5}
conflicting-keywords :: script: x|secrets: {A: {}}
wrong-shape :: script: x|secrets: {A: a}
wrong-shape :: script: x|secrets: [a]
wrong-shape :: script: x|secrets: {A: {vault: {path: a}}}
unknown-keyword :: script: x|secrets: {A: {vault: a, foo: b}}
conflicting-keywords :: script: x|secrets: {A: {vault: a, azure_key_vault: {name: b}}}
wrong-shape :: script: x|secrets: {A: {vault: a, file: 'yes'}}
wrong-shape :: script: x|id_tokens: {A: {aud: 1}}
wrong-shape :: script: x|id_tokens: {A: a}
wrong-shape :: script: x|id_tokens: [a]
unknown-keyword :: script: x|id_tokens: {A: {aud: x, sub: y}}
wrong-shape :: script: x|hooks: a
wrong-shape :: script: x|hooks: {pre_get_sources_script: {a: b}}
bad-enum :: script: x|inherit: {default: [foo]}
unknown-keyword :: script: x|inherit: {foo: true}
wrong-shape :: script: x|inherit: true
wrong-shape :: script: x|inherit: {variables: [1]}
wrong-shape :: script: x|inherit: {variables: x}
wrong-shape :: script: x|resource_group: [a]
wrong-shape :: script: x|image: 1
wrong-shape :: script: x|image: {name: ''}
unknown-keyword :: script: x|image: {name: a, foo: b}
wrong-shape :: script: x|image: {name: a, entrypoint: 1}
bad-enum :: script: x|image: {name: a, pull_policy: x}
bad-enum :: script: x|image: {name: a, pull_policy: [x]}
unknown-keyword :: script: x|image: {name: a, docker: {foo: x}}
wrong-shape :: script: x|image: {name: a, docker: x}
wrong-shape :: script: x|image: {name: a, kubernetes: {user: [1]}}
wrong-shape :: script: x|services: a
wrong-shape :: script: x|services: [1]
unknown-keyword :: script: x|services: [{name: a, foo: b}]
wrong-shape :: script: x|services: [{name: a, alias: 1}]
wrong-shape :: script: x|services: [{name: a, command: 1}]
wrong-shape :: script: x|services: [{name: a, variables: x}]
wrong-shape :: script: x|services: [{name: a, entrypoint: b}]
wrong-shape :: script: x|variables: {A: [1]}
wrong-shape :: script: x|variables: A
unknown-keyword :: script: x|variables: {A: {value: b, options: [b]}}
wrong-shape :: script: x|variables: {A: {value: b, expand: 'no'}}
wrong-shape :: script: x|variables: {A: {value: [b]}}
unknown-keyword :: script: x|variables: {A: {foo: b}}
wrong-shape :: script: x|rules: a
wrong-shape :: script: x|rules: {if: $A}
wrong-shape :: script: x|rules: [a]
unknown-keyword :: script: x|rules: [{foo: a}]
if-syntax :: script: x|rules: [{if: 1}]
if-syntax :: script: x|rules: [{if: '$A = "b"'}]
if-syntax :: script: x|rules: [{if: '$A == b'}]
if-syntax :: script: x|rules: [{if: ''}]
if-syntax :: script: x|rules: [{if: '$A =='}]
if-syntax :: script: x|rules: [{if: '$A =~ /x'}]
if-syntax :: script: x|rules: [{if: '(($A)'}]
if-syntax :: script: x|rules: [{if: '$A && '}]
if-syntax :: script: x|rules: [{if: '&& $A'}]
if-syntax :: script: x|rules: [{if: '$A $B'}]
if-syntax :: script: x|rules: [{if: '$A == 5'}]
if-syntax :: script: x|rules: [{if: '$A > "5"'}]
if-syntax :: script: x|rules: [{if: '$A !~ /x/i'}]
regex-not-re2 :: script: x|rules: [{if: '$A =~ /(?=x)/'}]
if-syntax :: script: x|rules: [{if: '$A == "x'}]
bad-enum :: script: x|rules: [{when: x}]
conflicting-keywords :: script: x|rules: [{when: manual, start_in: 1h}]
conflicting-keywords :: script: x|rules: [{start_in: 1h}]
wrong-shape :: script: x|rules: [{if: $A, allow_failure: 'x'}]
wrong-shape :: script: x|rules: [{if: $A, variables: x}]
wrong-shape :: script: x|rules: [{if: $A, variables: {A: {value: b}}}]
wrong-shape :: script: x|rules: [{changes: a}]
wrong-shape :: script: x|rules: [{changes: [1]}]
wrong-shape :: script: x|rules: [{changes: {}}]
wrong-shape :: script: x|rules: [{changes: {paths: a}}]
wrong-shape :: script: x|rules: [{changes: {paths: [a], compare_to: 1}}]
unknown-keyword :: script: x|rules: [{changes: {paths: [a], foo: b}}]
wrong-shape :: script: x|rules: [{changes: {compare_to: a}}]
wrong-shape :: script: x|rules: [{exists: [1]}]
wrong-shape unknown-keyword :: script: x|rules: [{exists: {foo: a}}]
conflicting-keywords :: script: x|rules: [{exists: {paths: [a], ref: b}}]
wrong-shape :: script: x|rules: [{exists: {project: a}}]
wrong-shape :: script: x|rules: [{if: $A, interruptible: x}]
wrong-shape needs-undefined :: script: x|rules: [{if: $A, needs: x}]
only-with-rules :: script: x|rules: [{if: $A}]|only: [main]
only-with-rules :: script: x|rules: [{if: $A}]|except: [main]
only-with-rules :: script: x|rules: [{if: $A}]|start_in: 1h
only-with-rules :: script: x|rules: [{if: $A}]|when: delayed|start_in: 1h
wrong-shape :: script: x|only: a
unknown-keyword :: script: x|only: {foo: a}
wrong-shape :: script: x|only: {refs: a}
if-syntax :: script: x|only: {variables: ['$A =']}
bad-enum :: script: x|only: {kubernetes: x}
wrong-shape :: script: x|only: {changes: a}
wrong-shape :: script: x|only: [1]
regex-not-re2 :: script: x|only: ['/(/']
if-syntax :: script: x|only: {variables: [1]}
wrong-shape :: script: x|except: a
wrong-shape :: script: x|except: {}
wrong-shape :: script: x|cache: {key: .}
wrong-shape :: script: x|cache: {key: ..}
wrong-shape :: script: x|cache: {key: 1}
wrong-shape :: script: x|cache: {key: [a]}
conflicting-keywords :: script: x|cache: {key: {}}
wrong-shape :: script: x|cache: {key: {files: []}}
wrong-shape :: script: x|cache: {key: {files: a}}
conflicting-keywords :: script: x|cache: {key: {prefix: a}}
unknown-keyword :: script: x|cache: {key: {files: [a], foo: b}}
wrong-shape :: script: x|cache: {paths: a}
wrong-shape :: script: x|cache: {paths: [1]}
wrong-shape :: script: x|cache: {untracked: a}
bad-enum :: script: x|cache: {when: a}
bad-enum :: script: x|cache: {policy: a}
unknown-keyword :: script: x|cache: {foo: a}
wrong-shape :: script: x|cache: {fallback_keys: a}
wrong-shape :: script: x|cache: {unprotect: a}
wrong-shape :: script: x|artifacts: a
unknown-keyword :: script: x|artifacts: {foo: a}
wrong-shape :: script: x|artifacts: {paths: a}
wrong-shape :: script: x|artifacts: {paths: [1]}
wrong-shape :: script: x|artifacts: {name: 1}
wrong-shape :: script: x|artifacts: {name: [a]}
wrong-shape :: script: x|artifacts: {untracked: a}
bad-enum :: script: x|artifacts: {when: a}
bad-duration :: script: x|artifacts: {expire_in: 1}
bad-duration :: script: x|artifacts: {expire_in: foo}
wrong-shape :: script: x|artifacts: {exclude: a}
wrong-shape :: script: x|artifacts: {reports: a}
unknown-keyword :: script: x|artifacts: {reports: {foo: a}}
wrong-shape :: script: x|artifacts: {reports: {junit: 1}}
wrong-shape :: script: x|artifacts: {reports: {coverage_report: a}}
bad-enum :: script: x|artifacts: {reports: {coverage_report: {coverage_format: a, path: b}}}
wrong-shape :: script: x|artifacts: {reports: {coverage_report: {coverage_format: cobertura}}}
wrong-shape :: script: x|artifacts: {public: a}
bad-enum :: script: x|artifacts: {access: a}
conflicting-keywords :: script: x|artifacts: {public: true, access: all}
unknown-keyword :: script: x|artifacts: {reports: {cobertura: a}}
conflicting-keywords :: script: x|artifacts: {expose_as: a, paths: []}
wrong-shape :: script: x|artifacts: {expose_as: 'a/b', paths: [x]}
wrong-shape :: script: x|dependencies: a
wrong-shape :: script: x|dependencies: [1]
needs-undefined :: script: x|dependencies: [nope]
extends-undefined :: script: x|extends: nope
extends-undefined :: script: x|extends: [nope]
needs-undefined :: script: x|needs: [nope]
wrong-shape needs-undefined :: script: x|needs: nope
wrong-shape :: script: x|needs: [1]
wrong-shape :: script: x|needs: [{}]
needs-undefined :: script: x|needs: [{job: nope}]
wrong-shape needs-undefined :: script: x|needs: [{job: nope, optional: 'x'}]
wrong-shape needs-undefined :: script: x|needs: [{job: a, artifacts: x}]
unknown-keyword needs-undefined :: script: x|needs: [{job: a, foo: x}]
wrong-shape :: script: x|needs: [{project: a, job: b}]
wrong-shape :: script: x|needs: [{project: a, ref: b}]
wrong-shape :: script: x|needs: [{pipeline: a/b}]
needs-cycle :: script: x|needs: [{job: j}]
needs-cycle :: script: x|needs: [j]
conflicting-keywords :: trigger: a|script: x
unknown-keyword :: trigger: {project: a, foo: b}
wrong-shape :: trigger: {}
wrong-shape :: trigger: [a]
bad-enum :: trigger: {project: a, strategy: x}
unknown-keyword :: trigger: {include: [{foo: a}]}
needs-undefined :: trigger: {include: [{artifact: a, job: nope}]}
unknown-keyword :: trigger: {project: a, include: b}
wrong-shape :: trigger: {project: a, forward: x}
unknown-keyword :: trigger: {project: a, forward: {foo: true}}
wrong-shape :: trigger: {project: a, forward: {yaml_variables: x}}
unknown-keyword :: trigger: a|image: b
unknown-keyword :: trigger: a|tags: [b]
unknown-keyword :: trigger: a|cache: {}
unknown-keyword :: trigger: a|artifacts: {paths: [a]}
unknown-keyword :: trigger: a|before_script: [a]
unknown-keyword :: trigger: a|retry: 1
unknown-keyword :: trigger: a|timeout: 1h
unknown-keyword :: trigger: a|coverage: /a/
bad-enum unknown-keyword :: trigger: a|when: delayed|start_in: 1h
wrong-shape :: trigger: a|parallel: 2
wrong-shape :: trigger: a|allow_failure: {exit_codes: 1}
needs-undefined :: trigger: a|needs: [nope]
unknown-keyword :: trigger: a|dependencies: [k]
unknown-keyword :: trigger: a|secrets: {A: {vault: a}}
job-without-script :: needs: [k]
job-without-script :: stage: test
job-without-script :: variables: {A: b}
job-without-script :: extends: .h
unknown-keyword :: foo: bar|script: x
unknown-keyword :: script: x|type: test
unknown-keyword :: script: x|types: [a]
wrong-shape :: script: x|pages: x
unknown-keyword :: script: x|pages: {foo: x}
wrong-shape :: script: x|pages: {path_prefix: 1}
bad-duration :: script: x|pages: {expire_in: foo}
wrong-shape :: script: x|manual_confirmation: 1
wrong-shape :: script: x|dast_configuration: a
unknown-keyword :: script: x|dast_configuration: {foo: a}
wrong-shape :: run: a
wrong-shape :: run: [{script: b}]
conflicting-keywords :: run: [{name: a}]
unknown-keyword :: run: [{name: a, script: b, step: c}]
conflicting-keywords :: run: [{name: a, script: b}]|before_script: [x]
"""
"""The kinds of fault, and the job."""

TAKEN_FILES = """
.h: 5
j: {script: x}
===
.h: [a]
j: {script: x}
===
default: {image: a}
j: {script: x}
===
default: {script: a}
j: {script: x}
===
default:
j: {script: x}
===
default:
  before_script: [a]
  after_script: [b]
  cache: {key: a}
  services: [a]
  artifacts: {paths: [a]}
  retry: 1
  tags: [a]
  timeout: 1h
  interruptible: true
  hooks: {pre_get_sources_script: a}
  id_tokens: {A: {aud: b}}
  identity: google_cloud
j: {script: x}
===
stages: [test]
j: {script: x}
===
stages: [test, test]
j: {script: x}
===
stages: [.pre, test, .post]
j: {script: x}
===
stages:
j: {script: x}
===
before_script: x
j: {script: x}
===
variables: {A: b, C: 1, D: {value: x, description: y}}
j: {script: x}
===
variables: {A: {description: b}}
j: {script: x}
===
variables: {A: {value: x, options: [x, y]}}
j: {script: x}
===
variables:
j: {script: x}
===
workflow: {rules: [{if: $A}]}
j: {script: x}
===
workflow: {rules: [{if: $A, when: never}, {when: always}]}
j: {script: x}
===
workflow: {rules: [{if: $A, variables: {B: c}}]}
j: {script: x}
===
workflow: {name: 'a $B'}
j: {script: x}
===
workflow: {auto_cancel: {on_new_commit: interruptible, on_job_failure: all}}
j: {script: x}
===
workflow: {rules: [{if: $A, auto_cancel: {on_new_commit: none}}]}
j: {script: x}
===
workflow: {}
j: {script: x}
===
"1": {script: x}
===
pages: {script: x, publish: out}
===
pages: {script: x, artifacts: {paths: [public]}}
===
j: &a {script: x}
k: *a
===
.a: &a {script: x}
j:
  <<: *a
  stage: build
===
a: {script: x, stage: build}
b: {script: x, needs: [a]}
===
a: {script: x}
b: {script: x, needs: [a]}
===
a: {script: x, stage: build}
b: {script: x, dependencies: [a]}
===
a: {script: x, stage: test}
b: {script: x, dependencies: [a]}
===
a: {script: x, stage: build}
b: {script: x, dependencies: [a], needs: [a]}
===
a: {script: x, stage: build}
b: {script: x, dependencies: [], needs: [a]}
===
a: {script: x, stage: build}
b: {script: x, dependencies: [a], needs: []}
===
a: {script: x, stage: build, parallel: 2}
b: {script: x, needs: [a]}
===
a: {script: x, stage: build, parallel: 2}
b: {script: x, needs: ['a 1/2']}
===
a: {script: x, stage: build, parallel: {matrix: [{A: [b, c]}]}}
b: {script: x, needs: ['a: [b]']}
===
a: {script: x, stage: build, parallel: {matrix: [{A: [b, c]}]}}
b: {script: x, needs: [{job: a, parallel: {matrix: [{A: b}]}}]}
===
a: {script: x, stage: build}
b: {script: x, rules: [{if: $A, needs: [a]}]}
===
a: {script: x, environment: {name: e, on_stop: b}}
b: {script: x, environment: {name: e, action: stop}}
===
a: {extends: [.b, .c]}
.b: {script: y}
.c: {image: z}
===
a: {extends: [], script: x}
===
a: {extends: , script: x}
===
.s: {script: [a, b]}
j: {script: [!reference [.s, script], c]}
===
.s: {rules: [{if: $A}]}
j: {script: x, rules: [!reference [.s, rules], {when: never}]}
===
.s: {variables: {A: b}}
j: {script: x, variables: !reference [.s, variables]}
===
.v: {A: b}
j: {script: x, variables: {C: !reference [.v, A]}}
===
spec: {inputs: {a: {default: x}}}
---
j: {script: 'echo $[[ inputs.a ]]'}
===
spec: {inputs: {a: {default: 5, type: number}}}
---
j: {script: 'echo $[[ inputs.a ]]'}
===
spec: {inputs: {a: {default: true, type: boolean}}}
---
j: {script: 'echo $[[ inputs.a ]]'}
===
spec: {inputs: {a: {default: x, options: [x, y]}}}
---
j: {script: 'echo $[[ inputs.a ]]'}
===
spec: {inputs: {a: {default: yy, regex: '^y'}}}
---
j: {script: 'echo $[[ inputs.a ]]'}
===
spec: {inputs: {a: {default: [1], type: string}}}
---
j: {script: 'echo $[[ inputs.a ]]'}
===
spec: {}
---
j: {script: x}
===
spec:
---
j: {script: x}
===
spec: {inputs: {a: {default: x}}}
---
j: {script: 'echo $[[ inputs.a | truncate(0,1) | expand_vars ]]'}
===
j: {script: 'echo $[[ inputs.a ]]'}
===
include: []
j: {script: x}
===
include:
j: {script: x}
===
j: {script: x}
---
k: 5
===
j: {stage: nope, script: y}
j: {script: x}
===
variables: {A: 2024-01-01x}
j: {script: x}
===
variables: {A: 0o17, B: 017, C: 1_000, D: 0x1f, E: 1e3, F: .inf, G: 12:30:45}
j: {script: x}
===
j: !foo {script: x}
===
j: {script: x, image: {name: a}, needs: [{job: k}, {project: g/p, ref: main, job: b}]}
k: {script: x, stage: build}
===
default: {script: x}
===
a: {script: x, stage: build}
b: {stage: test, needs: [{pipeline: x/y}, a]}
===
j: {script: x, variables: {A: {value: x}}}
===
j: {script: [a, [b, [c, [d, [e, [f, [g, [h, [i]]]]]]]]]}
"""

REFUSED_FILES = """
no-visible-job ::

===
wrong-shape ::
# only a comment
===
wrong-shape ::
[]
===
wrong-shape ::
a string
===
wrong-shape ::
5
===
wrong-shape ::
true
===
job-without-script ::
j: x
===
job-without-script ::
j: [x]
===
job-without-script ::
j: null
===
no-visible-job ::
.h: {script: x}
===
wrong-shape ::
.h:
j: {script: x}
===
wrong-shape ::
.h: {}
j: {script: x}
===
unknown-keyword ::
default: {foo: a}
j: {script: x}
===
wrong-shape ::
default: a
j: {script: x}
===
conflicting-keywords ::
default: {image: a}
image: b
j: {script: x}
===
over-limit ::
default: {retry: 5}
j: {script: x}
===
wrong-shape ::
default: {tags: a}
j: {script: x}
===
wrong-shape ::
default: {interruptible: a}
j: {script: x}
===
bad-duration ::
default: {timeout: a}
j: {script: x}
===
wrong-shape ::
default: {id_tokens: {A: b}}
j: {script: x}
===
job-without-script ::
default: {needs: []}
j: {script: x}
===
unknown-keyword ::
default: {variables: {A: b}}
j: {script: x}
===
unknown-keyword ::
default: {stage: test}
j: {script: x}
===
wrong-shape ::
stages: build
j: {script: x}
===
wrong-shape stage-undefined ::
stages: [1]
j: {script: x}
===
wrong-shape ::
stages: {a: b}
j: {script: x}
===
stage-undefined ::
stages: [build]
j: {script: x}
===
stage-undefined ::
stages: []
j: {script: x}
===
job-without-script ::
types: [test]
j: {script: x}
===
wrong-shape ::
image: 5
j: {script: x}
===
wrong-shape ::
services: a
j: {script: x}
===
wrong-shape ::
before_script: 5
j: {script: x}
===
wrong-shape ::
cache: a
j: {script: x}
===
wrong-shape ::
variables: [a]
j: {script: x}
===
wrong-shape ::
variables: a
j: {script: x}
===
wrong-shape ::
variables: {A: [b]}
j: {script: x}
===
unknown-keyword ::
variables: {A: {foo: b}}
j: {script: x}
===
bad-enum ::
variables: {A: {value: x, options: [y]}}
j: {script: x}
===
bad-enum ::
variables: {A: {options: [x, y]}}
j: {script: x}
===
wrong-shape ::
variables: {A: {value: x, options: x}}
j: {script: x}
===
wrong-shape ::
variables: {A: {value: x, description: [a]}}
j: {script: x}
===
wrong-shape ::
variables: {A: {value: x, expand: 1}}
j: {script: x}
===
wrong-shape ::
workflow: a
j: {script: x}
===
unknown-keyword ::
workflow: {foo: a}
j: {script: x}
===
wrong-shape ::
workflow: {rules: a}
j: {script: x}
===
bad-enum ::
workflow: {rules: [{if: $A, when: manual}]}
j: {script: x}
===
bad-enum ::
workflow: {rules: [{if: $A, when: on_success}]}
j: {script: x}
===
unknown-keyword ::
workflow: {rules: [{if: $A, foo: x}]}
j: {script: x}
===
wrong-shape ::
workflow: {auto_cancel: a}
j: {script: x}
===
bad-enum ::
workflow: {auto_cancel: {on_new_commit: a}}
j: {script: x}
===
unknown-keyword ::
workflow: {auto_cancel: {foo: a}}
j: {script: x}
===
bad-enum ::
workflow: {rules: [{if: $A, auto_cancel: {on_new_commit: x}}]}
j: {script: x}
===
wrong-shape ::
workflow: []
j: {script: x}
===
wrong-shape ::
workflow: {rules: []}
j: {script: x}
===
job-without-script ::
foo: bar
j: {script: x}
===
job-without-script ::
foo: {bar: baz}
j: {script: x}
===
wrong-shape ::
1: {script: x}
===
wrong-shape ::
true: {script: x}
===
wrong-shape ::
"": {script: x}
===
wrong-shape ::
on: {script: x}
===
wrong-shape ::
null: {script: x}
===
yaml-syntax ::
{j: {script: x}
===
yaml-syntax ::
j: {script: x
===
yaml-syntax ::
j:
	script: x
===
anchor-undefined ::
j:
  script: *foo
===
unknown-keyword ::
j: {script: x, <<: foo}
===
needs-cycle ::
a: {script: x, needs: [b]}
b: {script: x, needs: [a]}
===
needs-cycle ::
a: {script: x, needs: [a]}
===
needs-undefined ::
a: {script: x, stage: deploy}
b: {script: x, needs: [a]}
===
needs-undefined ::
a: {script: x, stage: build}
b: {script: x, needs: [a, a]}
===
needs-undefined ::
a: {script: x, stage: build}
b: {script: x, needs: [a, {job: a}]}
===
needs-undefined ::
a: {script: x, stage: deploy}
b: {script: x, dependencies: [a]}
===
dependencies-outside-needs ::
a: {script: x, stage: build}
c: {script: x, stage: build}
b: {script: x, dependencies: [a], needs: [c]}
===
needs-undefined ::
.a: {script: x, stage: build}
b: {script: x, needs: [.a]}
===
needs-undefined ::
a: {script: x, stage: build, parallel: 2}
b: {script: x, needs: ['a 3/2']}
===
needs-undefined ::
a: {script: x, stage: build, parallel: {matrix: [{A: [b, c]}]}}
b: {script: x, needs: ['a: [d]']}
===
needs-undefined ::
a: {script: x, stage: build, parallel: {matrix: [{A: [b, c]}]}}
b: {script: x, needs: [{job: a, parallel: {matrix: [{A: d}]}}]}
===
needs-undefined ::
a: {script: x, stage: build}
b: {script: x, rules: [{if: $A, needs: [nope]}]}
===
on-stop-wiring ::
a: {script: x, environment: {name: e, on_stop: b}}
b: {script: x}
===
on-stop-wiring ::
a: {script: x, environment: {name: e, on_stop: b}}
b: {script: x, environment: {name: f, action: stop}}
===
on-stop-wiring ::
a: {script: x, environment: {name: e, on_stop: b}}
b: {script: x, environment: {name: e}}
===
extends-cycle ::
a: {extends: b}
b: {extends: a}
===
extends-cycle ::
a: {extends: a, script: x}
===
extends-undefined ::
a: {extends: [b, c], script: x}
b: {script: y}
===
extends-undefined wrong-shape ::
a: {extends: 1, script: x}
===
extends-undefined wrong-shape ::
a: {extends: {b: c}, script: x}
===
extends-undefined ::
.a: {extends: .nope}
j: {script: x}
===
reference-undefined wrong-shape ::
j: {script: [!reference [.s, script], c]}
===
reference-undefined wrong-shape ::
.s: {script: [a, b]}
j: {script: [!reference [.s, nope], c]}
===
reference-undefined ::
.s: {script: !reference [.s, script]}
j: {script: x}
===
reference-undefined ::
.s: {script: !reference [.t, script]}
.t: {script: !reference [.s, script]}
j: {script: x}
===
reference-undefined ::
j: {script: !reference []}
===
reference-undefined ::
j: {script: !reference .s}
===
wrong-shape ::
.s: {variables: [a]}
j: {script: x, variables: !reference [.s, variables]}
===
input-mismatch ::
spec: {inputs: {a: }}
---
j: {script: 'echo $[[ inputs.a ]]'}
===
input-mismatch ::
spec: {inputs: {a: {default: x}}}
---
j: {script: 'echo $[[ inputs.b ]]'}
===
input-mismatch ::
spec: {inputs: {a: {default: x, type: number}}}
---
j: {script: 'echo $[[ inputs.a ]]'}
===
input-mismatch ::
spec: {inputs: {a: {default: 'yes', type: boolean}}}
---
j: {script: 'echo $[[ inputs.a ]]'}
===
input-mismatch ::
spec: {inputs: {a: {default: x, type: foo}}}
---
j: {script: 'echo $[[ inputs.a ]]'}
===
input-mismatch ::
spec: {inputs: {a: {default: x, foo: y}}}
---
j: {script: 'echo $[[ inputs.a ]]'}
===
input-mismatch ::
spec: {inputs: {a: {default: x, options: [y]}}}
---
j: {script: 'echo $[[ inputs.a ]]'}
===
input-mismatch ::
spec: {inputs: {a: {default: x, options: x}}}
---
j: {script: 'echo $[[ inputs.a ]]'}
===
input-mismatch ::
spec: {inputs: {a: {default: x, regex: '^y'}}}
---
j: {script: 'echo $[[ inputs.a ]]'}
===
flow-interpolation ::
spec: {inputs: {a: {default: [x, y], type: array}}}
---
j: {script: $[[ inputs.a ]]}
===
input-mismatch ::
spec: {inputs: a}
---
j: {script: x}
===
input-mismatch ::
spec: {foo: a}
---
j: {script: x}
===
input-mismatch ::
spec: {inputs: {a: {default: x}}}
foo: bar
---
j: {script: x}
===
input-mismatch ::
spec: {inputs: {a: {default: x}}}
---
j: {script: 'echo $[[ inputs.a | foo ]]'}
===
input-mismatch ::
spec: {inputs: {a: {default: x}}}
---
j: {script: 'echo $[[ foo.a ]]'}
===
job-without-script ::
spec: {inputs: {a: {default: x}}}
---
===
job-without-script ::
spec: {inputs: {a: {default: x}}}
===
include-invalid ::
include: 5
j: {script: x}
===
include-invalid ::
include: [{}]
j: {script: x}
===
include-invalid ::
include: [{foo: a.yml}]
j: {script: x}
===
include-invalid ::
include: [{local: a.yml, remote: b}]
j: {script: x}
===
include-invalid ::
include: [{local: 5}]
j: {script: x}
===
include-invalid ::
include: [{project: a}]
j: {script: x}
===
include-invalid ::
include: [{file: a}]
j: {script: x}
===
include-invalid ::
include: [{remote: foo}]
j: {script: x}
===
include-invalid ::
include: [{local: a.txt}]
j: {script: x}
===
job-without-script ::
script: x
===
no-visible-job ::
image: a
===
no-visible-job ::
stages: [a]
===
stage-undefined ::
j: {script: x}
j: {stage: nope, script: y}
===
yaml-syntax ::
j: {script: "a: b": c}
===
script-parsed-as-map ::
j: {script: [echo a: b]}
===
script-parsed-as-map ::
j:
  script:
    - echo "a": b
===
yaml-syntax ::
variables: {A: 2024-01-01}
j: {script: x}
===
yaml-syntax ::
variables: {A: 2024-01-01T00:00:00Z}
j: {script: x}
===
yaml-syntax ::
j: !ruby/object:Foo {script: x}
===
file-too-large ::
j: {script: x, variables: {A: &a [*a]}}
===
conflicting-keywords ::
j: {needs: [k], trigger: a, script: x}
k: {script: x, stage: build}
===
needs-undefined ::
a: {trigger: {include: [{artifact: f, job: b}]}}
b: {script: x, stage: deploy}
===
only-with-rules ::
j: {script: x, only: [main], rules: [{if: $A}]}
===
over-limit ::
cache: [{key: a}, {key: b}, {key: c}, {key: d}, {key: e}]
j: {script: x}
===
conflicting-keywords ::
a: {stage: build, trigger: x}
b: {needs: [{pipeline: x}, {pipeline: y}]}
===
unknown-keyword ::
variables: {A: {value: x, description: y, foo: z}}
j: {script: x}
===
wrong-shape ::
j: {script: x, services: [{alias: a}]}
===
script-parsed-as-map ::
before_script: [a, {b: c}]
j: {script: x}
===
over-limit ::
j: {script: [a, [b, [c, [d, [e, [f, [g, [h, [i, [j, [k, [l]]]]]]]]]]]]}

"""


def kinds_of_faults(text: str) -> str:
    pipeline = resolve("ci.yml", text)
    return " ".join(dict.fromkeys(str(fault.kind) for fault in [*pipeline.faults, *judge(pipeline)]))


def job(written: str) -> str:
    return "j:\n" + "".join(f"  {line}\n" for line in written.split("|")) + AROUND


def refused(table: str, separator: str) -> list[tuple[str, str]]:
    entries = [entry.partition(" ::") for entry in table.strip("\n").split(separator)]
    return [(kinds, text[1:]) for kinds, _, text in entries]


@pytest.mark.parametrize("written", TAKEN_JOBS.strip().split("\n"))
def test_a_job_that_gitlab_takes_has_no_fault(written: str) -> None:
    assert kinds_of_faults(job(written)) == ""


@pytest.mark.parametrize(("kinds", "written"), refused(REFUSED_JOBS, "\n"))
def test_a_job_that_gitlab_refuses_has_the_fault_that_explains_it(kinds: str, written: str) -> None:
    assert kinds_of_faults(job(written)) == kinds


@pytest.mark.parametrize("text", TAKEN_FILES.strip("\n").split("\n===\n"))
def test_a_file_that_gitlab_takes_has_no_fault(text: str) -> None:
    assert kinds_of_faults(f"{text}\n") == ""


@pytest.mark.parametrize(("kinds", "text"), refused(REFUSED_FILES, "\n===\n"))
def test_a_file_that_gitlab_refuses_has_the_fault_that_explains_it(kinds: str, text: str) -> None:
    assert kinds_of_faults(f"{text}\n") == kinds
