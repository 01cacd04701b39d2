import Basics
import Foundation
import JSON
import TestSupport
import Testing

/// `tocsin aws` and boto3 against the same server: their answers must be the same.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .timeLimit(.minutes(5)))
struct AWSOracleTests {
    /// A call as boto3 takes it, and the words by which `tocsin aws` makes it.
    struct Call: Sendable, CustomTestStringConvertible {
        let service: String
        let operation: String
        var parameters: JSONValue = [:]
        /// Whether boto3's paginator reads all pages.
        var readsAllPages = false
        /// The options; without them the parameters go into `--parameters`.
        var words: [String]?

        init(
            _ service: String, _ operation: String, _ parameters: JSONValue = [:], all: Bool = false,
            words: [String]? = nil
        ) {
            (self.service, self.operation, self.parameters) = (service, operation, parameters)
            (readsAllPages, self.words) = (all, words)
        }

        var testDescription: String { "\(service) \(operation)\(readsAllPages ? " (all pages)" : "")" }
        var json: JSONValue {
            .array([.string(service), .string(operation), parameters] + (readsAllPages ? ["all"] : []))
        }
    }

    private static let role: JSONValue = "arn:aws:iam::123456789012:role/worker"

    /// What the server holds before the comparison.
    private static let preparation: [Call] =
        [
            Call("ec2", "RunInstances", ["ImageId": "ami-12c6146b", "MinCount": 2, "MaxCount": 2, "UserData": "hi"]),
            Call("ecs", "CreateCluster", ["clusterName": "shop"]),
            Call(
                "ecs", "RegisterTaskDefinition",
                ["family": "web", "containerDefinitions": [["name": "web", "image": "nginx", "memory": 128]]]),
            Call(
                "ecs", "CreateService",
                ["cluster": "shop", "serviceName": "web", "taskDefinition": "web", "desiredCount": 1]),
            Call(
                "rds", "CreateDBInstance",
                [
                    "DBInstanceIdentifier": "db", "DBInstanceClass": "db.t3.micro", "Engine": "postgres",
                    "AllocatedStorage": 20, "MasterUsername": "me", "MasterUserPassword": "not-a-secret",
                ]),
            Call("iam", "CreateRole", ["RoleName": "worker", "AssumeRolePolicyDocument": "{\"Statement\": []}"]),
            Call("iam", "CreateUser", ["UserName": "anna", "Tags": [["Key": "team", "Value": "a, b"]]]),
            Call("route53", "CreateHostedZone", ["Name": "example.com", "CallerReference": "1"]),
            Call(
                "s3", "CreateBucket",
                ["Bucket": "cli", "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"]]),
            Call("s3", "PutObject", ["Bucket": "cli", "Key": "a b/☃", "Body": "hello", "Metadata": ["a": "b"]]),
            Call(
                "lambda", "CreateFunction",
                [
                    "FunctionName": "f", "Runtime": "provided.al2023", "Role": role, "Handler": "bootstrap",
                    "Code": ["S3Bucket": "cli", "S3Key": "a b/☃"], "Timeout": 7,
                    "Environment": ["Variables": ["a": "b"]],
                ]),
            Call("cloudfront", "CreateDistribution", ["DistributionConfig": distribution]),
            Call(
                "dynamodb", "CreateTable",
                [
                    "TableName": "t", "BillingMode": "PAY_PER_REQUEST",
                    "AttributeDefinitions": [["AttributeName": "id", "AttributeType": "S"]],
                    "KeySchema": [["AttributeName": "id", "KeyType": "HASH"]],
                ]),
            Call(
                "dynamodb", "PutItem",
                ["TableName": "t", "Item": ["id": ["S": "1"], "x": ["M": ["n": ["N": "1.50"]]]]]),
            Call(
                "cloudwatch", "PutMetricAlarm",
                [
                    "AlarmName": "cpu", "Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Threshold": 80.5,
                    "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Period": 60,
                    "Statistic": "Average",
                ]),
            Call("stepfunctions", "CreateStateMachine", ["name": "m", "definition": states, "roleArn": role]),
            Call("sqs", "CreateQueue", ["QueueName": "q"]),
            Call("events", "PutRule", ["Name": "r", "ScheduleExpression": "rate(1 minute)"]),
            Call(
                "autoscaling", "CreateLaunchConfiguration",
                ["LaunchConfigurationName": "lc", "ImageId": "ami-12c6146b", "InstanceType": "t3.micro"]),
            Call("eks", "CreateCluster", ["name": "k", "roleArn": role, "resourcesVpcConfig": [:]]),
            Call("apigateway", "CreateRestApi", ["name": "api"]),
            Call("logs", "CreateLogGroup", ["logGroupName": "g"]),
        ]
        + (0..<25).map {
            Call("ssm", "PutParameter", ["Name": .string("/p/\($0)"), "Value": "v", "Type": "String"])
        }

    private static let distribution: JSONValue = [
        "CallerReference": "1", "Comment": "c", "Enabled": true,
        "Origins": ["Quantity": 1, "Items": [["Id": "o", "DomainName": "example.com"]]],
        "DefaultCacheBehavior": ["TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"],
    ]
    private static let states: JSONValue =
        "{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Pass\", \"End\": true}}}"

    static let calls: [Call] = [
        Call("sts", "GetCallerIdentity"),
        Call("ec2", "DescribeInstances"),
        Call(
            "ec2", "DescribeInstances",
            ["Filters": [["Name": "instance-state-name", "Values": ["running", "stopped"]]], "MaxResults": 5],
            words: ["--filters", "Name=instance-state-name,Values=running,stopped", "--max-results", "5"]),
        Call("ec2", "DescribeVpcs"),
        Call("ec2", "DescribeSubnets", ["DryRun": false], words: ["--no-dry-run"]),
        Call("ecs", "DescribeClusters", ["clusters": ["shop"], "include": ["SETTINGS", "TAGS"]]),
        Call(
            "ecs", "DescribeServices", ["cluster": "shop", "services": ["web", "absent"]],
            words: ["--cluster=shop", "--services", "web", "absent"]),
        Call("ecs", "DescribeTaskDefinition", ["taskDefinition": "web"]),
        Call("rds", "DescribeDBInstances"),
        Call("iam", "GetRole", ["RoleName": "worker"]),
        Call("iam", "ListUsers"),
        Call("route53", "ListHostedZones"),
        Call("s3", "ListBuckets"),
        Call("s3", "HeadObject", ["Bucket": "cli", "Key": "a b/☃"]),
        Call("s3", "ListObjectsV2", ["Bucket": "cli"], all: false),
        Call("lambda", "ListFunctions"),
        Call("lambda", "GetFunctionConfiguration", ["FunctionName": "f"]),
        Call("cloudfront", "ListDistributions"),
        Call("dynamodb", "DescribeTable", ["TableName": "t"]),
        Call("dynamodb", "Scan", ["TableName": "t"]),
        Call("cloudwatch", "DescribeAlarms"),
        Call("stepfunctions", "ListStateMachines"),
        Call("sqs", "ListQueues"),
        Call("events", "ListRules"),
        Call("autoscaling", "DescribeLaunchConfigurations"),
        Call("eks", "DescribeCluster", ["name": "k"]),
        Call("apigateway", "GetRestApis"),
        Call("logs", "DescribeLogGroups"),
        Call("ssm", "GetParametersByPath", ["Path": "/p", "MaxResults": 3]),
        Call("ssm", "GetParametersByPath", ["Path": "/p"], all: true),
    ]

    /// A server that was prepared, and what boto3 returned for each call.
    private static let prepared = Result {
        let moto = try MotoServer()
        let script = Workspace.root.appending(path: "Tools/aws-oracle/calls.py").path
        let input = JSONValue.array((preparation + calls).map(\.json))
        let variables = moto.environment.merging(["AWS_DEFAULT_REGION": "eu-central-1"]) { $1 }
        let result = try Command.run(Workspace.python, ["-B", script], input: "\(input)", environment: variables)
        try #require(result.status == 0, "\(result.errors)")
        let outputs = try #require(try JSONValue(parsing: result.output).arrayValue)
        return (moto, Dictionary(zip(calls.map(\.json), outputs.dropFirst(preparation.count))) { $1 })
    }

    @Test("the answer is boto3's, member for member and in the same order", arguments: calls)
    func answer(_ call: Call) throws {
        let (moto, expected) = try Self.prepared.get()
        let words = call.words ?? ["--parameters", "\(call.parameters)"]
        let result = try Command.run(
            BuiltTocsin.path, ["aws", call.service, call.operation] + words, environment: moto.environment)
        #expect(result.status == 0, "\(result.errors)")
        let output = try JSONValue(parsing: result.output)
        let wanted = try #require(expected[call.json])
        #expect("\(Self.comparable(output))" == "\(Self.comparable(wanted))")
    }

    /// The value with times as their instants, which have several texts, and without what the server makes anew.
    private static func comparable(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): Timestamp(iso8601: text).map { .string($0.iso8601) } ?? value
        case .array(let elements): .array(elements.map(comparable))
        case .object(let members):
            .object(JSONObject(members.filter { $0.key != "LatestRestorableTime" }.map { ($0, comparable($1)) }))
        default: value
        }
    }
}
