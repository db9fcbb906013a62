"""What the services of VPC endpoints are called in each Region."""

from typing import Final

from catalog import regions

OWN_NAMES_IN_CHINA: Final = frozenset({"lambda", "monitoring", "rds", "sqs", "sts", "xray"})
"""Services whose interface endpoints begin with ``cn.com.amazonaws`` in both Regions of China.

Of those that this project offers; the others, and the gateway of S3, begin with ``com.amazonaws`` there too (AWS CDK,
aws-ec2, InterfaceVpcEndpointAwsService, after describe-vpc-endpoint-services; read November 2026).
"""

NOT_IN_CHINA: Final = frozenset({"rds-data"})
"""Services that have no endpoint in China: the Data API of Aurora is not offered there (Amazon Aurora User Guide,
"Supported Regions and Aurora DB engines for RDS Data API", 2026-04)."""


DATA_API_REGIONS: Final = frozenset(
    {
        *("ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1"),
        *("eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "us-east-1", "us-east-2", "us-west-1", "us-west-2"),
    }
)
"""Regions that are known to have the Data API; Regions are added to it now and then.

From the endpoints of the AWS SDK for Python (botocore 1.44.5, endpoints.json, read November 2026), which has every
other service of this project in every Region of this catalogue, but for those that only agents call.
"""


def interface_name(region: str, service: str) -> str:
    """Return the service name of an interface endpoint; an unknown Region is taken for a commercial one."""
    known = regions.find(region)
    china = known is not None and known.partition == "aws-cn"
    return f"{'cn.' if china and service in OWN_NAMES_IN_CHINA else ''}com.amazonaws.{region}.{service}"


def is_offered(region: str, service: str) -> bool:
    """Whether the service has an interface endpoint in the Region, as far as is known here."""
    known = regions.find(region)
    return known is None or known.partition != "aws-cn" or service not in NOT_IN_CHINA


def is_known(region: str, service: str) -> bool:
    """Whether it is known that the Region has the service; an unknown Region is somebody else's finding."""
    return regions.find(region) is None or service != "rds-data" or region in DATA_API_REGIONS
