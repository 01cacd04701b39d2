"""Auto Scaling groups."""
from setups.volumes import volume

#: The files whose state is told, too.
BESIDE = ["ec2", "volumes"]


def setup_groups(aws):
    scaling = aws("autoscaling")
    scaling.create_launch_configuration(
        LaunchConfigurationName="config", ImageId="ami-12c6146b", InstanceType="t3.micro")
    names = {}
    for name, count, team in (("web", 3, "a"), ("api", 2, "b")):
        scaling.create_auto_scaling_group(
            AutoScalingGroupName=name, LaunchConfigurationName="config", MinSize=0, MaxSize=5, DesiredCapacity=count,
            AvailabilityZones=[aws.region + "a"],
            Tags=[{"Key": "team", "Value": team, "PropagateAtLaunch": True},
                  {"Key": "stage", "Value": "test", "PropagateAtLaunch": False}])
        group = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
        for index, instance in enumerate(group["Instances"]):
            names[f"{name}{index}"] = instance["InstanceId"]
    scaling.suspend_processes(AutoScalingGroupName="api", ScalingProcesses=["AZRebalance"])
    return names


def setup_zonal_groups(aws):
    """Groups in subnets of two zones; the instances of one have a volume beside their roots."""
    ec2, scaling = aws("ec2"), aws("autoscaling")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    names = {}
    for index, zone in enumerate("ab"):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.1.{index}.0/24", AvailabilityZone=aws.region + zone)
        names["subnet-of-" + zone] = subnet["Subnet"]["SubnetId"]
    scaling.create_launch_configuration(
        LaunchConfigurationName="config", ImageId="ami-12c6146b", InstanceType="t3.micro")
    for name, zones in (("both", "ab"), ("one", "a")):
        scaling.create_auto_scaling_group(
            AutoScalingGroupName=name, LaunchConfigurationName="config", MinSize=0, MaxSize=5, DesiredCapacity=2,
            VPCZoneIdentifier=",".join(names["subnet-of-" + zone] for zone in zones),
            Tags=[{"Key": "team", "Value": "a" if name == "both" else "b", "PropagateAtLaunch": False}])
        group = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
        for index, instance in enumerate(group["Instances"]):
            names[f"{name}{index}"] = instance["InstanceId"]
    names["data"] = volume(aws, "data", names["one0"], "/dev/sdf")
    return names


def state(aws):
    return {"groups": {
        group["AutoScalingGroupName"]: {
            "desired": group["DesiredCapacity"], "instances": len(group["Instances"]),
            "subnets": sorted((group.get("VPCZoneIdentifier") or "").split(",")),
            "tags": sorted([tag["Key"], tag["Value"]] for tag in group["Tags"]),
            "suspended": sorted(process["ProcessName"] for process in group["SuspendedProcesses"])}
        for group in aws("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]}}
