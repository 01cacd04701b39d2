"""Instances."""


def instances(aws, count, tags):
    tags = [{"Key": key, "Value": value} for key, value in tags.items()]
    answer = aws("ec2").run_instances(
        ImageId="ami-12c6146b", MinCount=count, MaxCount=count, InstanceType="t3.micro",
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}])
    return [instance["InstanceId"] for instance in answer["Instances"]]


def setup_instances(aws):
    web = instances(aws, 3, {"app": "web"})
    db = instances(aws, 1, {"app": "db"})
    gone = instances(aws, 1, {"app": "gone"})
    aws("ec2").stop_instances(InstanceIds=db)
    aws("ec2").terminate_instances(InstanceIds=gone)
    return {"web0": web[0], "web1": web[1], "web2": web[2], "db": db[0], "gone": gone[0]}


def state(aws):
    found = {}
    for reservation in aws("ec2").describe_instances()["Reservations"]:
        for instance in reservation["Instances"]:
            found[instance["InstanceId"]] = instance["State"]["Name"]
    return {"instances": found}
