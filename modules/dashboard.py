"""The CloudWatch dashboard, and the queries of Logs Insights that are saved beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cdktf_cdktf_provider_aws.cloudwatch_dashboard import CloudwatchDashboard
from cdktf_cdktf_provider_aws.cloudwatch_query_definition import CloudwatchQueryDefinition

from modules.module import Rows, column, list_column

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from constructs import Construct

    from settings.dashboard import SavedQuery


class Dashboard(Rows):
    """``aws_cloudwatch_dashboard.main``, and ``aws_cloudwatch_query_definition.saved["<key>"]`` for each query.

    A definition always says its log group: an update that does not would leave it without one (CloudWatch Logs API
    Reference, PutQueryDefinition).
    """

    def __init__(
        self,
        scope: Construct,
        *,
        name: str,
        body: Mapping[str, Any],
        queries: Sequence[SavedQuery],
        query_name: Callable[[str], str],
    ) -> None:
        super().__init__(scope, "dashboard")
        self.dashboard = self.add(
            CloudwatchDashboard, "main", dashboard_name=name, dashboard_body=json.dumps(body, sort_keys=True)
        )
        self.queries = self.add_rows(
            CloudwatchQueryDefinition,
            "saved",
            "saved_queries",
            {
                query.key: {
                    "name": query_name(query.title),
                    "query": query.query,
                    "log_groups": [query.log_group],
                }
                for query in queries
            },
            name=column("name"),
            query_string=column("query"),
            log_group_names=list_column("log_groups"),
        )
