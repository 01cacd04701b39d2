"""Clusters of EMR."""


def setup_mapreduce(aws):
    emr = aws("emr")
    job = emr.run_job_flow(
        Name="report", ReleaseLabel="emr-6.10.0", JobFlowRole="EMR_EC2", ServiceRole="EMR",
        StepConcurrencyLevel=2, Tags=[{"Key": "team", "Value": "shop"}],
        Instances={
            "KeepJobFlowAliveWhenNoSteps": True,
            "InstanceGroups": [
                {"Name": "master", "InstanceRole": "MASTER", "InstanceType": "m5.large", "InstanceCount": 1},
                {"Name": "core", "InstanceRole": "CORE", "InstanceType": "m5.large", "InstanceCount": 2}]})["JobFlowId"]
    groups = {one["Name"]: one["Id"] for one in emr.list_instance_groups(ClusterId=job)["InstanceGroups"]}
    return {"job": job, "core": groups["core"], "master": groups["master"]}


def state(aws):
    found = {}
    for cluster in aws("emr").list_clusters()["Clusters"]:
        known = aws("emr").describe_cluster(ClusterId=cluster["Id"])["Cluster"]
        groups = aws("emr").list_instance_groups(ClusterId=cluster["Id"])["InstanceGroups"]
        found[cluster["Name"]] = [known["Status"]["State"], known["StepConcurrencyLevel"],
                                  {group["Name"]: group["RequestedInstanceCount"] for group in groups}]
    return {"mapreduce": found}
