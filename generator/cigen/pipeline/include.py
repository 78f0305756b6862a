"""`include`: the files that a configuration names, read and merged as GitLab does."""

from dataclasses import dataclass, field

from cigen.pipeline.document import Loaded
from cigen.pipeline.fault import Fault
from cigen.pipeline.model import Included, Skipped
from cigen.pipeline.node import Mapping
from cigen.pipeline.sources import Sources


@dataclass(slots=True)
class Including:
    """All includes of one pipeline."""

    cache: dict[tuple[str, str | bytes], Loaded]
    included: list[Included] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def root(self, root: Mapping, sources: Sources) -> Mapping:
        """The configuration over all that it includes."""
        include = root.get("include")
        if include is not None:
            self.skipped.append(Skipped("include", include.place, "includes are not followed yet"))
        return root
