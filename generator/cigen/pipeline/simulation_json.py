"""Simulated pipelines as plain values, for JSON."""

from collections.abc import Sequence

from cigen.pipeline.comparison import Note
from cigen.pipeline.fault import Fault
from cigen.pipeline.model import Pipeline
from cigen.pipeline.simulation import SimulatedJob, Simulation


def document(
    pipeline: Pipeline, faults: Sequence[Fault], simulations: Sequence[Simulation], notes: Sequence[Note]
) -> dict[str, object]:
    """Everything that is known of the simulations; the values of given variables are left out, they may be secret.

    The faults are those for which GitLab would refuse the files, whatever the context.
    """
    return {
        "schema": 1,
        "file": pipeline.path,
        "faults": [_fault(fault) for fault in faults],
        "skipped": [{"include": skipped.location, "reason": skipped.reason} for skipped in pipeline.skipped],
        "pipelines": [_simulation(simulation) for simulation in simulations],
        "notes": [
            {
                "kind": note.kind,
                "message": note.message,
                "hint": note.hint,
                "jobs": note.jobs,
                "contexts": note.contexts,
            }
            for note in notes
        ],
    }


def _simulation(simulation: Simulation) -> dict[str, object]:
    context = simulation.context
    return {
        "context": context.name,
        "title": context.title,
        "source": context.source,
        "ref": {"kind": context.ref, "name": context.ref_name},
        "created": simulation.is_created,
        "reason": simulation.reason,
        "name": simulation.name,
        "faults": [_fault(fault) for fault in simulation.faults],
        "jobs": [_job(job) for job in simulation.jobs],
        "absent": [{"name": job.name, "stage": job.stage, "reason": job.reason} for job in simulation.absent],
    }


def _job(job: SimulatedJob) -> dict[str, object]:
    needs = None
    if job.needs is not None:
        needs = [
            {
                "job": need.job,
                "optional": need.is_optional,
                "artifacts": need.has_artifacts,
                **({"of": need.elsewhere} if need.elsewhere else {}),
            }
            for need in job.needs
        ]
    return {
        "name": job.name,
        "stage": job.stage,
        "layer": job.layer,
        "when": job.when,
        "start_in": job.decision.start_in,
        "allow_failure": job.allow_failure,
        "needs": needs,
        "held_by": job.held_by,
        "environment": job.environment,
        "instances": job.instances,
        "variables": dict(job.variables),
        "because": job.decision.reason,
        "depends_on_files": job.decision.asks_for_files,
    }


def _fault(fault: Fault) -> dict[str, object]:
    span = fault.place.span
    return {
        "kind": fault.kind,
        "path": span.path,
        "line": span.line,
        "column": span.column,
        "message": fault.message,
        "hint": fault.hint,
        "job": fault.job,
    }
