"""``<environment>-monitoring``: who hears of what, unless its file says enabled: false.

A stack of its own, deployed last: alarms change far more often than databases, and no plan of theirs can touch one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdktf import TerraformLocal

from modules.alarm_topics import AlarmTopics
from modules.alarms import Alarms
from modules.dashboard import Dashboard
from modules.event_subscriptions import EventSubscriptions
from modules.log_metrics import LogMetrics
from settings import alarms, dashboard, events
from stacks.environment_stack import EnvironmentStack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from settings.alarms import Alarm
    from settings.loaded import Loaded
    from stacks.access import AccessStack
    from stacks.database import DatabaseStack


class MonitoringStack(EnvironmentStack):
    """Topics, alarms, metric filters, event subscriptions and the dashboard of one environment."""

    def __init__(
        self,
        scope: Construct,
        *,
        loaded: Loaded,
        databases: Sequence[DatabaseStack],
        access: AccessStack | None,
    ) -> None:
        """Wire what is watched, which is named by its environment's rules, to who hears of it.

        Of two databases the one that serves is watched, which ``loaded`` has as the only one; lines are counted in
        the logs of both.
        """
        super().__init__(scope, kind="monitoring", loaded=loaded)
        names, watching = loaded.names, loaded.environment.monitoring
        stacks = {each.loaded.names.database: each for each in databases}
        outputs = self.outputs_of(stacks[names.database], names.database)
        for database in databases:
            self.add_dependency(database)
        if access is not None:
            # Its log group has to exist before lines in it can be counted.
            self.add_dependency(access)
        self.topics = AlarmTopics(
            self,
            place=self.place,
            recipients={"page": watching.notify.page, "ticket": watching.notify.ticket},
            name=names.topic,
            key_alias=names.key_alias("notifications"),
            chat_name=names.chat,
            senders={
                "cloudwatch.amazonaws.com": self.place.arn("cloudwatch", f"alarm:{names.alarm('*')}"),
                "events.amazonaws.com": self.place.arn("events", f"rule/{names.alarm('*')}"),
                "events.rds.amazonaws.com": self.place.arn("rds", "*"),
            },
            protected=loaded.environment.protected,
        )
        self.log_metrics = LogMetrics(
            self,
            metrics=alarms.log_metrics(loaded, beside=[each.loaded.names for each in databases]),
            name=names.alarm,
            namespace=names.log_metrics,
        )
        self.alarms = Alarms(
            self,
            alarms=self._watched(alarms.alarms(loaded), access),
            name=names.alarm,
            description=lambda alarm: alarms.description(loaded, alarm),
            topics=self.topics.arns,
            at_risk=alarms.at_risk(loaded),
            at_risk_description=alarms.at_risk_description(loaded),
            ready=self.topics.policies,
        )
        self.events = EventSubscriptions(
            self,
            subscriptions=events.subscriptions(loaded),
            rules=[
                *events.rules(loaded, outputs.get_string("secret_arn")),
                *events.failed_copies(loaded, self.place.arn("rds", f"cluster:{names.cluster}")),
            ],
            name=names.alarm,
            topics=self.topics.arns,
            ready=self.topics.policies,
        )
        self.dashboard = Dashboard(
            self,
            name=names.dashboard(loaded.environment.aws.region),
            body=dashboard.body(loaded, alarm_arn=lambda name: self.place.arn("cloudwatch", f"alarm:{name}")),
            queries=dashboard.saved_queries(loaded),
            query_name=names.saved_query,
        )

    def _watched(self, found: Sequence[Alarm], access: AccessStack | None) -> list[Alarm]:
        """Return the alarms with RDS Proxy called what it is called where it stands now."""
        if access is None or access.proxy is None:
            return list(found)
        self.outputs_of(access, "access")
        usual = TerraformLocal(self, "proxy_usual", self.loaded.names.proxy)
        usual.override_logical_id("proxy_usual")
        # An access stack that has not been applied since it says so is where it was.
        name = "${try(data.terraform_remote_state.access.outputs.proxy_name, local.proxy_usual)}"
        return [
            replace(alarm, dimensions={**alarm.dimensions, "ProxyName": name})
            if "ProxyName" in alarm.dimensions
            else alarm
            for alarm in found
        ]
