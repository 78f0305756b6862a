"""JSON Schemas (draft 2020-12) of the files that flow between jobs; runtime and linter read the same ones."""

from collections.abc import Mapping

from cigen_runtime.file_schemas import configs, dashboard, reports, tickets, versions_and_images

SCHEMAS: Mapping[str, Mapping[str, object]] = {
    **versions_and_images.SCHEMAS,
    **tickets.SCHEMAS,
    **configs.SCHEMAS,
    **dashboard.SCHEMAS,
    **reports.SCHEMAS,
}
"""By the name that `File.schema` has."""
