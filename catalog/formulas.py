"""Formulas in parameter values, as ``LEAST({DBInstanceClassMemory/9531392},5000)``.

The grammar is that of "Specifying DB parameters" in the Amazon Aurora User Guide (2026-04)::

    formula    = function | braces
    function   = ("GREATEST" | "LEAST" | "SUM" | "IF") "(" argument {"," argument} ")"
    argument   = integer | braces
    braces     = ["$"] "{" term ["*" number ["/" number] | "/" number ["*" number]] "}"
    term       = variable | "log" "(" variable ["*" number ["/" number] | "/" number ["*" number]] ")"

The dollar sign and the order divide-then-multiply are in no syntax table, but AWS's own defaults use
them. Function names are in any case, variable names are not. All results are integers, truncated
towards zero after each operation. ``log`` is to base 2; it takes the exact quotient, because AWS's
default for ``autovacuum_vacuum_cost_limit`` would have no value on small instances otherwise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from math import log2

from catalog.suggestions import nearest

VARIABLES = (
    "AllocatedStorage",
    "DBInstanceClassMemory",
    "DBInstanceVCPU",
    "EndPointPort",
    "TrueIfReplica",
)
"""Formula variables: bytes of the volume, bytes of memory, vCPUs, the TCP port, and 1 on a reader."""

FUNCTIONS = ("GREATEST", "LEAST", "SUM", "IF")
"""Formula functions; IF takes a condition and two results, the others any number of arguments."""

_ARGUMENTS_OF_IF = 3

_MOST_DIGITS = 18
"""Digits of a number in a formula: no parameter, and no amount of memory, has more."""

UNKNOWN = {"TrueIfReplica": (0, 1), "EndPointPort": (1150, 65535), "AllocatedStorage": (10 * 2**30, 256 * 2**40)}
"""Variables whose value is not known before there is a cluster, with the least and the most that they can be."""

_Value = Callable[[Mapping[str, int]], int]


class FormulaError(ValueError):
    """A formula that does not follow AWS's grammar, or lacks a variable's value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A parsed formula; ``variables`` are the names it needs values for."""

    text: str
    variables: frozenset[str]
    _value: _Value = field(repr=False, compare=False)

    def evaluate(self, variables: Mapping[str, int]) -> int:
        """Return the formula's integer value; memory and storage are in bytes."""
        missing = sorted(self.variables - variables.keys())
        if missing:
            raise FormulaError(f"{self.text} needs the value of {' and '.join(missing)}")
        return self._value(variables)


def is_formula(text: str) -> bool:
    """Tell whether the value is meant as a formula: it has a brace, or calls one of the functions."""
    name, parenthesis, _ = text.partition("(")
    return "{" in text or (parenthesis == "(" and name.strip().upper() in FUNCTIONS)


@lru_cache(maxsize=512)
def parse(text: str) -> Formula:
    """Parse a formula; raise FormulaError with the position and what was expected there."""
    return _Parser(text).formula()


def number(text: str, variables: Mapping[str, int]) -> int | None:
    """Return the value of a formula or of a plain integer, None if the formula needs another variable.

    Of one that differs between the writer and its readers, the larger.
    """
    if not is_formula(text):
        return int(text)
    formula = parse(text)
    missing = formula.variables - variables.keys()
    if missing - {"TrueIfReplica"}:
        return None
    # On readers and on the writer alike: what is counted with is the more of the two.
    return max(possible(formula, variables))


def possible(formula: Formula, variables: Mapping[str, int]) -> list[int]:
    """Return what the formula comes to at both ends of the range of each variable that is not known.

    None at all if one of them has no such range.
    """
    missing = sorted(formula.variables - variables.keys())
    if any(name not in UNKNOWN for name in missing):
        return []
    ends = product(*(UNKNOWN[name] for name in missing))
    return [formula.evaluate({**variables, **dict(zip(missing, values, strict=True))}) for values in ends]


