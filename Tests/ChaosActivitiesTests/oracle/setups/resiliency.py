"""Hosts with volumes, and VPC endpoints, for the faults of resiliencyvr."""
from .ec2 import instances


def setup_hosts(aws):
    ec2 = aws("ec2")
    (host,) = instances(aws, 1, {"Name": "web"})
    (other,) = instances(aws, 1, {"Name": "db"})
    volume = ec2.create_volume(Size=8, AvailabilityZone="eu-central-1a", TagSpecifications=[{
        "ResourceType": "volume", "Tags": [{"Key": "app", "Value": "shop"}, {"Key": "kind", "Value": "data"}]}])
    ec2.attach_volume(VolumeId=volume["VolumeId"], InstanceId=host, Device="/dev/sdf")
    subnet = ec2.describe_subnets()["Subnets"][0]
    ec2.create_vpc_endpoint(
        VpcId=subnet["VpcId"], ServiceName="com.amazonaws.eu-central-1.secretsmanager", VpcEndpointType="Interface",
        SubnetIds=[subnet["SubnetId"]])
    endpoint = ec2.describe_vpc_endpoints()["VpcEndpoints"][0]
    addresses = [
        ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]["PrivateIpAddress"]
        for interface in endpoint["NetworkInterfaceIds"]]
    return {"host": host, "other": other, "volume": volume["VolumeId"], "addresses": " ".join(addresses)}


def state(aws):
    return {}
