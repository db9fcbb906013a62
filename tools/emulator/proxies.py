"""RDS Proxy as CloudFormation makes it, which moto 5.2.5 does not.

What makes a resource anew, and that one with a name of its own cannot be made anew under the same name, is
CloudFormation's (CloudFormation Template Reference, AWS::RDS::DBProxy and AWS::RDS::DBProxyEndpoint, "Update requires";
CloudFormation User Guide, Name Type; read November 2026).
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar


def standing(rds: Any) -> list[Part]:
    """Return the proxies and endpoints of an account and region: what has network interfaces."""
    return [one for one in _made(rds) if one.said.get("VpcSubnetIds")]


def serve() -> None:
    """Let CloudFormation make proxies, and say of lists what it was told; call it once, after moto was imported."""
    from moto.cloudformation.models import Stack  # noqa: PLC0415 - imported once it is prepared
    from moto.core.common_models import CloudFormationModel  # noqa: PLC0415 - imported once it is prepared

    class Proxy(Part, CloudFormationModel):
        kind, name = "DBProxy", "DBProxyName"
        replacing = ("DBProxyName", "EngineFamily", "VpcSubnetIds")

    class Targets(Part, CloudFormationModel):
        kind, name, named = "DBProxyTargetGroup", "DBProxyName", False
        replacing = ("DBProxyName", "TargetGroupName")

    class Endpoint(Part, CloudFormationModel):
        kind, name = "DBProxyEndpoint", "DBProxyEndpointName"
        replacing = ("DBProxyEndpointName", "DBProxyName", "VpcSubnetIds")

    described: Any = Stack.parameter_list

    def parameter_list(stack: Stack) -> list[dict[str, Any]]:
        resolved = stack.resource_map.resolved_parameters
        joined = {name: ",".join(value) for name, value in resolved.items() if isinstance(value, list)}
        return [
            one | {"ParameterValue": joined.get(one["ParameterKey"], one["ParameterValue"])}
            for one in described.fget(stack)
        ]

    Stack.parameter_list = property(parameter_list)  # type: ignore[method-assign,assignment] # mended
    # moto asks its model for its subclasses, which live as long as somebody holds them.
    _KINDS.extend((Proxy, Targets, Endpoint))


class Part:
    """One resource of a template; ``replacing`` are the properties that make it anew."""

    kind = ""
    name = ""
    named = True
    """Whether its name is given to it alone."""
    replacing: ClassVar[tuple[str, ...]] = ()

    def __init__(self, said: dict[str, Any], account_id: str, region: str) -> None:
        self.said = said
        place = f"{region}:{account_id}"
        self._attributes = {
            "DBProxyArn": f"arn:aws:rds:{place}:db-proxy:prx-{uuid.uuid4().hex[:17]}",
            "Endpoint": f"{self.physical_resource_id}.proxy-{account_id}.{region}.rds.amazonaws.com",
        }

    @property
    def physical_resource_id(self) -> str:
        """Return what ``Ref`` gives."""
        return str(self.said[self.name])

    def get_cfn_attribute(self, attribute: str) -> str:
        """Return what ``Fn::GetAtt`` gives."""
        return self._attributes[attribute]

    def is_created(self) -> bool:
        """Say that nothing has to be waited for."""
        return True

    @classmethod
    def cloudformation_type(cls) -> str:
        """Return the type as templates have it."""
        return f"AWS::RDS::{cls.kind}"

    @classmethod
    def cloudformation_name_type(cls) -> str:
        """Return the property with the name."""
        return cls.name

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Whether outputs may ask for an attribute."""
        return attr in ("DBProxyArn", "Endpoint")

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **kwargs: Any
    ) -> Any:
        """Make it."""
        del resource_name, kwargs
        made = cls(dict(cloudformation_json["Properties"]), account_id, region_name)
        _made(_rds(account_id, region_name)).append(made)
        return made

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Any:
        """Change it, or make it anew under another name."""
        from moto.cloudformation.exceptions import ValidationError  # noqa: PLC0415 - imported once it is prepared

        before, said = original_resource.said, dict(cloudformation_json["Properties"])
        if all(said.get(name) == before.get(name) for name in cls.replacing):
            original_resource.said = said
            return original_resource
        if cls.named and said[cls.name] == before[cls.name]:
            message = (
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {said[cls.name]} and update the stack again."
            )
            raise ValidationError(message=message)
        made = cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)
        original_resource.delete(account_id, region_name)
        return made

    def delete(self, account_id: str, region_name: str) -> None:
        """Take it away."""
        _made(_rds(account_id, region_name)).remove(self)


_KINDS: list[type[Part]] = []


def _rds(account_id: str, region: str) -> Any:
    from moto.rds.models import rds_backends  # noqa: PLC0415 - imported once the environment is prepared

    return rds_backends[account_id][region]


def _made(rds: Any) -> list[Part]:
    made: list[Part] = rds.__dict__.setdefault("parts_of_proxies", [])
    return made
