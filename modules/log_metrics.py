"""Metric filters: lines of log groups, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.cloudwatch_log_metric_filter import (
    CloudwatchLogMetricFilter,
    CloudwatchLogMetricFilterMetricTransformation,
)

from modules.module import Rows, column

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from constructs import Construct

    from settings.alarms import LogMetric


class LogMetrics(Rows):
    """``aws_cloudwatch_log_metric_filter.line["<key>"]`` for each metric.

    No default value: where nothing is logged nothing is published, which the alarms take for good.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        metrics: Sequence[LogMetric],
        name: Callable[[str], str],
        namespace: str,
    ) -> None:
        """Create the filters; their log groups exist already."""
        super().__init__(scope, "log_metrics")
        self.filters = self.add_rows(
            CloudwatchLogMetricFilter,
            "line",
            "log_metrics",
            {
                metric.key: {
                    "name": name(metric.metric),
                    "log_group": metric.log_group,
                    "pattern": metric.pattern,
                    "metric": metric.metric,
                }
                for metric in metrics
            },
            name=column("name"),
            log_group_name=column("log_group"),
            pattern=column("pattern"),
            metric_transformation=CloudwatchLogMetricFilterMetricTransformation(
                name=column("metric"), namespace=namespace, value="1"
            ),
        )
