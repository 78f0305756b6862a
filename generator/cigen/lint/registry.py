"""The rules that there are: a rule counts once it stands in this list."""

from cigen.lint.rule import Rule
from cigen.lint.rules.anchor_undefined import AnchorUndefined
from cigen.lint.rules.artifact_expiry import ArtifactExpiry
from cigen.lint.rules.artifact_not_fetched import ArtifactNotFetched
from cigen.lint.rules.artifact_not_read import ArtifactNotRead
from cigen.lint.rules.aws_target_mismatch import AwsTargetMismatch
from cigen.lint.rules.bad_config_layer import BadConfigLayer
from cigen.lint.rules.bad_deployment_file import BadDeploymentFile
from cigen.lint.rules.bad_duration import BadDuration
from cigen.lint.rules.bad_enum import BadEnum
from cigen.lint.rules.bad_target_versions import BadTargetVersions
from cigen.lint.rules.bad_versions_file import BadVersionsFile
from cigen.lint.rules.changes_always_true import ChangesAlwaysTrue
from cigen.lint.rules.cigen_variable_unknown import CigenVariableUnknown
from cigen.lint.rules.conflicting_keywords import ConflictingKeywords
from cigen.lint.rules.contract_file_not_fetched import ContractFileNotFetched
from cigen.lint.rules.credentials_downloadable import CredentialsDownloadable
from cigen.lint.rules.debug_trace import DebugTrace
from cigen.lint.rules.dependencies_outside_needs import DependenciesOutsideNeeds
from cigen.lint.rules.dependency_without_artifacts import DependencyWithoutArtifacts
from cigen.lint.rules.deploy_failure_ignored import DeployFailureIgnored
from cigen.lint.rules.deploy_waits_for_ticket import DeployWaitsForTicket
from cigen.lint.rules.duplicate_key import DuplicateKey
from cigen.lint.rules.duplicate_pipelines import DuplicatePipelines
from cigen.lint.rules.extends_cycle import ExtendsCycle
from cigen.lint.rules.extends_undefined import ExtendsUndefined
from cigen.lint.rules.file_too_large import FileTooLarge
from cigen.lint.rules.flow_interpolation import FlowInterpolation
from cigen.lint.rules.gate_bypassed import GateBypassed
from cigen.lint.rules.if_syntax import IfSyntax
from cigen.lint.rules.ignore_unknown import IgnoreUnknown
from cigen.lint.rules.ignore_unused import IgnoreUnused
from cigen.lint.rules.ignore_without_reason import IgnoreWithoutReason
from cigen.lint.rules.image_not_pinned import ImageNotPinned
from cigen.lint.rules.include_invalid import IncludeInvalid
from cigen.lint.rules.include_matches_nothing import IncludeMatchesNothing
from cigen.lint.rules.include_missing import IncludeMissing
from cigen.lint.rules.include_unpinned import IncludeUnpinned
from cigen.lint.rules.input_mismatch import InputMismatch
from cigen.lint.rules.job_never_runs import JobNeverRuns
from cigen.lint.rules.job_without_script import JobWithoutScript
from cigen.lint.rules.list_replaced import ListReplaced
from cigen.lint.rules.manual_blocks import ManualBlocks
from cigen.lint.rules.needless_credentials import NeedlessCredentials
from cigen.lint.rules.needs_cycle import NeedsCycle
from cigen.lint.rules.needs_may_be_absent import NeedsMayBeAbsent
from cigen.lint.rules.needs_undefined import NeedsUndefined
from cigen.lint.rules.no_visible_job import NoVisibleJob
from cigen.lint.rules.on_stop_wiring import OnStopWiring
from cigen.lint.rules.only_except_deprecated import OnlyExceptDeprecated
from cigen.lint.rules.only_with_rules import OnlyWithRules
from cigen.lint.rules.over_creation_limit import OverCreationLimit
from cigen.lint.rules.over_limit import OverLimit
from cigen.lint.rules.predefined_unavailable import PredefinedUnavailable
from cigen.lint.rules.prod_environment import ProdEnvironment
from cigen.lint.rules.prod_gate import ProdGate
from cigen.lint.rules.prod_immutable_artifact import ProdImmutableArtifact
from cigen.lint.rules.prod_serialised import ProdSerialised
from cigen.lint.rules.production_start_builds import ProductionStartBuilds
from cigen.lint.rules.protected_key_overridden import ProtectedKeyOverridden
from cigen.lint.rules.reference_undefined import ReferenceUndefined
from cigen.lint.rules.regex_not_re2 import RegexNotRe2
from cigen.lint.rules.region_parity import RegionParity
from cigen.lint.rules.remote_script_exec import RemoteScriptExec
from cigen.lint.rules.rendered_file_edited import RenderedFileEdited
from cigen.lint.rules.rendered_file_stale import RenderedFileStale
from cigen.lint.rules.required_variable_missing import RequiredVariableMissing
from cigen.lint.rules.reserved_name import ReservedName
from cigen.lint.rules.rule_unreachable import RuleUnreachable
from cigen.lint.rules.script_parsed_as_map import ScriptParsedAsMap
from cigen.lint.rules.secret_in_dotenv import SecretInDotenv
from cigen.lint.rules.secret_literal import SecretLiteral
from cigen.lint.rules.shell_script import ShellScript
from cigen.lint.rules.stage_undefined import StageUndefined
from cigen.lint.rules.stage_unused import StageUnused
from cigen.lint.rules.template_deprecated import TemplateDeprecated
from cigen.lint.rules.ticket_failure_blocks import TicketFailureBlocks
from cigen.lint.rules.unknown_keyword import UnknownKeyword
from cigen.lint.rules.untrusted_injection import UntrustedInjection
from cigen.lint.rules.unused_template import UnusedTemplate
from cigen.lint.rules.variable_not_expanded_here import VariableNotExpandedHere
from cigen.lint.rules.variable_shadows_protected import VariableShadowsProtected
from cigen.lint.rules.variable_typo import VariableTypo
from cigen.lint.rules.variable_undefined import VariableUndefined
from cigen.lint.rules.variable_unused import VariableUnused
from cigen.lint.rules.variable_value_refused import VariableValueRefused
from cigen.lint.rules.vault_scope import VaultScope
from cigen.lint.rules.version_unsupported import VersionUnsupported
from cigen.lint.rules.wrong_shape import WrongShape
from cigen.lint.rules.yaml11_surprise import Yaml11Surprise
from cigen.lint.rules.yaml_syntax import YamlSyntax
from cigen.pipeline.fault import FaultKind

