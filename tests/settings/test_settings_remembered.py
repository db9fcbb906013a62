"""What follows from an environment is remembered of that environment alone, and nobody's changes to it are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reading import loader
from settings import parameters, topology
from settings.remembered import remembered
from tests.harness import ROOT

if TYPE_CHECKING:
    from settings.model import Environment


def test_each_environment_has_its_own_and_is_asked_once() -> None:
    dev, prod = (loaded.environment for loaded in loader.load(ROOT / "envs", ["dev", "prod"]))
    asked: list[Environment] = []

    @remembered
    def classes(environment: Environment) -> list[str]:
        asked.append(environment)
        return [environment.database.instance_class]

    found = [classes(one) for one in (dev, dev, prod, prod, dev)]
    assert found == [[one.database.instance_class] for one in (dev, dev, prod, prod, dev)]
    assert [one is dev for one in asked] == [True, False, True]


def test_another_choice_is_another_environment_and_a_list_is_its_callers() -> None:
    (loaded,) = loader.load(ROOT / "envs", ["prod"])
    prod = loaded.environment
    before = topology.instances(prod)
    topology.instances(prod).clear()
    assert topology.instances(prod) == before
    database = prod.database.model_copy(update={"parameters": {"max_connections": 123}})
    changed = prod.model_copy(update={"database": database})
    values = {one.name: one.value for one in parameters.effective(changed)}
    assert values["max_connections"] == "123"
    assert {one.name: one.value for one in parameters.effective(prod)}["max_connections"] != "123"
