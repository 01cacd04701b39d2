"""Auto Scaling groups."""


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


def state(aws):
    return {"groups": {
        group["AutoScalingGroupName"]: {
            "desired": group["DesiredCapacity"], "instances": len(group["Instances"]),
            "suspended": sorted(process["ProcessName"] for process in group["SuspendedProcesses"])}
        for group in aws("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]}}