RULES: tuple[Rule, ...] = (
    YamlSyntax(),
    AnchorUndefined(),
    FlowInterpolation(),
    FileTooLarge(),
    DuplicateKey(),
    Yaml11Surprise(),
    ScriptParsedAsMap(),
    UnknownKeyword(),
    WrongShape(),
    JobWithoutScript(),
    NoVisibleJob(),
    BadEnum(),
    BadDuration(),
    OverLimit(),
    ConflictingKeywords(),
    VersionUnsupported(),
    ExtendsUndefined(),
    ExtendsCycle(),
    ReferenceUndefined(),
    IncludeMissing(),
    IncludeInvalid(),
    InputMismatch(),
    IncludeUnpinned(),
    IncludeMatchesNothing(),
    UnusedTemplate(),
    StageUndefined(),
    NeedsUndefined(),
    NeedsCycle(),
    DependenciesOutsideNeeds(),
    OnStopWiring(),
    NeedsMayBeAbsent(),
    StageUnused(),
    IfSyntax(),
    OnlyWithRules(),
    RegexNotRe2(),
    OnlyExceptDeprecated(),
    DuplicatePipelines(),
    RuleUnreachable(),
    JobNeverRuns(),
    ManualBlocks(),
    ChangesAlwaysTrue(),
    VariableUndefined(),
    VariableTypo(),
    VariableUnused(),
    VariableNotExpandedHere(),
    PredefinedUnavailable(),
    RequiredVariableMissing(),
    CigenVariableUnknown(),
    VariableValueRefused(),
    DependencyWithoutArtifacts(),
    ArtifactNotFetched(),
    ArtifactExpiry(),
    ContractFileNotFetched(),
    ArtifactNotRead(),
    SecretInDotenv(),
    CredentialsDownloadable(),
    OverCreationLimit(),
    ImageNotPinned(),
    SecretLiteral(),
    UntrustedInjection(),
    RemoteScriptExec(),
    DebugTrace(),
    ProdEnvironment(),
    ProdSerialised(),
    NeedlessCredentials(),
    ProdGate(),
    DeployFailureIgnored(),
    DeployWaitsForTicket(),
    TicketFailureBlocks(),
    ProdImmutableArtifact(),
    AwsTargetMismatch(),
    VaultScope(),
    RegionParity(),
    RenderedFileEdited(),
    RenderedFileStale(),
    GateBypassed(),
    ProtectedKeyOverridden(),
    ListReplaced(),
    ReservedName(),
    TemplateDeprecated(),
    ProductionStartBuilds(),
    VariableShadowsProtected(),
    BadDeploymentFile(),
    BadVersionsFile(),
    BadTargetVersions(),
    BadConfigLayer(),
    ShellScript(),
    IgnoreUnknown(),
    IgnoreUnused(),
    IgnoreWithoutReason(),
)
"""In the order of their codes."""

AREAS = {
    "1": "Syntax",
    "2": "Shape",
    "3": "References",
    "4": "Stages and needs",
    "5": "Rules and workflow",
    "6": "Variables",
    "7": "Artifacts and limits",
    "8": "Security and release safety",
    "9": "The linter itself",
}
"""What the first digit of a code stands for."""


def rule_called(wanted: str) -> Rule | None:
    """The rule of a name or a code."""
    return next((rule for rule in RULES if wanted.lower() in (rule.name, rule.code.lower())), None)


def what_gitlab_refuses() -> tuple[Rule, ...]:
    """The rules about what GitLab itself would refuse, without any policy of ours."""
    kinds = {kind.value for kind in FaultKind if kind is not FaultKind.NEEDS_ABSENT}
    return tuple(rule for rule in RULES if rule.name in kinds)
