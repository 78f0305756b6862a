"""From files to what rules look at: each pipeline resolved and judged, its templates as a service would use them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from cigen.lint.rendered_for import facts_of
from cigen.lint.rendering import Rendering
from cigen.lint.subject import Job, RepoFile, Skipped, Subject
from cigen.pipeline.document import Cache, read_ci_file
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.include_rules import Knowledge
from cigen.pipeline.judge import judge
from cigen.pipeline.model import Job as PipelineJob
from cigen.pipeline.model import Pipeline
from cigen.pipeline.node import Mapping, Place
from cigen.pipeline.resolve import resolve
from cigen.pipeline.sources import Answer, Found, Missing, Sources, Unknown

_INSTANCE = "cigen-instance-of"
_STARTS_WORK = ("script", "run", "trigger")
_GIVEN_STAGES = ("build", "test", "deploy")


@dataclass(frozen=True, slots=True)
class Root:
    """A file that a pipeline starts with."""

    path: str
    content: bytes
    sources: Sources
    is_pipelines_repo: bool = False
    """Whether other repositories include it: then its hidden jobs are what it is for."""
    is_made_up: bool = False
    """Whether nobody has written the file: it stands for what others may write."""
    stages: tuple[str, ...] = ()
    """The stages that a service has which includes it, where the file has none itself."""
    rendering: Rendering | None = None
    """Tells what is out of date in the folder of rendered files that it belongs to."""


def read_subject(root: Root, settings_variables: frozenset[str] = frozenset(), cache: Cache | None = None) -> Subject:
    """The pipeline of a root file as the rules look at it; files that are in the cache are not read again."""
    recorder = _Recorder(root.sources)
    text = _shown(root.content)
    cache = {} if cache is None else cache
    pipeline = resolve(root.path, root.content, recorder, _knowledge(root), cache)
    subject = _subject(root, text, pipeline, recorder, cache)
    if root.is_pipelines_repo:
        subject = _with_templates(subject, root, text, pipeline, recorder, cache)
        brought = facts_of(root.sources).brought_by_services
        subject = replace(subject, faults=tuple(_not_brought(subject, brought)))
    return replace(subject, settings_variables=settings_variables)


def _knowledge(root: Root) -> Knowledge:
    return Knowledge(is_library=root.is_pipelines_repo)


def _subject(root: Root, text: str, pipeline: Pipeline, included: "_Recorder", cache: Cache) -> Subject:
    contents = included.contents if root.is_made_up else {root.path: root.content, **included.contents}
    texts = included.texts if root.is_made_up else {root.path: text, **included.texts}
    hidden = {job.name: _job(job) for job in pipeline.hidden_jobs}
    return Subject(
        path=root.path,
        jobs={job.name: _job(job) for job in pipeline.visible_jobs},
        hidden=hidden,
        pipeline=pipeline,
        stages=tuple(stage.name for stage in pipeline.stages),
        texts=texts,
        documents=dict(_documents(contents, cache)),
        faults=tuple(_judged(pipeline)),
        skipped=tuple(
            Skipped(skipped.place.path, f"{skipped.location}: {skipped.reason}", skipped.place.line + 1)
            for skipped in pipeline.skipped
        ),
        of_others=frozenset(included.of_others),
        matching=lambda pattern: _known(root.sources.matching(pattern)),
        repository=_Repository(root.sources, texts),
        oldest_gitlab=lambda: _oldest_gitlab([root.sources, *included.others]),
        is_pipelines_repo=root.is_pipelines_repo,
        rendering=root.rendering,
    )


def _oldest_gitlab(sources: Iterable[Sources]) -> str:
    """What the first lock says among these files: the repo's own, and those of the projects that it includes."""
    return next(filter(None, (facts_of(each).gitlab for each in sources)), "")


def _text(answer: Answer) -> str | None:
    if not isinstance(answer, Found):
        return None
    return _shown(answer.content)


def _shown(content: str | bytes) -> str:
    """A file's text without its byte order mark, which no place counts."""
    text = content if isinstance(content, str) else content.decode("utf-8", "replace")
    return text.removeprefix("\ufeff")


def _known(answer: tuple[str, ...] | Unknown) -> tuple[str, ...] | None:
    return None if isinstance(answer, Unknown) else answer


def _judged(pipeline: Pipeline) -> Iterator[Fault]:
    yield from pipeline.faults
    yield from judge(pipeline)


def _job(job: PipelineJob, *, is_template: bool = False) -> Job:
    return Job(job.name, job.effective, job.key.place, is_template)


def _documents(contents: dict[str, str | bytes], cache: Cache) -> Iterator[tuple[str, Mapping]]:
    for path, content in contents.items():
        root = read_ci_file(path, content, cache).document.root
        if isinstance(root, Mapping):
            yield path, root


