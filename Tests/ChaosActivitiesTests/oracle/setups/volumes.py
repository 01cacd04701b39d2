"""Volumes of instances, beside their roots."""
from setups.ec2 import instances

TAG = "ChaosToolkitDetached"

#: The files whose state is told, too.
BESIDE = ["autoscaling", "ec2"]


def volume(aws, name, instance=None, device=None, tags=()):
    tags = [{"Key": "volume", "Value": name}, *tags]
    made = aws("ec2").create_volume(
        AvailabilityZone=aws.region + "a", Size=1, TagSpecifications=[{"ResourceType": "volume", "Tags": tags}])
    if instance:
        aws("ec2").attach_volume(Device=device, InstanceId=instance, VolumeId=made["VolumeId"])
    return made["VolumeId"]


def setup_volumes(aws):
    web, plain = instances(aws, 1, {"app": "web", "team": "a"})[0], instances(aws, 1, {"app": "plain"})[0]
    db = instances(aws, 1, {"app": "db", "team": "b"})[0]
    names = {"web": web, "plain": plain, "db": db}
    names["data"] = volume(aws, "data", web, "/dev/sdf")
    names["logs"] = volume(aws, "logs", web, "/dev/sdg")
    names["rows"] = volume(aws, "rows", db, "/dev/sdf")
    was = [{"Key": TAG, "Value": f"DeviceName=/dev/sdh;InstanceId={db}"}]
    names["away"] = volume(aws, "away", tags=was)
    return names


def state(aws):
    found = {}
    for volume in aws("ec2").describe_volumes(Filters=[{"Name": "tag-key", "Values": ["volume"]}])["Volumes"]:
        found[volume["VolumeId"]] = {
            "attachments": [
                [place["InstanceId"], place["Device"]]
                for place in volume["Attachments"]],
            "tags": sorted([tag["Key"], tag["Value"]] for tag in volume["Tags"])}
    # Without tags of other setups.
    tagged = {}
    for reservation in aws("ec2").describe_instances(
            Filters=[{"Name": "tag-key", "Values": ["team"]}])["Reservations"]:
        for instance in reservation["Instances"]:
            tagged[instance["InstanceId"]] = sorted([tag["Key"], tag["Value"]] for tag in instance["Tags"])
    return {"volumes": found, "tagged": tagged}
