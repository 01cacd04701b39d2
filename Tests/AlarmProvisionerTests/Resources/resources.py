"""Makes AWS resources of every kind that moto knows, several pages of most. Arguments: moto's URL, a region."""

import io
import json
import sys
import zipfile

import boto3
from botocore.config import Config

URL, REGION = sys.argv[1:3]
COUNT = 7


def client(service, region=REGION):
    return boto3.client(
        service, region_name=region, endpoint_url=URL, aws_access_key_id="test", aws_secret_access_key="test",
        config=Config(disable_request_compression=True))


def names(prefix, count=COUNT):
    return [f"{prefix}-{index}" for index in range(count)]


def tags(name, key="Key", value="Value"):
    return [{key: "team", value: "shop"}, {key: "Name", value: name}]


ec2, iam = client("ec2"), client("iam")
vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
image = ec2.describe_images(Filters=[{"Name": "name", "Values": ["amzn2-ami-hvm*"]}])["Images"][0]["ImageId"]
role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({"Statement": []}))["Role"]["Arn"]

instances = [
    ec2.run_instances(
        ImageId=image, InstanceType="t3.large", MinCount=1, MaxCount=1, SubnetId=subnets[0],
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags(name)}])["Instances"][0]["InstanceId"]
    for name in names("web")
]
ec2.stop_instances(InstanceIds=instances[:1])
ec2.terminate_instances(InstanceIds=instances[-1:])
for name in names("disk"):
    ec2.create_volume(Size=20, AvailabilityZone=REGION + "a", VolumeType="gp3",
                      TagSpecifications=[{"ResourceType": "volume", "Tags": tags(name)}])
for name in names("nat"):
    ec2.create_nat_gateway(SubnetId=subnets[0], ConnectivityType="private",
                           TagSpecifications=[{"ResourceType": "natgateway", "Tags": tags(name)}])
gateway = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="192.0.2.1", BgpAsn=65000)["CustomerGateway"]
vpn_gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]
ec2.create_vpn_connection(Type="ipsec.1", CustomerGatewayId=gateway["CustomerGatewayId"],
                          VpnGatewayId=vpn_gateway["VpnGatewayId"])
for _ in range(COUNT):
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.sqs", VpcEndpointType="Interface",
                            SubnetIds=subnets[:1])

scaling = client("autoscaling")
scaling.create_launch_configuration(LaunchConfigurationName="l", ImageId=image, InstanceType="t3.large")
for name in names("group"):
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=name, LaunchConfigurationName="l", MinSize=0, MaxSize=4, DesiredCapacity=0,
        VPCZoneIdentifier=subnets[0], Tags=[{"Key": "team", "Value": "shop", "PropagateAtLaunch": False,
                                             "ResourceId": name, "ResourceType": "auto-scaling-group"}])

