"""The formula language of AWS parameter values."""

import pytest

from catalog import formulas

GIBIBYTE = 1024**3
VARIABLES = {
    "AllocatedStorage": 10 * GIBIBYTE,
    "DBInstanceClassMemory": 16 * GIBIBYTE,
    "DBInstanceVCPU": 4,
    "EndPointPort": 5432,
    "TrueIfReplica": 1,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{EndPointPort}", 5432),
        ("{DBInstanceVCPU*2}", 8),
        ("{DBInstanceClassMemory/9531392}", 1802),
        ("{DBInstanceVCPU*10/3}", 13),
        ("{DBInstanceVCPU/3*10}", 10),
        ("LEAST({DBInstanceClassMemory/9531392},5000)", 1802),
        ("LEAST({DBInstanceClassMemory/9531392},1000)", 1000),
        ("GREATEST({DBInstanceClassMemory/63963136*1024},65536)", 274432),
        ("GREATEST(${DBInstanceVCPU*2},8)", 8),
        ("GREATEST(${DBInstanceVCPU/2},8)", 8),
        ("SUM({DBInstanceClassMemory/12038},-50003)", 1377133),
        ("SUM(1,2,3)", 6),
        ("sum( 1 , -2 )", -1),
        ("greatest(1,{DBInstanceVCPU})", 4),
        ("IF({TrueIfReplica},1,{DBInstanceVCPU})", 1),
        ("{log(DBInstanceClassMemory/8589934592)*1000}", 1000),
        ("{log(DBInstanceClassMemory)}", 34),
        ("GREATEST({log(DBInstanceClassMemory/21474836480)*600},200)", 200),
        ("{log(DBInstanceClassMemory/21474836480)*600}", -193),
    ],
)
def test_value(text: str, expected: int) -> None:
    assert formulas.parse(text).evaluate(VARIABLES) == expected


def test_if_takes_the_third_argument_of_a_false_condition() -> None:
    formula = formulas.parse("IF({TrueIfReplica},1,{DBInstanceVCPU})")
    assert formula.evaluate(VARIABLES | {"TrueIfReplica": 0}) == 4


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("LEAST({DBInstanceMemory/9531392},5000)", 8, "the variable DBInstanceClassMemory"),
        ("{dbinstancevcpu}", 2, "the variable DBInstanceVCPU"),
        ("{zzz}", 2, "one of the variables AllocatedStorage"),
        ("{1*DBInstanceVCPU}", 2, "one of the variables"),
        ("MAX(1,2)", 1, "one of GREATEST, LEAST, SUM, IF"),
        ("LEAST", 6, "'(' after LEAST"),
        ("LEAST(", 7, "an integer or a formula"),
        ("LEAST()", 7, "an integer or a formula"),
        ("GREATEST(1,,2)", 12, "an integer or a formula"),
        ("GREATEST(1,2", 13, "',' or ')'"),
        ("GREATEST(1,2))", 14, "the end"),
        ("GREATEST(1.5,2)", 11, "',' or ')'"),
        ("LEAST(1,LEAST(1,2))", 9, "an integer or a formula"),
        ("IF(1,2)", 7, "3 arguments"),
        ("IF(1,2,3,4)", 11, "3 arguments"),
        ("{DBInstanceVCPU", 16, "'*', '/' or '}'"),
        ("{DBInstanceVCPU+1}", 16, "'*', '/' or '}'"),
        ("{DBInstanceVCPU*-1}", 17, "a whole number"),
        ("{DBInstanceVCPU*2*3}", 18, "no second '*'"),
        ("{DBInstanceVCPU/0}", 17, "a divisor above 0"),
        ("{log DBInstanceVCPU}", 6, "'(' after log"),
        ("$5", 2, "'{'"),
        ("", 1, "one of GREATEST"),
    ],
)
def test_error_names_the_position_and_what_was_expected(text: str, position: int, expected: str) -> None:
    with pytest.raises(formulas.FormulaError) as caught:
        formulas.parse(text)
    assert f"at character {position}: expected {expected}" in str(caught.value)


def test_variables_are_collected() -> None:
    formula = formulas.parse("GREATEST({DBInstanceClassMemory/2},{log(DBInstanceVCPU)*3},1)")
    assert formula.variables == {"DBInstanceClassMemory", "DBInstanceVCPU"}


def test_missing_variable_is_named() -> None:
    with pytest.raises(formulas.FormulaError, match="DBInstanceVCPU"):
        formulas.parse("{DBInstanceVCPU}").evaluate({"EndPointPort": 1})


def test_logarithm_of_zero_is_refused() -> None:
    with pytest.raises(formulas.FormulaError, match="log of 0"):
        formulas.parse("{log(TrueIfReplica)*2}").evaluate({"TrueIfReplica": 0})


def test_formulas_of_the_same_text_are_equal() -> None:
    assert formulas.parse("{EndPointPort}") == formulas.parse("{EndPointPort}")
    assert formulas.parse("{EndPointPort}") != formulas.parse("{EndPointPort*2}")


@pytest.mark.parametrize("text", ["{EndPointPort}", "SUM(1,2)", "least(1", "x{"])
def test_meant_as_a_formula(text: str) -> None:
    assert formulas.is_formula(text)


@pytest.mark.parametrize("text", ["5000", "", "public", '"$user", public', "least", "MAX(1)"])
def test_not_meant_as_a_formula(text: str) -> None:
    assert not formulas.is_formula(text)
