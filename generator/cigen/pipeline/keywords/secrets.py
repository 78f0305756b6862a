"""Where a job gets its secrets: `id_tokens`, `secrets`, `identity`."""

import re
from collections.abc import Iterator

from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.keywords.shapes import (
    FLAG,
    NAME,
    NAMED,
    TEXT,
    TEXT_OR_TEXTS,
    Choice,
    Either,
    Fields,
    MappingOf,
    Text,
    Value,
    key,
)
from cigen.pipeline.keywords.where import Where, is_blank
from cigen.pipeline.node import Mapping, Node

_ANY_KEY = Value(frozenset({"text", "number", "flag", "nothing"}), "text")

_ID_TOKEN = Fields(
    (key("aud", TEXT_OR_TEXTS, "Whom the token is for.", since="15.7", at="id_tokens", may_be_null=False),),
    required=("aud",),
)
ID_TOKENS = MappingOf(_ID_TOKEN, _ANY_KEY, null_is=_ID_TOKEN)

IDENTITY = Choice(("google_cloud",))

_ENGINE = Fields(
    (
        key("name", NAMED, "The secrets engine.", since="13.4", at="secretsvault", may_be_null=False),
        key("path", NAMED, "Where the engine is mounted.", since="13.4", at="secretsvault", may_be_null=False),
    ),
    required=("name", "path"),
)
_VAULT = Either(
    (
        ("text", NAMED),
        (
            "mapping",
            Fields(
                (
                    key("engine", _ENGINE, "The secrets engine.", since="13.4", at="secretsvault", may_be_null=False),
                    key("path", NAMED, "The path of the secret.", since="13.4", at="secretsvault", may_be_null=False),
                    key("field", NAMED, "The field of the secret.", since="13.4", at="secretsvault", may_be_null=False),
                ),
                required=("engine", "path", "field"),
            ),
        ),
    ),
    "text or a mapping",
)
_AZURE = Fields(
    (
        key("name", NAMED, "The name of the secret.", since="16.3", at="secretsazure_key_vault", may_be_null=False),
        key("version", TEXT, "Its version.", since="16.3", at="secretsazure_key_vault"),
    ),
    required=("name",),
)
_GOOGLE = Fields(
    (
        key("name", NAMED, "The name of the secret.", since="16.8", at="secretsgcp_secret_manager", may_be_null=False),
        key("version", NAME, "Its version.", since="16.8", at="secretsgcp_secret_manager"),
    ),
    required=("name",),
)


def _one_field(text: str) -> str:
    return "may hold one '#', before the field" if text.count("#") > 1 else ""


_AWS = Either(
    (
        ("text", Text(is_blank_allowed=False, complaint=_one_field)),
        (
            "mapping",
            Fields(
                (
                    key(
                        "secret_id",
                        NAMED,
                        "The secret.",
                        since="18.3",
                        at="secretsaws_secrets_manager",
                        may_be_null=False,
                    ),
                    *(
                        key(name, TEXT, doc, since="18.3", at="secretsaws_secrets_manager")
                        for name, doc in (
                            ("region", "Its region."),
                            ("version_id", "Its version."),
                            ("version_stage", "Its version's stage."),
                            ("role_arn", "The role to assume."),
                            ("role_session_name", "The name of the role's session."),
                            ("field", "The field of the secret."),
                        )
                    ),
                ),
                required=("secret_id",),
            ),
        ),
    ),
    "text or a mapping",
)
_AKEYLESS = Fields(
    tuple(
        key(name, TEXT, doc, since="17.0", at="https://docs.gitlab.com/ci/secrets/")
        for name, doc in (
            ("name", "The name of the secret."),
            ("data_key", "The field of the secret."),
            ("cert_user_name", "The user of a certificate."),
            ("public_key_data", "The public key of a certificate."),
            ("csr_data", "The request for a certificate."),
            ("uid_token", "The universal identity's token."),
            ("gcp_audience", "The audience, for Google Cloud."),
            ("azure_object_id", "The object id, for Azure."),
            ("k8s_service_account_token", "The token of a service account."),
            ("k8s_auth_config_name", "The name of the Kubernetes configuration."),
            ("gateway_ca_certificate", "The certificate of the gateway's authority."),
        )
    )
)

_SOURCE = re.compile(r"project|group/[a-zA-Z0-9_\-./]+")


def _source(text: str) -> str:
    return "" if _SOURCE.fullmatch(text) else "must be 'project', or 'group/' with the path of a group"


_OWN = Fields(
    (
        key(
            "name",
            NAMED,
            "The name of the secret.",
            since="18.3",
            at="https://docs.gitlab.com/ci/secrets/secrets_manager/",
            may_be_null=False,
        ),
        key(
            "source",
            Text(complaint=_source),
            "The group that has it.",
            since="18.8",
            at="https://docs.gitlab.com/ci/secrets/secrets_manager/",
        ),
    ),
    required=("name",),
)


def _google_needs_a_token(node: Node, where: Where) -> Iterator[Fault]:
    if isinstance(node, Mapping) and not is_blank(node.get("gcp_secret_manager")) and is_blank(node.get("token")):
        yield where.fault(
            FaultKind.CONFLICTING_KEYWORDS,
            node,
            "needs a 'token' for gcp_secret_manager",
            "add: token: $NAME_OF_AN_ID_TOKEN",
        )


_PROVIDERS = (
    key("vault", _VAULT, "A secret in HashiCorp Vault.", since="13.4", at="secretsvault"),
    key("azure_key_vault", _AZURE, "A secret in Azure Key Vault.", since="16.3", at="secretsazure_key_vault"),
    key("gcp_secret_manager", _GOOGLE, "A secret in Google Cloud.", since="16.8", at="secretsgcp_secret_manager"),
    key("aws_secrets_manager", _AWS, "A secret in AWS Secrets Manager.", since="18.3", at="secretsaws_secrets_manager"),
    key("akeyless", _AKEYLESS, "A secret in Akeyless.", since="17.0", at="https://docs.gitlab.com/ci/secrets/"),
    key(
        "gitlab_secrets_manager",
        _OWN,
        "A secret in GitLab.",
        since="18.3",
        at="https://docs.gitlab.com/ci/secrets/secrets_manager/",
    ),
)
_SECRET = Fields(
    (
        *_PROVIDERS,
        key("file", FLAG, "Whether the variable names a file.", since="14.1", at="secretsfile"),
        key("token", TEXT, "The id token to log in with.", since="15.8", at="secretstoken"),
    ),
    exactly_one=tuple(provider.name for provider in _PROVIDERS),
    checks=(_google_needs_a_token,),
)
SECRETS = MappingOf(_SECRET, _ANY_KEY, null_is=_SECRET)
