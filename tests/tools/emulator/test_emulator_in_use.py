"""The emulator refuses to take away what something stands on, as AWS does, and lets it go afterwards."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.harness import ROOT
from tools.emulator import gaps, process

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT, REGION = "222222222222", "eu-west-1"

EMPTY_ARCHIVE = b"PK\x05\x06" + bytes(18)

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


class Place:
    """A VPC with subnets in three zones and a security group, to put things into."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.ec2, self.rds = self.client("ec2"), self.client("rds")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")[
                "Subnet"
            ]["SubnetId"]
            for number, zone in enumerate("abc")
        ]
        self.group = self.security_group("used")

    def client(self, service: str) -> Any:
        """Return a client of the emulator."""
        client: Any = boto3.client
        return client(
            service,
            endpoint_url=self._address,
            region_name=REGION,
            aws_access_key_id=f"{gaps.ACCESS_KEY}{ACCOUNT}",
            aws_secret_access_key="none",  # noqa: S106 - nobody's
            config=Config(proxies={}, retries={"max_attempts": 0}),
        )

    def security_group(self, name: str) -> str:
        """Create a security group of the VPC and return its id."""
        created = self.ec2.create_security_group(GroupName=f"{self.vpc}-{name}", Description=name, VpcId=self.vpc)
        return str(created["GroupId"])


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(ClientError) as found:
        yield
    assert found.value.response["Error"]["Code"] == code, found.value


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of an emulator."""
    with process.running(tmp_path_factory.mktemp("emulator") / "log") as address:
        yield address


@pytest.fixture
def place(emulator: str, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Return a new VPC of the emulator."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    return Place(emulator)


def test_a_group_that_a_rule_of_another_names_and_a_vpc_with_groups_stay(place: Place) -> None:
    other = place.security_group("other")
    pair = [{"GroupId": place.group}]
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": pair}
    place.ec2.authorize_security_group_egress(GroupId=other, IpPermissions=[rule])
    with refused("DependencyViolation"):
        place.ec2.delete_security_group(GroupId=place.group)
    place.ec2.revoke_security_group_egress(GroupId=other, IpPermissions=[rule])
    place.ec2.delete_security_group(GroupId=place.group)
    for subnet in place.subnets:
        place.ec2.delete_subnet(SubnetId=subnet)
    with refused("DependencyViolation"):
        place.ec2.delete_vpc(VpcId=place.vpc)
    place.ec2.delete_security_group(GroupId=other)
    place.ec2.delete_vpc(VpcId=place.vpc)


def test_an_endpoint_and_a_function_hold_their_groups_and_subnets(place: Place) -> None:
    endpoint = place.ec2.create_vpc_endpoint(
        VpcId=place.vpc,
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{REGION}.ssm",
        SubnetIds=place.subnets[:2],
        SecurityGroupIds=[place.group],
    )["VpcEndpoint"]["VpcEndpointId"]
    role = place.client("iam").create_role(RoleName=place.vpc, AssumeRolePolicyDocument=json.dumps(TRUST))
    of_function = place.security_group("function")
    place.client("lambda").create_function(
        FunctionName=place.vpc,
        Role=role["Role"]["Arn"],
        Runtime="python3.13",
        Handler="a.b",
        Code={"ZipFile": EMPTY_ARCHIVE},
        VpcConfig={"SubnetIds": place.subnets[1:2], "SecurityGroupIds": [of_function]},
    )
    for group in (place.group, of_function):
        with refused("DependencyViolation"):
            place.ec2.delete_security_group(GroupId=group)
    for subnet in place.subnets[:2]:
        with refused("DependencyViolation"):
            place.ec2.delete_subnet(SubnetId=subnet)
    place.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveSubnetIds=place.subnets[:1])
    place.ec2.delete_subnet(SubnetId=place.subnets[0])
    place.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    place.ec2.delete_security_group(GroupId=place.group)
    with refused("DependencyViolation"):
        place.ec2.delete_subnet(SubnetId=place.subnets[1])
    place.client("lambda").delete_function(FunctionName=place.vpc)
    place.ec2.delete_security_group(GroupId=of_function)
    place.ec2.delete_subnet(SubnetId=place.subnets[1])


def test_a_cluster_holds_its_groups_and_the_subnets_that_its_instances_stand_in(place: Place) -> None:
    rds, name = place.rds, place.vpc
    rds.create_db_subnet_group(DBSubnetGroupName=name, DBSubnetGroupDescription=name, SubnetIds=place.subnets)
    for create, kind in (
        (rds.create_db_cluster_parameter_group, "DBClusterParameterGroupName"),
        (rds.create_db_parameter_group, "DBParameterGroupName"),
    ):
        create(**{kind: name}, DBParameterGroupFamily="aurora-postgresql16", Description=name)
    rds.create_db_cluster(
        DBClusterIdentifier=name,
        Engine="aurora-postgresql",
        MasterUsername="admin1",
        ManageMasterUserPassword=True,
        DBSubnetGroupName=name,
        DBClusterParameterGroupName=name,
        VpcSecurityGroupIds=[place.group],
    )
    rds.create_db_instance(
        DBInstanceIdentifier=name,
        DBClusterIdentifier=name,
        DBInstanceClass="db.r5.large",
        Engine="aurora-postgresql",
        DBParameterGroupName=name,
        AvailabilityZone=f"{REGION}c",
    )
    with refused("DependencyViolation"):
        place.ec2.delete_security_group(GroupId=place.group)
    with refused("DependencyViolation"):
        place.ec2.delete_subnet(SubnetId=place.subnets[2])
    with refused("InvalidParameterValue"):
        rds.modify_db_subnet_group(DBSubnetGroupName=name, SubnetIds=place.subnets[:2])
    with refused("DBSubnetGroupDoesNotCoverEnoughAZs"):
        rds.modify_db_subnet_group(DBSubnetGroupName=name, SubnetIds=place.subnets[2:])
    rds.modify_db_subnet_group(DBSubnetGroupName=name, SubnetIds=place.subnets[1:])
    place.ec2.delete_subnet(SubnetId=place.subnets[0])
    with refused("InvalidDBSubnetGroupStateFault"):
        rds.delete_db_subnet_group(DBSubnetGroupName=name)
    with refused("InvalidDBParameterGroupState"):
        rds.delete_db_cluster_parameter_group(DBClusterParameterGroupName=name)
    with refused("InvalidDBParameterGroupState"):
        rds.delete_db_parameter_group(DBParameterGroupName=name)
    rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)
    rds.delete_db_parameter_group(DBParameterGroupName=name)
    rds.delete_db_cluster_parameter_group(DBClusterParameterGroupName=name)
    rds.delete_db_subnet_group(DBSubnetGroupName=name)
    place.ec2.delete_security_group(GroupId=place.group)


def test_a_proxy_moves_to_other_subnets_under_another_name_alone(place: Place) -> None:
    cloudformation = place.client("cloudformation")
    stack = json.loads((ROOT / "tests" / "golden" / "maximal-access" / "cdk.tf.json").read_text())
    template = stack["resource"]["aws_cloudformation_stack"]["proxy"]["template_body"]

    def asked(name: str, subnets: list[str]) -> dict[str, Any]:
        values = {
            "ClusterIdentifier": "one",
            "Name": name,
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/one",
            "SecurityGroupId": place.group,
            "SubnetIds": ",".join(subnets),
        }
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
        return {"StackName": place.vpc, "TemplateBody": template, "Parameters": parameters}

    def outputs() -> dict[str, str]:
        (found,) = cloudformation.describe_stacks(StackName=place.vpc)["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}

    cloudformation.create_stack(**asked("one", place.subnets))
    before = outputs()
    (found,) = cloudformation.describe_stacks(StackName=place.vpc)["Stacks"]
    assert {"ParameterKey": "SubnetIds", "ParameterValue": ",".join(place.subnets)} in found["Parameters"]
    assert before["Endpoint"].startswith("one.proxy-")
    assert before["ReaderEndpoint"].startswith("one-reader.proxy-")
    assert before["ResourceId"].startswith("prx-")
    with refused("DependencyViolation"):
        place.ec2.delete_subnet(SubnetId=place.subnets[2])
    with refused("ValidationError"):
        cloudformation.update_stack(**asked("one", place.subnets[:2]))
    cloudformation.update_stack(**asked("two", place.subnets[:2]))
    assert outputs()["Endpoint"].startswith("two.proxy-")
    assert outputs()["ResourceId"] != before["ResourceId"]
    place.ec2.delete_subnet(SubnetId=place.subnets[2])
    with refused("DependencyViolation"):
        place.ec2.delete_security_group(GroupId=place.group)
    cloudformation.delete_stack(StackName=place.vpc)
    place.ec2.delete_security_group(GroupId=place.group)
