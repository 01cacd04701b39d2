"""Rules of EventBridge."""


def setup_rules(aws):
    events = aws("events")
    queue = "arn:aws:sqs:%s:123456789012:queue" % aws.region
    events.put_rule(
        Name="hourly", ScheduleExpression="rate(1 hour)", Description="each hour",
        Tags=[{"Key": "team", "Value": "a"}])
    events.put_targets(Rule="hourly", Targets=[
        {"Id": "t1", "Arn": queue, "Input": "{}"}, {"Id": "t2", "Arn": queue + "-2"}])
    events.put_rule(Name="off", EventPattern='{"source":["shop"]}', State="DISABLED")
    return {"queue": queue}


def state(aws):
    events, found = aws("events"), {}
    for rule in events.list_rules()["Rules"]:
        tags = events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]
        targets = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        found[rule["Name"]] = [rule, tags, sorted(targets, key=lambda target: target["Id"])]
    metrics = aws("cloudwatch").list_metrics(Namespace="Shop")["Metrics"]
    return {"rules": found, "metrics": [[metric["MetricName"], metric["Dimensions"]] for metric in metrics]}
