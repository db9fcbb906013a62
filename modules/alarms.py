"""CloudWatch alarms: one row of a table for each, and the one that says that experiments are at risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdktf_cdktf_provider_aws.cloudwatch_composite_alarm import CloudwatchCompositeAlarm
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm

from modules.module import Rows, column, list_column, mapping_column, number_column, optional

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cdktf import ITerraformDependable
    from constructs import Construct

    from settings.alarms import Alarm


class Alarms(Rows):
    """``aws_cloudwatch_metric_alarm.metric["<key>"]`` for each alarm, and the composite ``experiments_at_risk``.

    An alarm says when it is over as well. It says nothing of missing data but what its row decides, for CloudWatch
    calls every new alarm INSUFFICIENT_DATA first.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        alarms: Sequence[Alarm],
        name: Callable[[str], str],
        description: Callable[[Alarm], str],
        topics: Mapping[str, str],
        at_risk: str,
        at_risk_description: str,
        ready: Sequence[ITerraformDependable],
    ) -> None:
        """Create the alarms; ``ready`` are the policies without which a topic takes nothing."""
        super().__init__(scope, "alarms")
        self.metric = self.add_rows(
            CloudwatchMetricAlarm,
            "metric",
            "alarms",
            {
                alarm.key: _row(alarm, name=name(alarm.key), about=description(alarm), topic=topics[alarm.severity])
                for alarm in alarms
            },
            alarm_name=column("name"),
            alarm_description=column("about"),
            namespace=column("namespace"),
            metric_name=column("metric"),
            dimensions=mapping_column("dimensions"),
            statistic=optional("statistic"),
            extended_statistic=optional("percentile"),
            comparison_operator=column("comparison"),
            threshold=number_column("threshold"),
            period=number_column("period"),
            evaluation_periods=number_column("periods"),
            datapoints_to_alarm=number_column("periods"),
            treat_missing_data=column("missing"),
            alarm_actions=list_column("actions"),
            ok_actions=list_column("actions"),
            depends_on=list(ready) or None,
        )
        self.at_risk = self.add(
            CloudwatchCompositeAlarm,
            "experiments_at_risk",
            alarm_name=name("experiments_at_risk"),
            alarm_description=at_risk_description,
            alarm_rule=at_risk,
            alarm_actions=[topics["page"]],
            ok_actions=[topics["page"]],
            # CloudWatch refuses a rule with alarms that do not exist.
            depends_on=[self.metric],
        )


def _row(alarm: Alarm, *, name: str, about: str, topic: str) -> dict[str, Any]:
    return {
        "name": name,
        "about": about,
        "namespace": alarm.namespace,
        "metric": alarm.metric,
        "dimensions": dict(alarm.dimensions),
        "percentile" if alarm.is_percentile else "statistic": alarm.statistic,
        "comparison": alarm.comparison,
        "threshold": alarm.threshold,
        "period": alarm.period,
        "periods": alarm.periods,
        "missing": alarm.missing,
        "actions": [topic],
    }
