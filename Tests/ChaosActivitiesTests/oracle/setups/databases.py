"""Instances and clusters of RDS."""


def setup_databases(aws):
    rds = aws("rds")
    tags = [{"Key": "team", "Value": "shop"}]
    for name in ("orders", "idle"):
        rds.create_db_instance(
            DBInstanceIdentifier=name, DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20, Tags=tags)
    rds.stop_db_instance(DBInstanceIdentifier="idle")
    for name in ("aurora", "calm"):
        rds.create_db_cluster(
            DBClusterIdentifier=name, Engine="aurora-postgresql", MasterUsername="root", MasterUserPassword="hunter2_",
            Tags=tags)
    for index in range(2):
        rds.create_db_instance(
            DBInstanceIdentifier=f"aurora-{index}", DBClusterIdentifier="aurora", DBInstanceClass="db.r5.large",
            Engine="aurora-postgresql")
    return {}


def state(aws):
    instances = {one["DBInstanceIdentifier"]: one["DBInstanceStatus"]
                 for one in aws("rds").describe_db_instances()["DBInstances"]}
    clusters = {one["DBClusterIdentifier"]: [one["Status"], [
        [member["DBInstanceIdentifier"], member["IsClusterWriter"]] for member in one["DBClusterMembers"]]]
        for one in aws("rds").describe_db_clusters()["DBClusters"]}
    snapshots = [one["DBSnapshotIdentifier"] for one in aws("rds").describe_db_snapshots()["DBSnapshots"]]
    return {"databases": instances, "database_clusters": clusters, "database_snapshots": snapshots}