elb = client("elbv2")
for name in names("front"):
    balancer = elb.create_load_balancer(Name=name, Subnets=subnets[:2], Tags=tags(name))["LoadBalancers"][0]
    group = elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc, Tags=tags(name))["TargetGroups"][0]
    elb.create_listener(LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[
        {"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}])
    elb.register_targets(TargetGroupArn=group["TargetGroupArn"], Targets=[{"Id": id} for id in instances[1:3]])
elb.create_load_balancer(Name="wire", Type="network", Subnets=subnets[:1])
elb.create_load_balancer(Name="inspect", Type="gateway", Subnets=subnets[:1])

rds = client("rds")
for name in names("db"):
    rds.create_db_instance(DBInstanceIdentifier=name, Engine="postgres", DBInstanceClass="db.r6g.large",
                           AllocatedStorage=100, MaxAllocatedStorage=500, MasterUsername="root",
                           MasterUserPassword="password1", Tags=tags(name))
for name in names("aurora"):
    rds.create_db_cluster(DBClusterIdentifier=name, Engine="aurora-mysql", MasterUsername="root",
                          MasterUserPassword="password1", Tags=tags(name))
rds.create_db_instance(DBInstanceIdentifier="aurora-writer", Engine="aurora-mysql", DBInstanceClass="db.r6g.large",
                       DBClusterIdentifier="aurora-0")
rds.create_db_cluster(DBClusterIdentifier="graph", Engine="neptune", MasterUsername="root",
                      MasterUserPassword="password1")

cache = client("elasticache")
for name in names("cache"):
    cache.create_cache_cluster(CacheClusterId=name, Engine="redis", CacheNodeType="cache.r6g.large", NumCacheNodes=1,
                               Tags=tags(name))
dynamo = client("dynamodb")
for name in names("table"):
    dynamo.create_table(TableName=name, KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
                        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
                        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}, Tags=tags(name))
dynamo.create_table(TableName="elastic", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
                    AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
                    BillingMode="PAY_PER_REQUEST")

ecs = client("ecs")
task = ecs.register_task_definition(
    family="t", containerDefinitions=[{"name": "c", "image": "i", "memory": 64}])["taskDefinition"]["taskDefinitionArn"]
for cluster in names("fleet"):
    ecs.create_cluster(clusterName=cluster, tags=tags(cluster, "key", "value"))
for name in names("api", 12):
    ecs.create_service(cluster="fleet-0", serviceName=name, taskDefinition=task, desiredCount=3, launchType="FARGATE",
                       tags=tags(name, "key", "value"))
eks = client("eks")
for cluster in names("kube"):
    eks.create_cluster(name=cluster, roleArn=role, resourcesVpcConfig={"subnetIds": subnets}, tags={"team": "shop"})
for name in names("nodes"):
    eks.create_nodegroup(clusterName="kube-0", nodegroupName=name, nodeRole=role, subnets=subnets,
                         scalingConfig={"minSize": 1, "maxSize": 9, "desiredSize": 2}, tags={"team": "shop"})

code = io.BytesIO()
with zipfile.ZipFile(code, "w") as file:
    file.writestr("f.py", "def f(e, c): pass")
functions = client("lambda")
for name in names("fn"):
    functions.create_function(
        FunctionName=name, Runtime="python3.12", Role=role, Handler="f.f", Code={"ZipFile": code.getvalue()},
        Timeout=7, MemorySize=256, Environment={"Variables": {"SECRET": "hidden"}}, Tags={"team": "shop", "Name": name})
functions.put_function_concurrency(FunctionName="fn-0", ReservedConcurrentExecutions=11)
states = client("stepfunctions")
for name in names("flow"):
    states.create_state_machine(
        name=name, roleArn=role, tags=tags(name, "key", "value"),
        definition=json.dumps({"StartAt": "a", "States": {"a": {"Type": "Succeed"}}}))
rest = client("apigateway")
for name in names("rest"):
    api = rest.create_rest_api(name=name, tags={"team": "shop"})["id"]
    root = rest.get_resources(restApiId=api)["items"][0]["id"]
    rest.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    rest.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    rest.create_deployment(restApiId=api, stageName="prod")
    rest.create_deployment(restApiId=api, stageName="test")
http = client("apigatewayv2")
for name in names("http"):
    api = http.create_api(Name=name, ProtocolType="HTTP", Tags={"team": "shop"})["ApiId"]
    http.create_stage(ApiId=api, StageName="live")
pools = client("cognito-idp")
for name in names("pool"):
    pools.create_user_pool(PoolName=name)

sqs = client("sqs")
dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
for name in names("queue", 12):
    sqs.create_queue(QueueName=name, tags={"team": "shop", "Name": name}, Attributes={
        "MessageRetentionPeriod": "600", "VisibilityTimeout": "45",
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 3})})
sns = client("sns")
for name in names("topic", 105):
    sns.create_topic(Name=name, Tags=tags(name))
kinesis = client("kinesis")
for name in names("stream"):
    kinesis.create_stream(StreamName=name, ShardCount=2)
kafka = client("kafka")
for name in names("bus"):
    kafka.create_cluster_v2(ClusterName=name, Tags={"team": "shop"}, Provisioned={
        "BrokerNodeGroupInfo": {"InstanceType": "kafka.m5.large", "ClientSubnets": subnets[:2],
                                "StorageInfo": {"EbsStorageInfo": {"VolumeSize": 100}}},
        "KafkaVersion": "3.6.0", "NumberOfBrokerNodes": 4})

efs = client("efs")
for name in names("files"):
    efs.create_file_system(CreationToken=name, Tags=tags(name))
s3 = client("s3")
for name in names("bucket"):
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags(name)})
client("s3", "us-east-1").create_bucket(Bucket="elsewhere")
acm = client("acm")
for name in names("cert"):
    acm.request_certificate(DomainName=f"{name}.example.com", Tags=tags(name))
route53 = client("route53", "us-east-1")
for name in names("check"):
    route53.create_health_check(CallerReference=name, HealthCheckConfig={
        "Type": "HTTPS", "FullyQualifiedDomainName": f"{name}.example.com", "Port": 443})
cloudfront = client("cloudfront", "us-east-1")
for name in names("cdn"):
    cloudfront.create_distribution_with_tags(DistributionConfigWithTags={
        "Tags": {"Items": tags(name)},
        "DistributionConfig": {
            "CallerReference": name, "Comment": name, "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "example.com"}]},
            "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all", "MinTTL": 0,
                                     "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}}}}})
watch = client("cloudwatch")
for start in range(0, 1200, 100):
    watch.put_metric_data(Namespace="CWAgent", MetricData=[
        {"MetricName": "disk_used_percent", "Value": 1, "Dimensions": [
            {"Name": "InstanceId", "Value": f"i-{index // 4}"}, {"Name": "path", "Value": f"/{index % 4}"}]}
        for index in range(start, start + 100)])
watch.put_metric_data(Namespace="CWAgent", MetricData=[
    {"MetricName": "disk_used_percent", "Value": 1, "Dimensions": [{"Name": "InstanceId", "Value": "i-0"}]},
    {"MetricName": "mem_used_percent", "Value": 1, "Dimensions": [{"Name": "InstanceId", "Value": "i-0"}]}])
