"""Whatever stands in a pipeline, the judge says something about it, or nothing, but never breaks."""

from hypothesis import given, settings
from hypothesis import strategies as st
from yaml import safe_dump

from cigen.pipeline.judge import judge
from cigen.pipeline.keywords import JOB, PIPELINE, TRIGGER_JOB, keywords_in
from cigen.pipeline.resolve import resolve

WORDS = sorted({path[-1] for shape in (JOB, TRIGGER_JOB, PIPELINE) for path, _ in keywords_in(shape)})
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 300),
    st.floats(allow_nan=False),
    st.sampled_from(["", "a", "build", "delayed", "$A == null", "/x(/", "1 week", "$[[ matrix.A ]]", ".hidden", "%2F"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(WORDS), SCALARS), inner, max_size=5),
    ),
    max_leaves=12,
)
JOBS = st.dictionaries(st.sampled_from(sorted({*JOB.by_name, *TRIGGER_JOB.by_name})), VALUES, max_size=8)
PIPELINES = st.dictionaries(
    st.one_of(st.sampled_from([*PIPELINE.by_name, "build", "a", ".hidden"]), SCALARS),
    st.one_of(JOBS, VALUES),
    max_size=6,
)


@settings(max_examples=300, deadline=None)
@given(PIPELINES)
def test_the_judge_never_breaks_and_always_names_a_place(content: dict[object, object]):
    text = safe_dump(content, sort_keys=False)
    pipeline = resolve("ci.yml", text)

    faults = list(judge(pipeline))

    lines = text.count("\n") + 1
    assert all(0 <= fault.place.line <= lines and fault.message and fault.place.path == "ci.yml" for fault in faults)
    assert len({(fault.kind, fault.place, fault.message) for fault in faults}) == len(faults)
