"""Cache clusters and replication groups."""


def setup_caches(aws):
    cache = aws("elasticache")
    tags = [{"Key": "team", "Value": "shop"}]
    for name, nodes in (("sessions", 2), ("pages", 1)):
        cache.create_cache_cluster(
            CacheClusterId=name, Engine="memcached", CacheNodeType="cache.t3.micro", NumCacheNodes=nodes, Tags=tags)
    cache.create_replication_group(
        ReplicationGroupId="carts", ReplicationGroupDescription="d", Engine="redis", CacheNodeType="cache.t3.micro",
        NumCacheClusters=2, AutomaticFailoverEnabled=True, Tags=tags)
    return {}


def state(aws):
    clusters = {one["CacheClusterId"]: one["CacheClusterStatus"]
                for one in aws("elasticache").describe_cache_clusters()["CacheClusters"]}
    groups = {one["ReplicationGroupId"]: one["Status"]
              for one in aws("elasticache").describe_replication_groups()["ReplicationGroups"]}
    return {"caches": clusters, "cache_groups": groups}
