import AWSResources
import JSON

/// The calls that make, change or remove a resource, as CloudTrail records them: which kind, and where its id stands.
///
/// A table, because the names and the places follow no rule: each row is what the service's documentation of CloudTrail
/// events shows, and some records have the id only in what the service answered.
enum ResourceCalls {
    /// What a call does to a resource.
    enum Effect: Sendable {
        /// There is a new one, or one whose settings or tags changed: its alarms are planned anew.
        case appearsOrChanges
        /// It is gone.
        case disappears
    }

    /// One call.
    struct Row: Sendable {
        let kinds: Set<ResourceKind>
        let effect: Effect
        /// Where the ids stand in `detail`, with `*` for every element of a list; the first place that has some counts.
        let places: [String]
    }

    /// The row of a call by its service, such as `ec2`, and its name, such as `RunInstances`.
    static func row(service: String, name: String) -> Row? { rows["\(service) \(name)"] }

    /// The ids that a record has for a row.
    static func ids(in detail: JSONObject, _ row: Row) -> [String] {
        for place in row.places {
            let ids = texts(.object(detail), place.split(separator: ".")[...])
            if !ids.isEmpty { return ids }
        }
        return []
    }

    private static func texts(_ value: JSONValue, _ path: ArraySlice<Substring>) -> [String] {
        guard let key = path.first else {
            // A queue is named by its URL; its alarms know its name.
            guard let text = value.stringValue, !text.isEmpty else { return [] }
            return [text.hasPrefix("https://") ? ARN.lastPart(text) ?? text : text]
        }
        if key == "*" { return (value.arrayValue ?? []).flatMap { texts($0, path.dropFirst()) } }
        return value[String(key)].map { texts($0, path.dropFirst()) } ?? []
    }

