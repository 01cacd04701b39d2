"""Hosted zones and health checks of Route 53."""


def setup_hosted_zones(aws):
    route53, ec2 = aws("route53"), aws("ec2")
    first, second = (ec2.create_vpc(CidrBlock=f"10.{index}.0.0/16")["Vpc"]["VpcId"] for index in (1, 2))
    zone = route53.create_hosted_zone(
        Name="inner.example", CallerReference="1", VPC={"VPCRegion": aws.region, "VPCId": first},
        HostedZoneConfig={"PrivateZone": True})["HostedZone"]["Id"].rsplit("/", 1)[1]
    both = route53.create_hosted_zone(
        Name="both.example", CallerReference="2", VPC={"VPCRegion": aws.region, "VPCId": first},
        HostedZoneConfig={"PrivateZone": True})["HostedZone"]["Id"].rsplit("/", 1)[1]
    route53.associate_vpc_with_hosted_zone(HostedZoneId=both, VPC={"VPCRegion": aws.region, "VPCId": second})
    public = route53.create_hosted_zone(Name="outer.example", CallerReference="3")["HostedZone"]["Id"].rsplit("/", 1)[1]
    check = route53.create_health_check(
        CallerReference="4", HealthCheckConfig={"IPAddress": "10.0.0.1", "Port": 80, "Type": "TCP"})
    route53.change_tags_for_resource(
        ResourceType="hostedzone", ResourceId=zone, AddTags=[{"Key": "team", "Value": "shop"}])
    return {"first": first, "second": second, "zone": zone, "both": both, "public": public,
            "check": check["HealthCheck"]["Id"]}


def state(aws):
    found = {}
    for zone in aws("route53").list_hosted_zones()["HostedZones"]:
        known = aws("route53").get_hosted_zone(Id=zone["Id"])
        found[zone["Name"]] = sorted(vpc["VPCId"] for vpc in known.get("VPCs", []))
    return {"zones": found}
