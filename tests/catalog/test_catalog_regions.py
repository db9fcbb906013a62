"""Regions and their zones."""

import pytest

from catalog import regions


@pytest.mark.parametrize(
    ("name", "partition", "dns_suffix", "letters"),
    [
        ("eu-west-1", "aws", "amazonaws.com", "abc"),
        ("us-west-1", "aws", "amazonaws.com", ""),
        ("ap-northeast-1", "aws", "amazonaws.com", "acd"),
        ("ca-central-1", "aws", "amazonaws.com", "abd"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn", "abd"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com", "abc"),
    ],
)
def test_region(name: str, partition: str, dns_suffix: str, letters: str) -> None:
    assert regions.find(name) == regions.Region(
        name=name,
        partition=partition,
        dns_suffix=dns_suffix,
        zones=tuple(name + letter for letter in letters),
    )


def test_unknown_region() -> None:
    assert regions.find("eu-west-9") is None
    assert regions.find("eu-west-1a") is None


def test_names_are_sorted_and_complete() -> None:
    names = regions.names()
    assert len(names) == 38
    assert list(names) == sorted(set(names))


def test_a_region_has_three_zones_or_none_known() -> None:
    for name in regions.names():
        region = regions.find(name)
        assert region is not None
        assert len(set(region.zones)) in (0, 3), name