    private static let rows: [String: Row] = {
        var rows: [String: Row] = [:]
        func add(
            _ service: String, _ kinds: Set<ResourceKind>, _ names: [String], _ places: String...,
            effect: Effect = .appearsOrChanges
        ) {
            for name in names { rows["\(service) \(name)"] = Row(kinds: kinds, effect: effect, places: places) }
        }
        func gone(_ service: String, _ kinds: Set<ResourceKind>, _ names: [String], _ places: String...) {
            for name in names { rows["\(service) \(name)"] = Row(kinds: kinds, effect: .disappears, places: places) }
        }
        let request = "requestParameters."
        let response = "responseElements."

        add("ec2", [.ec2Instance], ["RunInstances"], response + "instancesSet.items.*.instanceId")
        add("ec2", [.ec2Instance], ["ModifyInstanceAttribute"], request + "instanceId")
        gone("ec2", [.ec2Instance], ["TerminateInstances"], request + "instancesSet.items.*.instanceId")
        add("ec2", [.ebsVolume], ["CreateVolume"], response + "volumeId")
        gone("ec2", [.ebsVolume], ["DeleteVolume"], request + "volumeId")
        add(
            "ec2", [.natGateway], ["CreateNatGateway"],
            response + "CreateNatGatewayResponse.natGateway.natGatewayId")
        gone("ec2", [.natGateway], ["DeleteNatGateway"], request + "DeleteNatGatewayRequest.NatGatewayId")
        add("ec2", [.vpnConnection], ["CreateVpnConnection"], response + "vpnConnection.vpnConnectionId")
        gone("ec2", [.vpnConnection], ["DeleteVpnConnection"], request + "vpnConnectionId")
        add(
            "ec2", [.vpcEndpoint], ["CreateVpcEndpoint"],
            response + "CreateVpcEndpointResponse.vpcEndpoint.vpcEndpointId")
        gone(
            "ec2", [.vpcEndpoint], ["DeleteVpcEndpoints"], request + "DeleteVpcEndpointsRequest.VpcEndpointId.content",
            request + "DeleteVpcEndpointsRequest.VpcEndpointId.*.content")

        add(
            "autoscaling", [.autoScalingGroup], ["CreateAutoScalingGroup", "UpdateAutoScalingGroup"],
            request + "autoScalingGroupName")
        gone("autoscaling", [.autoScalingGroup], ["DeleteAutoScalingGroup"], request + "autoScalingGroupName")

        add(
            "rds", [.rdsInstance],
            [
                "CreateDBInstance", "CreateDBInstanceReadReplica", "ModifyDBInstance",
                "RestoreDBInstanceFromDBSnapshot",
                "RestoreDBInstanceToPointInTime",
            ], response + "dBInstanceArn", request + "dBInstanceIdentifier")
        gone("rds", [.rdsInstance], ["DeleteDBInstance"], response + "dBInstanceArn", request + "dBInstanceIdentifier")
        add(
            "rds", [.rdsCluster],
            ["CreateDBCluster", "ModifyDBCluster", "RestoreDBClusterFromSnapshot", "RestoreDBClusterToPointInTime"],
            response + "dBClusterArn", request + "dBClusterIdentifier")
        gone("rds", [.rdsCluster], ["DeleteDBCluster"], response + "dBClusterArn", request + "dBClusterIdentifier")
        add(
            "rds", [.rdsInstance, .rdsCluster], ["AddTagsToResource", "RemoveTagsFromResource"],
            request + "resourceName")

        add(
            "elasticache", [.cacheCluster], ["CreateCacheCluster", "ModifyCacheCluster"], request + "cacheClusterId")
        gone("elasticache", [.cacheCluster], ["DeleteCacheCluster"], request + "cacheClusterId")

        add("ecs", [.ecsCluster], ["CreateCluster"], response + "cluster.clusterArn")
        gone("ecs", [.ecsCluster], ["DeleteCluster"], response + "cluster.clusterArn")
        add("ecs", [.ecsService], ["CreateService", "UpdateService"], response + "service.serviceArn")
        gone("ecs", [.ecsService], ["DeleteService"], response + "service.serviceArn")
        add("eks", [.eksCluster], ["CreateCluster"], response + "cluster.arn", request + "name")
        gone("eks", [.eksCluster], ["DeleteCluster"], response + "cluster.arn", request + "name")
        add(
            "eks", [.eksNodeGroup], ["CreateNodegroup", "UpdateNodegroupConfig"], response + "nodegroup.nodegroupArn",
            request + "nodegroupName")
        gone(
            "eks", [.eksNodeGroup], ["DeleteNodegroup"], response + "nodegroup.nodegroupArn", request + "nodegroupName")

        // Lambda's names carry the version of the API.
        add(
            "lambda", [.lambdaFunction],
            [
                "CreateFunction20150331", "UpdateFunctionConfiguration20150331v2", "PutFunctionConcurrency20171031",
                "DeleteFunctionConcurrency20171031",
            ], response + "functionArn", request + "functionName")
        add(
            "lambda", [.lambdaFunction], ["TagResource20170331v2", "UntagResource20170331v2", "TagResource20170331"],
            request + "resource")
        gone("lambda", [.lambdaFunction], ["DeleteFunction20150331"], request + "functionName")

        add("sqs", [.queue], ["CreateQueue"], request + "queueName", response + "queueUrl")
        add("sqs", [.queue], ["SetQueueAttributes", "TagQueue", "UntagQueue"], request + "queueUrl")
        gone("sqs", [.queue], ["DeleteQueue"], request + "queueUrl")
        add("sns", [.topic], ["CreateTopic"], response + "topicArn")
        add("sns", [.topic], ["TagResource", "UntagResource"], request + "resourceArn")
        gone("sns", [.topic], ["DeleteTopic"], request + "topicArn")
        add(
            "dynamodb", [.table], ["CreateTable", "UpdateTable"], response + "tableDescription.tableArn",
            request + "tableName")
        add("dynamodb", [.table], ["TagResource", "UntagResource"], request + "resourceArn")
        gone("dynamodb", [.table], ["DeleteTable"], response + "tableDescription.tableArn", request + "tableName")

        add(
            "elasticloadbalancing", [.applicationLoadBalancer, .networkLoadBalancer], ["CreateLoadBalancer"],
            response + "loadBalancers.*.loadBalancerArn")
        gone(
            "elasticloadbalancing", [.applicationLoadBalancer, .networkLoadBalancer], ["DeleteLoadBalancer"],
            request + "loadBalancerArn")
        add(
            "elasticloadbalancing", [.targetGroup], ["CreateTargetGroup"], response + "targetGroups.*.targetGroupArn")
        add(
            "elasticloadbalancing", [.targetGroup], ["RegisterTargets", "DeregisterTargets"],
            request + "targetGroupArn")
        gone("elasticloadbalancing", [.targetGroup], ["DeleteTargetGroup"], request + "targetGroupArn")

        add("apigateway", [.restAPI], ["CreateRestApi", "ImportRestApi"], response + "id")
        gone("apigateway", [.restAPI], ["DeleteRestApi"], request + "restApiId")
        add("apigateway", [.httpAPI], ["CreateApi", "ImportApi"], response + "apiId")
        gone("apigateway", [.httpAPI], ["DeleteApi"], request + "apiId")
        add("elasticfilesystem", [.fileSystem], ["CreateFileSystem"], response + "fileSystemId")
        gone("elasticfilesystem", [.fileSystem], ["DeleteFileSystem"], request + "fileSystemId")
        add("s3", [.bucket], ["CreateBucket", "PutBucketTagging", "DeleteBucketTagging"], request + "bucketName")
        gone("s3", [.bucket], ["DeleteBucket"], request + "bucketName")
        add("acm", [.certificate], ["RequestCertificate", "ImportCertificate"], response + "certificateArn")
        gone("acm", [.certificate], ["DeleteCertificate"], request + "certificateArn")
        add("route53", [.healthCheck], ["CreateHealthCheck"], response + "healthCheck.id")
        gone("route53", [.healthCheck], ["DeleteHealthCheck"], request + "healthCheckId")
        add(
            "cloudfront", [.distribution], ["CreateDistribution", "CreateDistributionWithTags"],
            response + "distribution.id")
        gone("cloudfront", [.distribution], ["DeleteDistribution"], request + "id")
        add("kinesis", [.kinesisStream], ["CreateStream", "UpdateShardCount"], request + "streamName")
        gone("kinesis", [.kinesisStream], ["DeleteStream"], request + "streamName", request + "streamARN")
        add("states", [.stateMachine], ["CreateStateMachine"], response + "stateMachineArn")
        gone("states", [.stateMachine], ["DeleteStateMachine"], request + "stateMachineArn")
        add("kafka", [.kafkaCluster], ["CreateCluster", "CreateClusterV2"], response + "clusterArn")
        gone("kafka", [.kafkaCluster], ["DeleteCluster"], request + "clusterArn")
        add("cognito-idp", [.userPool], ["CreateUserPool"], response + "userPool.id")
        gone("cognito-idp", [.userPool], ["DeleteUserPool"], request + "userPoolId")
        return rows
    }()

    /// `service name` of every row, for the rules of EventBridge.
    static var all: [String] { rows.keys.sorted() }
}

extension ResourceKind {
    /// The kind of an ARN; empty for what gets no alarms.
    static func kinds(ofARN arn: ARN) -> Set<ResourceKind> { find(arn).map { [$0.kind] } ?? [] }
}
