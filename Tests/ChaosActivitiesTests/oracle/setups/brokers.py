"""Clusters of Managed Streaming for Kafka."""


def setup_brokers(aws):
    arn = aws("kafka").create_cluster(
        ClusterName="events", KafkaVersion="3.5.1", NumberOfBrokerNodes=3, Tags={"team": "shop"},
        BrokerNodeGroupInfo={"InstanceType": "kafka.m5.large", "ClientSubnets": ["subnet-1", "subnet-2"]})["ClusterArn"]
    return {"events": arn}


def state(aws):
    return {"kafka": [one["ClusterName"] for one in aws("kafka").list_clusters()["ClusterInfoList"]]}
