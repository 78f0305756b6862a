"""The pipelines that a pipelines repo is made for, and one of its files in each of them."""

from collections.abc import Iterator, Mapping

from cigen.pipeline.contexts import Circumstances, Context, contexts
from cigen.pipeline.model import Pipeline
from cigen.pipeline.simulation import Simulation, Simulator

_KINDS = ("push", "branch", "mr", "tag", "schedule")
_STARTS = {
    "production start": {"TARGET_VERSIONS_JSON": '{"orders-api": "1.4.0"}'},
    "config start": {"S3_CONFIG_VERSIONS_JSON": '{"orders-api": "HEAD"}'},
}
"""How a person starts what does not start by itself."""


def usual_contexts() -> dict[str, Context]:
    """The pipelines that a pipelines repo is made for, by the names that people give them."""
    known = contexts(Circumstances())
    by_hand = {name: known["web"].with_variables(variables) for name, variables in _STARTS.items()}
    return {name: known[name] for name in _KINDS} | by_hand


def simulated(pipeline: Pipeline, known: Mapping[str, Context]) -> Iterator[tuple[str, Simulation]]:
    """A pipeline in every context; one that GitLab refuses as it stands has its faults everywhere."""
    simulator = None if pipeline.faults else Simulator(pipeline)
    for name, context in known.items():
        yield name, Simulation(context, faults=pipeline.faults) if simulator is None else simulator.run(context)
