"""What is spread over zones: subnets with network ACLs, groups, load balancers, databases; and instances by name."""
import json

from setups.ec2 import instances

#: The files whose state is told, too.
BESIDE = ["autoscaling", "buckets", "caches", "databases", "ec2"]


def made_vpc(aws):
    """The VPC of a setup of this file, whose state is told."""
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "zones", "Value": ""}]}]
    return aws("ec2").create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]


def setup_zones(aws):
    ec2, scaling, balancing, rds = aws("ec2"), aws("autoscaling"), aws("elbv2"), aws("rds")
    names = {"vpc": made_vpc(aws)}
    # The account has a VPC by default, whose subnets are in the zones, too.
    for subnet in ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]:
        names["default-" + subnet["AvailabilityZone"][-1]] = subnet["SubnetId"]
    own = ec2.create_network_acl(
        VpcId=names["vpc"], TagSpecifications=[{"ResourceType": "network-acl", "Tags": [{"Key": "a", "Value": "b"}]}])
    names["own-acl"] = own["NetworkAcl"]["NetworkAclId"]
    for index, (name, zone) in enumerate((("a1", "a"), ("a2", "a"), ("a3", "a"), ("b", "b"), ("c", "c"))):
        subnet = ec2.create_subnet(
            VpcId=names["vpc"], CidrBlock=f"10.1.{index}.0/24", AvailabilityZone=aws.region + zone,
            TagSpecifications=[{"ResourceType": "subnet", "Tags": [{"Key": "team", "Value": "a"}]}])
        names[name] = subnet["Subnet"]["SubnetId"]
    for acl in ec2.describe_network_acls(
            Filters=[{"Name": "association.subnet-id", "Values": [names["a3"]]}])["NetworkAcls"]:
        for place in acl["Associations"]:
            if place["SubnetId"] == names["a3"]:
                ec2.replace_network_acl_association(
                    AssociationId=place["NetworkAclAssociationId"], NetworkAclId=names["own-acl"])
    scaling.create_launch_configuration(
        LaunchConfigurationName="config", ImageId="ami-12c6146b", InstanceType="t3.micro")
    for name, subnets in (("many", ["a1", "b", "c"]), ("single", ["a2"]), ("elsewhere", ["b", "c"])):
        scaling.create_auto_scaling_group(
            AutoScalingGroupName=name, LaunchConfigurationName="config", MinSize=0, MaxSize=5, DesiredCapacity=0,
            VPCZoneIdentifier=",".join(names[subnet] for subnet in subnets),
            Tags=[{"Key": "team", "Value": "a", "PropagateAtLaunch": False}])
    scaling.suspend_processes(AutoScalingGroupName="single", ScalingProcesses=["AZRebalance"])
    for name, subnets in (("front", ["a1", "b", "c"]), ("narrow", ["a1", "b"])):
        made = balancing.create_load_balancer(
            Name=name, Subnets=[names[subnet] for subnet in subnets], Tags=[{"Key": "team", "Value": "a"}])
        names[name] = made["LoadBalancers"][0]["LoadBalancerArn"]
    rds.create_db_cluster(
        DBClusterIdentifier="orders", Engine="aurora-postgresql", MasterUsername="user", MasterUserPassword="password1")
    for name, zone in (("orders-1", "a"), ("orders-2", "b")):
        rds.create_db_instance(
            DBInstanceIdentifier=name, DBClusterIdentifier="orders", Engine="aurora-postgresql",
            DBInstanceClass="db.r5.large", AvailabilityZone=aws.region + zone)
    rds.create_db_instance(
        DBInstanceIdentifier="stock", Engine="postgres", DBInstanceClass="db.m5.large", AllocatedStorage=20,
        MasterUsername="user", MasterUserPassword="password1", AvailabilityZone=aws.region + "a", MultiAZ=True)
    aws("s3").create_bucket(Bucket="states", CreateBucketConfiguration={"LocationConstraint": aws.region})
    return names


def setup_named_instances(aws):
    """Instances of the resiliency framework: found by their names, with a profile and security groups."""
    ec2, iam = aws("ec2"), aws("iam")
    vpc = made_vpc(aws)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/24", AvailabilityZone=aws.region + "a")["Subnet"]
    names = {"vpc": vpc}
    for name in ("one", "two"):
        names["sg-" + name] = ec2.create_security_group(
            GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
    iam.create_instance_profile(InstanceProfileName="workers", Path="/team/")
    iam.add_role_to_instance_profile(InstanceProfileName="workers", RoleName="worker")
    nodes = instances(aws, 3, {"Name": "node.local", "fleet": "n"})
    stopped = instances(aws, 1, {"Name": "node.local", "fleet": "n"})[0]
    ec2.stop_instances(InstanceIds=[stopped])
    names.update(node0=nodes[0], node1=nodes[1], node2=nodes[2], stopped=stopped)
    made = ec2.run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, InstanceType="t3.micro",
        # moto gives an interface the groups of its instance in addition to its own.
        NetworkInterfaces=[{
            "DeviceIndex": 0, "SubnetId": subnet["SubnetId"], "Groups": [names["sg-one"], names["sg-two"]]}],
        IamInstanceProfile={"Name": "workers"},
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "guarded"}]}])
    names["guarded"] = made["Instances"][0]["InstanceId"]
    return names


def state(aws):
    if not aws("ec2").describe_vpcs(Filters=[{"Name": "tag-key", "Values": ["zones"]}])["Vpcs"]:
        return {}
    acls = {}
    for acl in aws("ec2").describe_network_acls()["NetworkAcls"]:
        subnets = sorted(place["SubnetId"] for place in acl["Associations"])
        if subnets or acl["Tags"]:
            acls[acl["NetworkAclId"]] = [subnets, sorted(tag["Key"] for tag in acl["Tags"])]
    balancers = {}
    for balancer in aws("elbv2").describe_load_balancers()["LoadBalancers"]:
        arn = balancer["LoadBalancerArn"]
        tags = aws("elbv2").describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]
        balancers[arn] = [
            sorted(zone["SubnetId"] for zone in balancer["AvailabilityZones"]),
            sorted(tag["Key"] for tag in tags)]
    groups = {}
    for group in aws("ec2").describe_security_groups()["SecurityGroups"]:
        if group["GroupName"] != "default":
            groups[group["GroupName"]] = len(group["IpPermissionsEgress"])
    guarded = {}
    for reservation in aws("ec2").describe_instances(
            Filters=[{"Name": "tag:Name", "Values": ["guarded"]}])["Reservations"]:
        for instance in reservation["Instances"]:
            for interface in instance["NetworkInterfaces"]:
                guarded[interface["NetworkInterfaceId"]] = sorted(group["GroupId"] for group in interface["Groups"])
    writers = {}
    for cluster in aws("rds").describe_db_clusters()["DBClusters"]:
        writers[cluster["DBClusterIdentifier"]] = [
            member["DBInstanceIdentifier"] for member in cluster["DBClusterMembers"] if member["IsClusterWriter"]]
    files = []
    if any(bucket["Name"] == "states" for bucket in aws("s3").list_buckets()["Buckets"]):
        files = [entry["Key"] for entry in aws("s3").list_objects_v2(Bucket="states").get("Contents", [])]
    profiles = {
        profile["InstanceProfileName"]: [role["RoleName"] for role in profile["Roles"]]
        for profile in aws("iam").list_instance_profiles()["InstanceProfiles"]}
    return {
        "networkACLs": acls, "loadBalancers": balancers, "securityGroups": groups, "guarded": guarded,
        "writers": writers, "files": files, "profiles": profiles}
