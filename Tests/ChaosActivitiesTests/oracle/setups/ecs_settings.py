"""A cluster with services and container instances, and an empty one."""
import json

#: The files whose state is told, too.
BESIDE = ["ecs"]


def setup_ecs_settings(aws):
    ecs = aws("ecs")
    ecs.create_cluster(clusterName="pool", tags=[{"key": "team", "value": "a"}])
    ecs.create_cluster(
        clusterName="spare", tags=[{"key": "team", "value": "a"}],
        settings=[{"name": "containerInsights", "value": "enabled"}])
    ecs.register_task_definition(
        family="back", containerDefinitions=[{"name": "back", "image": "back", "memory": 128}])
    names = {}
    for name in ("back", "side"):
        names[name] = ecs.create_service(
            cluster="pool", serviceName=name, taskDefinition="back", desiredCount=2, launchType="EC2",
            tags=[{"key": "team", "value": "a"}])["service"]["serviceArn"]
        # moto takes these from an update only.
        ecs.update_service(
            cluster="pool", service=name, placementStrategy=[{"type": "binpack", "field": "memory"}],
            deploymentConfiguration={"maximumPercent": 200, "minimumHealthyPercent": 75})
    started = aws("ec2").run_instances(ImageId="ami-12c6146b", MinCount=2, MaxCount=2)["Instances"]
    for index, instance in enumerate(started):
        member = ecs.register_container_instance(
            cluster="pool", instanceIdentityDocument=json.dumps({"instanceId": instance["InstanceId"]}))
        names[f"member{index}"] = member["containerInstance"]["containerInstanceArn"].rsplit("/", 1)[1]
    return names


def state(aws):
    ecs, found = aws("ecs"), {}
    for cluster in ecs.describe_clusters(
            clusters=ecs.list_clusters()["clusterArns"], include=["TAGS", "SETTINGS"])["clusters"]:
        name = cluster["clusterName"]
        found[name] = {key: cluster.get(key) for key in ("status", "tags", "settings")}
        services = ecs.list_services(cluster=name)["serviceArns"]
        if services:
            for service in ecs.describe_services(cluster=name, services=services, include=["TAGS"])["services"]:
                found[f"{name}/{service['serviceName']}"] = [
                    service["status"], service["desiredCount"], service.get("placementStrategy"),
                    service.get("deploymentConfiguration"), service.get("taskDefinition"), service.get("launchType"),
                    sorted(service.get("tags", []), key=lambda tag: tag["key"])]
        members = ecs.list_container_instances(cluster=name)["containerInstanceArns"]
        if members:
            for member in ecs.describe_container_instances(
                    cluster=name, containerInstances=members)["containerInstances"]:
                found[member["containerInstanceArn"]] = member["status"]
    return {"clusters": found}
