"""A proxy inside a CloudFormation template, which Terraform shows as one text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catalog import effects
from findings.rule import Rule
from review import documents
from review.finding import NOW, Found
from review.words import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.context import Context

STACK: Final = "aws_cloudformation_stack"

CLAIMS: Final = frozenset({(STACK, "template_body")})

PROXY: Final = "AWS::RDS::DBProxy"


def proxies(context: Context) -> Iterator[Found]:
    """Yield what a changed template, or one that goes, does to a proxy in it."""
    for change in context.of_type(STACK):
        before, after = _proxies(change.old("template_body")), _proxies(change.new("template_body"))
        difference = change.difference("template_body")
        gone = sorted(name for name in before if name not in after or change.removed)
        altered = sorted(name for name in before if name in after and before[name] != after[name])
        if gone:
            yield Found(
                rule="proxy-goes",
                severity="high",
                effect="connections-drop",
                when=NOW,
                because=f"the template's {', '.join(map(code, gone))} goes: clients of the proxy lose connections "
                "and their host name",
                remedy="Move them to the cluster's endpoints first.",
                source=effects.source("proxy"),
                address=change.address,
                argument="template_body",
            )
        if difference is not None and change.kind == "update" and (altered or not gone):
            yield Found(
                rule="template-changed",
                severity="medium" if altered else "none",
                effect="connections-drop" if altered else "none",
                when=NOW,
                because=f"{difference.said}: "
                + ("the proxy is changed, or made anew, and clients may be refused" if altered else "no proxy changes"),
                remedy="Look at the change set in CloudFormation." if altered else "",
                source=effects.source("cloudformation"),
                certainty="inferred",
                address=change.address,
                argument="template_body",
            )


def _proxies(template: Any) -> dict[str, Any]:
    document = documents.parsed(template)
    resources = document.get("Resources") if isinstance(document, dict) else None
    return {
        name: block
        for name, block in (resources.items() if isinstance(resources, dict) else ())
        if isinstance(block, dict) and str(block.get("Type")).startswith(PROXY)
    }


RULES: Final = (
    Rule(
        "proxy-goes",
        "error",
        "A proxy in a template that goes",
        "Its clients lose their connections and their host name.",
        "Move them to the cluster's endpoints first.",
    ),
    Rule(
        "template-changed",
        "warning",
        "A template of CloudFormation that changes",
        "Terraform shows it as one text; it is compared by key.",
        "Look at the change set in CloudFormation.",
    ),
)
