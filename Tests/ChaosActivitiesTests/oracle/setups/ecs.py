"""Clusters, services and tasks."""
import requests

#: The files whose state is told, too.
BESIDE = ["ecs_settings"]


def setup_cluster(aws):
    requests.post(aws.url + "/moto-api/state-manager/set-transition", json={
        "model_name": "ecs::task", "transition": {"progression": "manual", "times": 1000}})
    ecs = aws("ecs")
    ecs.create_cluster(clusterName="shop")
    ecs.create_cluster(clusterName="empty")
    ecs.register_task_definition(
        family="front", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
        containerDefinitions=[{"name": "front", "image": "front", "memory": 128}])
    subnet = aws("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    group = aws("ec2").describe_security_groups()["SecurityGroups"][0]["GroupId"]
    network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}}
    ecs.create_service(
        cluster="shop", serviceName="front", taskDefinition="front", desiredCount=3, launchType="FARGATE",
        networkConfiguration=network, tags=[{"key": "team", "value": "shop"}])
    tasks = ecs.run_task(
        cluster="shop", taskDefinition="front", count=4, launchType="FARGATE", networkConfiguration=network,
        tags=[{"key": "team", "value": "shop"}])["tasks"]
    return {f"task{index}": task["taskArn"].rsplit("/", 1)[1] for index, task in enumerate(tasks)}


def state(aws):
    found = {"services": {}, "tasks": []}
    for cluster in aws("ecs").list_clusters()["clusterArns"]:
        services = aws("ecs").list_services(cluster=cluster)["serviceArns"]
        if services:
            for service in aws("ecs").describe_services(cluster=cluster, services=services)["services"]:
                found["services"][service["serviceName"]] = service["desiredCount"]
        tasks = aws("ecs").list_tasks(cluster=cluster)["taskArns"]
        if tasks:
            for task in aws("ecs").describe_tasks(cluster=cluster, tasks=tasks)["tasks"]:
                found["tasks"].append([task["taskArn"], task["desiredStatus"]])
    return found