def _with_templates(
    subject: Subject, root: Root, text: str, pipeline: Pipeline, sources: Sources, cache: Cache
) -> Subject:
    """The hidden jobs, each as a visible job that extends it and adds nothing.

    GitLab's judgement counts for all of them, since a service may extend any. Rules look at those that nobody extends
    here: of the others they see what the jobs have that extend them.
    """
    extended = {base.name for job in pipeline.jobs for base in job.bases}
    working = [job for job in pipeline.hidden_jobs if _starts_work(job)]
    templates = sorted(working, key=lambda job: job.name in extended)  # of two with one fault, the first is told of
    views = {job.name: _job(job, is_template=True) for job in working if job.name not in extended}
    faults = subject.faults
    if templates:
        appended = "\n".join(_lines(pipeline, templates, root.stages))
        written = text[1:-1] if root.is_made_up else text.rstrip()
        used = resolve(root.path, f"{written}\n{appended}\n", sources, _knowledge(root), cache)
        last = text.rstrip().count("\n")
        by_name = {f"{_INSTANCE}{job.name}": job for job in templates}
        moved = [_moved(fault, root.path, last, by_name) for fault in _judged(used)]
        faults = tuple(_once_for_each_place(moved, extended))
    jobs = dict(subject.jobs) | views
    kept = tuple(fault for fault in faults if fault.kind.value != "no-visible-job")
    return replace(subject, jobs=jobs, faults=kept)


def _once_for_each_place(faults: list[Fault], extended: set[str]) -> Iterator[Fault]:
    """The faults without those of a template that a job has too which extends it."""
    told = {(fault.kind, fault.place) for fault in faults if fault.job not in extended}
    return (fault for fault in faults if fault.job not in extended or (fault.kind, fault.place) not in told)


def _not_brought(subject: Subject, brought: Sequence[str]) -> Iterator[Fault]:
    """The faults, without those of a need for a job that each service brings."""
    for fault in subject.faults:
        line = subject.line(fault.place.path, fault.place.line)
        needed = line[fault.place.column : fault.place.end_column].strip("\"'")
        if fault.kind is not FaultKind.NEEDS_UNDEFINED or needed not in brought:
            yield fault


def _starts_work(job: PipelineJob) -> bool:
    return any(job.get(key) is not None for key in _STARTS_WORK)


def _lines(pipeline: Pipeline, templates: Iterable[PipelineJob], stages: Sequence[str]) -> Iterator[str]:
    if "stages" not in pipeline.root:
        known = [*_GIVEN_STAGES, *stages, *(job.stage_name for job in templates)]
        yield f"stages: [{', '.join(repr(name) for name in dict.fromkeys(known) if not name.startswith('.'))}]"
    for job in templates:
        yield f"{_INSTANCE}{job.name}: {{extends: [{job.name!r}]}}"


def _moved(fault: Fault, path: str, last: int, instances: dict[str, PipelineJob]) -> Fault:
    """A fault of an instance, told of the template: nobody has written the instance."""
    template = instances.get(fault.job)
    message = fault.message
    for name, each in instances.items():
        message = message.replace(name, each.name)
    return replace(
        fault,
        place=_written(fault.place, path, last, template),
        message=message,
        job=template.name if template else fault.job,
        related=tuple((place, why) for place, why in fault.related if place.path != path or place.line <= last),
    )


def _written(place: Place, path: str, last: int, template: PipelineJob | None) -> Place:
    """The place itself, or that of the template where the place is in what we have appended."""
    if place.path != path or place.line <= last:
        return place
    return template.key.place if template else Place(path, last, 0, last, 0)


@dataclass(frozen=True, slots=True)
class _Repository:
    """The repository of a root file; what was read of it can be shown."""

    sources: Sources
    texts: dict[str, str]

    def read(self, path: str) -> RepoFile | None:
        answer = self.sources.local(path)
        text = _text(answer)
        if not isinstance(answer, Found) or text is None:
            return None
        self.texts[answer.path] = text
        return RepoFile(answer.path, text)

    def shown(self, path: str) -> str:
        answer = self.sources.local(path)
        return answer.path if isinstance(answer, Found) else path


@dataclass(slots=True)
class _Recorder:
    """Sources that remember what they gave."""

    sources: Sources
    texts: dict[str, str] = field(default_factory=dict)
    contents: dict[str, str | bytes] = field(default_factory=dict)
    of_others: set[str] = field(default_factory=set)
    others: list[Sources] = field(default_factory=list)
    """The projects that something was included from."""
    is_other: bool = False
    """Whether they are those of another project."""

    def local(self, path: str) -> Answer:
        return self._kept(self.sources.local(path), is_other=self.is_other)

    def matching(self, pattern: str) -> tuple[str, ...] | Unknown:
        return self.sources.matching(pattern)

    def project(self, project: str, ref: str) -> "Sources | Unknown | Missing":
        other = self.sources.project(project, ref)
        if isinstance(other, Unknown | Missing):
            return other
        self.others.append(other)
        return _Recorder(other, self.texts, self.contents, self.of_others, self.others, is_other=True)

    def other(self, kind: str, address: str) -> Answer:
        return self._kept(self.sources.other(kind, address), is_other=True)

    def _kept(self, answer: Answer, *, is_other: bool) -> Answer:
        text = _text(answer)
        if isinstance(answer, Found) and text is not None:
            self.texts[answer.path] = text
            self.contents[answer.path] = answer.content
            if is_other:
                self.of_others.add(answer.path)
        return answer
