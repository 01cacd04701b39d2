"""What the faults of managed services change: load balancer rules, stages, tables, queues, event rules."""


def setup_services(aws):
    ec2, elb = aws("ec2"), aws("elbv2")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2]]
    balancer = elb.create_load_balancer(Name="front", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    answer = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]
    listener = elb.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=answer,
        Tags=[{"Key": "team", "Value": "shop"}])["Listeners"][0]["ListenerArn"]
    # The rule at 5 is not in the way.
    for priority in (1, 2, 3, 5):
        elb.create_rule(
            ListenerArn=listener, Priority=priority, Actions=answer,
            Conditions=[{"Field": "path-pattern", "Values": [f"/{priority}"]}])

    gateway = aws("apigateway")
    api = gateway.create_rest_api(name="shop")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    gateway.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    deployment = gateway.create_deployment(restApiId=api)["id"]
    gateway.create_stage(restApiId=api, stageName="live", deploymentId=deployment, tags={"team": "shop"})
    gateway.update_stage(restApiId=api, stageName="live", patchOperations=[
        {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "100"},
        {"op": "replace", "path": "/*/*/throttling/burstLimit", "value": "50"},
        {"op": "replace", "path": "/~1orders/GET/throttling/rateLimit", "value": "20.5"},
        {"op": "replace", "path": "/~1orders/GET/throttling/burstLimit", "value": "10"}])

    dynamodb = aws("dynamodb")
    keys = [{"AttributeName": "id", "KeyType": "HASH"}]
    names = [{"AttributeName": "id", "AttributeType": "S"}]

    def index(name, units):
        return {"IndexName": name, "KeySchema": keys, "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": {"ReadCapacityUnits": units, "WriteCapacityUnits": units}}

    for table in ("orders", "scaled"):
        dynamodb.create_table(
            TableName=table, KeySchema=keys, AttributeDefinitions=names, Tags=[{"Key": "team", "Value": "shop"}],
            ProvisionedThroughput={"ReadCapacityUnits": 10, "WriteCapacityUnits": 5},
            GlobalSecondaryIndexes=[index("by-day", 3), index("by-user", 1)])
    dynamodb.create_table(
        TableName="lazy", KeySchema=keys, AttributeDefinitions=names, BillingMode="PAY_PER_REQUEST")
    aws("application-autoscaling").register_scalable_target(
        ServiceNamespace="dynamodb", ResourceId="table/scaled",
        ScalableDimension="dynamodb:table:ReadCapacityUnits", MinCapacity=1, MaxCapacity=10)

    queue = aws("sqs").create_queue(QueueName="orders", tags={"team": "shop"})["QueueUrl"]
    events = aws("events")
    for name, state in (("nightly", "ENABLED"), ("old", "DISABLED")):
        events.put_rule(Name=name, ScheduleExpression="rate(1 day)", State=state,
                        Tags=[{"Key": "team", "Value": "shop"}])
    return {"balancer": balancer, "listener": listener, "api": api, "queue": queue}


def state(aws):
    found = {}
    for balancer in aws("elbv2").describe_load_balancers()["LoadBalancers"]:
        listeners = aws("elbv2").describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
        for listener in listeners:
            rules = aws("elbv2").describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
            found["rules"] = sorted((rule["Priority"], rule["RuleArn"]) for rule in rules)
    for api in aws("apigateway").get_rest_apis()["items"]:
        found["stages"] = [
            stage["methodSettings"] for stage in aws("apigateway").get_stages(restApiId=api["id"])["item"]]
    for name in aws("dynamodb").list_tables()["TableNames"]:
        table = aws("dynamodb").describe_table(TableName=name)["Table"]
        found.setdefault("tables", {})[name] = [
            [part["ProvisionedThroughput"]["ReadCapacityUnits"], part["ProvisionedThroughput"]["WriteCapacityUnits"]]
            for part in [table] + table.get("GlobalSecondaryIndexes", [])]
    for url in aws("sqs").list_queues().get("QueueUrls", []):
        attributes = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
        found.setdefault("queues", {})[url] = attributes["Attributes"]
    for rule in aws("events").list_rules()["Rules"]:
        found.setdefault("eventRules", {})[rule["Name"]] = rule["State"]
    return {"servicefaults": found} if found else {}
