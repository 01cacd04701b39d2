"""Alarms and metrics."""
from datetime import datetime, timedelta, timezone


def setup_metrics(aws):
    watch = aws("cloudwatch")
    for name in ("quiet", "loud"):
        watch.put_metric_alarm(
            AlarmName=name, Namespace="Shop", MetricName="Errors", ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1, Period=60, Statistic="Sum", Threshold=1)
    watch.set_alarm_state(AlarmName="loud", StateValue="ALARM", StateReason="test")
    now = datetime.now(timezone.utc)
    dimensions = [{"Name": "Service", "Value": "front"}]
    watch.put_metric_data(Namespace="Shop", MetricData=[
        {"MetricName": "Errors", "Dimensions": dimensions, "Value": value, "Unit": "Count",
         "Timestamp": now - timedelta(seconds=age)}
        for age, value in ((200, 1.5), (140, 2.25), (80, 3.125))])
    return {}


def state(aws):
    return {}
