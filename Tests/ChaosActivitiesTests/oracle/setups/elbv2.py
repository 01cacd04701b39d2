"""Load balancers and target groups."""

#: The files whose state is told, too.
BESIDE = ["ec2"]


def setup_balancers(aws):
    ec2, elb = aws("ec2"), aws("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    names = {}
    for index in range(3):
        names[f"subnet{index}"] = ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.1.{index}.0/24", AvailabilityZone=aws.region + "abc"[index])["Subnet"]["SubnetId"]
        names[f"group{index}"] = ec2.create_security_group(
            GroupName=f"group{index}", Description="group", VpcId=vpc)["GroupId"]
    for name, kind in (("web", "application"), ("api", "application"), ("net", "network")):
        groups = {} if kind == "network" else {"SecurityGroups": [names["group0"]]}
        names[name] = elb.create_load_balancer(
            Name=name, Type=kind, Subnets=[names["subnet0"], names["subnet1"]],
            Tags=[{"Key": "team", "Value": "a"}], **groups)["LoadBalancers"][0]["LoadBalancerArn"]
    for bucket in ("logs", "others"):
        aws("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": aws.region})
        aws("s3").put_bucket_policy(Bucket=bucket, Policy=POLICY % bucket)
    elb.modify_load_balancer_attributes(LoadBalancerArn=names["api"], Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"}, {"Key": "access_logs.s3.bucket", "Value": "logs"}])
    started = ec2.run_instances(
        ImageId="ami-12c6146b", MinCount=3, MaxCount=3, SubnetId=names["subnet0"])["Instances"]
    for name in ("front", "empty"):
        names[name] = elb.create_target_group(
            Name=name, Protocol="HTTP", Port=80, VpcId=vpc,
            Tags=[{"Key": "team", "Value": "a"}])["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(
        TargetGroupArn=names["front"],
        Targets=[{"Id": instance["InstanceId"], "Port": 8080} for instance in started])
    for index, instance in enumerate(started):
        names[f"member{index}"] = instance["InstanceId"] + ":8080"
    return names


POLICY = """{"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::054676820928:root"}, "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::%s/AWSLogs/123456789012/*"}]}"""


def state(aws):
    elb, found = aws("elbv2"), {}
    for balancer in elb.describe_load_balancers()["LoadBalancers"]:
        attributes = {row["Key"]: row["Value"] for row in elb.describe_load_balancer_attributes(
            LoadBalancerArn=balancer["LoadBalancerArn"])["Attributes"]}
        log = attributes.get("access_logs.s3.enabled", "false")
        found[balancer["LoadBalancerName"]] = [
            balancer.get("SecurityGroups"), sorted(zone["SubnetId"] for zone in balancer["AvailabilityZones"]), log,
            attributes.get("access_logs.s3.bucket") if log == "true" else None]
    for group in elb.describe_target_groups()["TargetGroups"]:
        health = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
        found[group["TargetGroupName"]] = sorted(
            [row["Target"]["Id"], row["Target"]["Port"], row["TargetHealth"]["State"]] for row in health)
    return {"balancers": found}
