"""What a context decides before the pipeline is made: the rules of includes and of inputs."""

from collections.abc import Mapping

from cigen.pipeline.contexts import Context
from cigen.pipeline.expressions import ExpressionError, parse
from cigen.pipeline.include_rules import Knowledge
from cigen.pipeline.interpolation import Value
from cigen.pipeline.predefined import PREDEFINED, Moment


def knowledge_of(context: Context) -> Knowledge:
    """What is known about a pipeline of this kind when its files are read."""
    variables = {name: value for name, value in context.predefined.items() if _is_early(name)} | dict(context.variables)

    def condition(text: str) -> bool | None:
        return _holds(text, variables, {})

    def input_rule(text: str, inputs: Mapping[str, Value]) -> bool | None:
        return _holds(text, variables, inputs)

    return Knowledge(variables, condition, input_rule)


def _is_early(name: str) -> bool:
    predefined = PREDEFINED.get(name)
    return predefined is None or predefined.moment is Moment.BEFORE


def _holds(text: str, variables: Mapping[str, str], inputs: Mapping[str, Value]) -> bool | None:
    told = {name: value if isinstance(value, (bool, str)) else str(value) for name, value in inputs.items()}
    try:
        return parse(text).evaluate(variables, told)
    except ExpressionError:
        return None