class _Parser:
    """A recursive-descent parser over one text, without look-back."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._variables: set[str] = set()

    def formula(self) -> Formula:
        value = self._braces() if self._next() in ("{", "$") else self._function()
        if self._next():
            raise self._expected("the end of the formula")
        return Formula(text=self._text, variables=frozenset(self._variables), _value=value)

    def _next(self) -> str:
        """Return the next character that is not a space, or '' at the end."""
        while self._text[self._position : self._position + 1].isspace():
            self._position += 1
        return self._text[self._position : self._position + 1]

    def _expected(self, what: str, *, at: int | None = None) -> FormulaError:
        position = self._position if at is None else at
        found = repr(self._text[position : position + 12]) if position < len(self._text) else "the end"
        return FormulaError(f"at character {position + 1}: expected {what}, found {found}")

    def _skip(self, character: str, what: str) -> None:
        if self._next() != character:
            raise self._expected(what)
        self._position += 1

    def _word(self) -> str:
        self._next()
        start = self._position
        while self._text[self._position : self._position + 1].isalnum():
            self._position += 1
        return self._text[start : self._position]

    def _integer(self, *, signed: bool) -> int:
        start = self._position
        sign = -1 if signed and self._next() == "-" else 1
        if sign < 0:
            self._position += 1
        digits = self._word()
        if not (digits.isascii() and digits.isdigit()):
            self._position = start
            self._next()
            raise self._expected("an integer or a formula in braces" if signed else "a whole number")
        if len(digits) > _MOST_DIGITS:
            raise self._expected(f"a number of at most {_MOST_DIGITS} digits", at=start)
        return sign * int(digits)

    def _function(self) -> _Value:
        self._next()
        start = self._position
        name = self._word().upper()
        if name not in FUNCTIONS:
            raise self._expected(f"one of {', '.join(FUNCTIONS)} or a formula in braces", at=start)
        self._skip("(", f"'(' after {name}")
        arguments = [self._argument()]
        while self._next() == ",":
            self._position += 1
            arguments.append(self._argument())
        if name == "IF" and len(arguments) != _ARGUMENTS_OF_IF:
            raise self._expected(f"{_ARGUMENTS_OF_IF} arguments of IF")
        self._skip(")", "',' or ')'")
        return _call(name, arguments)

    def _argument(self) -> _Value:
        if self._next() in ("{", "$"):
            return self._braces()
        number = self._integer(signed=True)
        return lambda _: number

    def _braces(self) -> _Value:
        if self._next() == "$":
            self._position += 1
        self._skip("{", "'{'")
        self._next()
        start = self._position
        name = self._word()
        value: _Value
        if name.lower() == "log":
            self._skip("(", "'(' after log")
            self._next()
            start = self._position
            variable = self._variable(self._word(), start)
            inner = self._operations()
            self._skip(")", "'*', '/' or ')'")
            value = _logarithm(variable, inner, self._operations())
        else:
            value = _product(self._variable(name, start), self._operations())
        self._skip("}", "'*', '/' or '}'")
        return value

    def _variable(self, name: str, start: int) -> str:
        if name not in VARIABLES:
            hint = nearest(name, VARIABLES) if name else None
            wanted = f"the variable {hint}" if hint else f"one of the variables {', '.join(VARIABLES)}"
            raise self._expected(wanted, at=start)
        self._variables.add(name)
        return name

    def _operations(self) -> tuple[tuple[str, int], ...]:
        """Parse at most one multiplication and one division, in either order."""
        operations: list[tuple[str, int]] = []
        while (operator := self._next()) in ("*", "/") and operator:
            if any(operator == used for used, _ in operations):
                raise self._expected(f"no second {operator!r}")
            self._position += 1
            self._next()
            start = self._position
            number = self._integer(signed=False)
            if operator == "/" and number == 0:
                raise self._expected("a divisor above 0", at=start)
            operations.append((operator, number))
        return tuple(operations)


def _product(variable: str, operations: tuple[tuple[str, int], ...]) -> _Value:
    def value(variables: Mapping[str, int]) -> int:
        result = variables[variable]
        for operator, number in operations:
            result = result * number if operator == "*" else result // number
        return result

    return value


def _logarithm(variable: str, inner: tuple[tuple[str, int], ...], outer: tuple[tuple[str, int], ...]) -> _Value:
    def value(variables: Mapping[str, int]) -> int:
        quotient = float(variables[variable])
        for operator, number in inner:
            quotient = quotient * number if operator == "*" else quotient / number
        if quotient <= 0:
            raise FormulaError(f"log of {quotient:g} does not exist")
        result = log2(quotient)
        for operator, number in outer:
            result = result * number if operator == "*" else result / number
        return int(result)

    return value


def _call(name: str, arguments: list[_Value]) -> _Value:
    if name == "IF":
        condition, when_true, when_false = arguments
        return lambda variables: (when_true if condition(variables) else when_false)(variables)
    if name == "SUM":
        return lambda variables: sum(argument(variables) for argument in arguments)
    choose = max if name == "GREATEST" else min
    return lambda variables: choose(argument(variables) for argument in arguments)
