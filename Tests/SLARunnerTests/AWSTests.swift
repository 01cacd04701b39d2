import AWS
import Basics
import Foundation
import JSON
import Testing
import TestSupport
import Transport

@testable import SLARunner

/// Publisher and log store against moto, read back by other clients.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .serialized) struct AWSTests {
    private let moto: MotoServer
    private let aws: AWSConfiguration
    private let name = "sla-" + UUID().uuidString.lowercased()

    init() throws {
        moto = try MotoServer.shared.get()
        aws = try AWSConfiguration(environment: moto.environment, loop: try EventLoop.onOwnThread())
    }

    private func call(_ service: AWSService, _ operation: String, _ input: JSONValue) async throws -> JSONValue {
        try await AWSClient(service, configuration: aws).call(operation, input)
    }

    private func python(_ code: String) async throws -> JSONValue {
        let result = try await offPool { [moto] in
            try TestSupport.Command.run(
                Workspace.python, ["-c", "import boto3, json\n" + code],
                environment: moto.environment.merging(["AWS_DEFAULT_REGION": "eu-central-1"]) { $1 })
        }
        try #require(result.status == 0, "\(result.errors)")
        return try JSONValue(parsing: result.output)
    }

    /// Makes a topic with a queue behind it; returns the queue's URL.
    private func makeTopic() async throws -> String {
        let url = try await python(
            """
            arn = boto3.client("sns").create_topic(Name="\(name)")["TopicArn"]
            sqs = boto3.client("sqs")
            url = sqs.create_queue(QueueName="\(name)")["QueueUrl"]
            queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            boto3.client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)
            print(json.dumps(url))
            """)
        return try #require(url.stringValue)
    }

    /// The messages that arrived behind the topic.
    private func messages(_ queue: String) async throws -> [JSONValue] {
        let bodies = try await python(
            """
            got = boto3.client("sqs").receive_message(QueueUrl="\(queue)", MaxNumberOfMessages=10)
            print(json.dumps([json.loads(m["Body"])["Message"] for m in got.get("Messages", [])]))
            """)
        return try (bodies.arrayValue ?? []).map { try JSONValue(parsing: try #require($0.stringValue)) }
    }

    @Test func publishesByNameAndByARN() async throws {
        let queue = try await makeTopic()
        let byName = try SNSPublisher(topic: name, aws: aws)
        let arn = try await byName.topicARN()
        #expect(arn == "arn:aws:sns:eu-central-1:123456789012:\(name)")
        try await byName.checkTopic()
        try await byName.publish(#"{"default":"{\"a\":\"é\"}"}"#)
        try await SNSPublisher(topic: arn, aws: aws).publish(#"{"default":"{\"b\":2}"}"#)
        let arrived = try await messages(queue)
        #expect(Set(arrived) == [["a": "é"], ["b": 2]])
    }

    @Test(arguments: ["nowhere", "arn:aws:sns:eu-central-1:123456789012:nowhere"])
    func missingTopic(topic: String) async throws {
        let publisher = try SNSPublisher(topic: topic, aws: aws)
        for attempt in [publisher.checkTopic, { try await publisher.publish(#"{"default":"{}"}"#) }] {
            let error = await #expect(throws: SLARunnerError.self) { try await attempt() }
            #expect(error?.code == .topicDoesNotExist)
        }
    }

    @Test func partitionOfTheCaller() async throws {
        var environment = moto.environment
        environment["AWS_REGION"] = "cn-north-1"
        let china = try AWSConfiguration(environment: environment, loop: try EventLoop.onOwnThread())
        let arn = try await SNSPublisher(topic: "results", aws: china).topicARN()
        #expect(arn == "arn:aws-cn:sns:cn-north-1:123456789012:results")
    }

    /// In one request, in one of exactly a piece, and in parts with any bytes.
    @Test(arguments: [0, 5, 8 << 20, 8 << 20 + 1, 20 << 20])
    func storesLogs(count: Int) async throws {
        _ = try await call(.s3, "CreateBucket", bucket)
        let log = OutputLog()
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        bytes.withUnsafeBytes { buffer in
            for start in stride(from: 0, to: count, by: 65_536) {
                log.append(UnsafeRawBufferPointer(rebasing: buffer[start..<min(start + 65_536, count)]))
            }
        }
        try await S3LogStore(bucket: name, encryption: nil, aws: aws).store(log, key: "shop/1_SUCCESS")
        let facts = try await python(
            """
            import hashlib
            got = boto3.client("s3").get_object(Bucket="\(name)", Key="shop/1_SUCCESS")
            body = got["Body"].read()
            print(json.dumps([len(body), sum(body), got["ContentType"], "-" in got["ETag"]]))
            """)
        let sum = bytes.reduce(0) { $0 + Int64($1) }
        #expect(
            facts == [
                .integer(Int64(count)), .integer(sum), "text/plain; charset=utf-8", .bool(count > 8 << 20),
            ])
    }

    private static let key = "arn:aws:kms:eu-central-1:123456789012:key/0d1f3cf4-0000-0000-0000-000000000000"

    /// In one request and in parts.
    @Test(
        "logs are encrypted by the bucket's default, or as SLARUNNER_S3ENCRYPTION says",
        arguments: [nil, "AES256", "aws:kms", key, "alias/logs"], [1, 9 << 20])
    func encryption(of wanted: String?, count: Int) async throws {
        let server = try ScriptedServer { request in
            if request.method == "POST", request.target.hasSuffix("?uploads") || request.target.contains("uploads=") {
                return .http(200, body: "<R><UploadId>u</UploadId></R>")
            }
            if request.method == "POST" { return .http(200, body: "<R><ETag>e</ETag></R>") }
            return .http(200, headers: [("ETag", "e")])
        }
        let environment = awsVariables(at: server.url)
        let aws = try AWSConfiguration(environment: environment, loop: try EventLoop.onOwnThread())
        let log = OutputLog()
        Array(repeating: UInt8(1), count: count).withUnsafeBytes(log.append)
        try await S3LogStore(bucket: "logs", encryption: wanted, aws: aws).store(log, key: "k")
        let first = try #require(server.requests.first)
        let isKey = wanted == Self.key || wanted == "alias/logs"
        #expect(first["x-amz-server-side-encryption"] == (isKey ? "aws:kms" : wanted))
        #expect(first["x-amz-server-side-encryption-aws-kms-key-id"] == (isKey ? wanted : nil))
    }

    private static let refusals: [(String, Int, String, Bool)] = [
        ("sns", 403, "AuthorizationError", true), ("sns", 400, "InvalidParameter", true),
        ("sns", 404, "NotFound", true), ("sns", 403, "InvalidClientTokenId", true), ("sns", 400, "KMSDisabled", true),
        ("sns", 400, "Throttling", false), ("sns", 500, "InternalError", false),
        ("sns", 503, "ServiceUnavailable", false),
        ("sns", 403, "ExpiredToken", false), ("sns", 400, "KMSThrottling", false),
        ("s3", 403, "AccessDenied", true), ("s3", 404, "NoSuchBucket", true),
        ("s3", 400, "KMS.DisabledException", true), ("s3", 400, "KMS.ThrottlingException", false),
        ("s3", 503, "SlowDown", false), ("s3", 500, "InternalError", false), ("s3", 404, "NoSuchUpload", false),
    ]

    @Test("what a topic or bucket refuses for good is told from what passes", arguments: refusals)
    func refusal(service: String, status: Int, code: String, isFinal: Bool) async throws {
        let error = "<Error><Code>\(code)</Code><Message>m</Message></Error>"
        let body = service == "sns" ? "<ErrorResponse>\(error)</ErrorResponse>" : error
        let server = try ScriptedServer { _ in .http(status, body: body) }
        let environment = awsVariables(at: server.url).merging(["AWS_MAX_ATTEMPTS": "1"]) { $1 }
        let aws = try AWSConfiguration(environment: environment, loop: try EventLoop.onOwnThread())
        let failure = await #expect(throws: (any Error).self) {
            if service == "sns" {
                try await SNSPublisher(topic: "arn:aws:sns:eu-central-1:123456789012:t", aws: aws).publish("{}")
            } else {
                try await S3LogStore(bucket: "logs", encryption: nil, aws: aws).store(OutputLog(), key: "k")
            }
        }
        #expect((failure is SLARunnerError) == isFinal, "\(String(describing: failure))")
    }

    private static let regions: [[String: String]] = [
        ["AWS_DEFAULT_REGION": "eu-west-1"], ["AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-2"], [:],
        ["AWS_REGION": "eu-west-2"], ["AWS_PROFILE": "a"], ["AWS_PROFILE": "a", "AWS_REGION": "eu-west-2"],
        ["AWS_PROFILE": "a", "AWS_DEFAULT_REGION": "eu-west-1"], ["AWS_DEFAULT_PROFILE": "a"],
        ["AWS_PROFILE": "a", "AWS_DEFAULT_PROFILE": "b"], ["AWS_PROFILE": "none"],
        ["AWS_PROFILE": "none", "AWS_REGION": "eu-west-2"], ["AWS_PROFILE": "c"],
        ["AWS_PROFILE": "a", "AWS_DEFAULT_REGION": ""],
    ]

    @Test(
        "the region is the one that boto3 finds; AWS_REGION, which boto3 does not know, counts last", arguments: regions
    )
    func region(variables: [String: String]) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let (config, credentials) = (folder.appending(path: "config"), folder.appending(path: "credentials"))
            try """
            [default]
            region = us-east-1
            [profile a]
            region = ap-south-1
            [profile b]
            region = ap-south-2
            [profile none]
            output = json
            """.write(to: config, atomically: true, encoding: .utf8)
            try "[c]\nregion = sa-east-1\n".write(to: credentials, atomically: true, encoding: .utf8)
            let environment = [
                "AWS_CONFIG_FILE": config.path, "AWS_SHARED_CREDENTIALS_FILE": credentials.path, "AWS_REGION": "",
                "AWS_DEFAULT_REGION": "", "AWS_PROFILE": "", "AWS_DEFAULT_PROFILE": "",
            ].merging(variables) { $1 }
            let code =
                "import os, boto3\nfor n in list(os.environ):\n    if not os.environ[n]: del os.environ[n]\n"
                + "print(boto3.Session().region_name or os.environ.get('AWS_REGION'))"
            let boto3 = try await offPool {
                try TestSupport.Command.run(Workspace.python, ["-c", code], environment: environment)
            }
            let loop = try EventLoop.onOwnThread()
            let ours = try? SLARunnerProgram.awsConfiguration(environment, loop).region
            #expect(boto3.output == "\(ours ?? "None")\n", "\(boto3.errors)")
        }
    }

    @Test func failedUploadLeavesNothing() async throws {
        _ = try await call(.s3, "CreateBucket", bucket)
        let log = OutputLog()
        Array(repeating: UInt8(1), count: 9 << 20).withUnsafeBytes(log.append)
        await #expect(throws: SLARunnerError.self) {
            try await S3LogStore(bucket: name + "-nowhere", encryption: nil, aws: aws).store(log, key: "k")
        }
    }

    private var bucket: JSONValue {
        ["Bucket": .string(name), "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"]]
    }

    // MARK: The built binary

    private func runBinary(_ more: [String: String]) async throws -> TestSupport.Command.Result {
        try await offPool { [moto, name] in
            try TestSupport.Command.run(
                ProgramTests.path, ["--once"],
                environment: moto.environment.merging(variables(["SLARUNNER_SNSTOPICNAME": name])) { $1 }.merging(more)
                { $1 })
        }
    }

    @Test func publishesAndStoresOneRun() async throws {
        let queue = try await makeTopic()
        _ = try await call(.s3, "CreateBucket", bucket)
        let result = try await runBinary([
            "SLARUNNER_S3BUCKETNAME": name, "SLARUNNER_COMMAND": "echo out; exit 3", "SLARUNNER_GROUPS": "web,core",
        ])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(
            result.output.contains(
                "\nS3 BUCKET: \(name)\nBeginning new loop...\n"))
        #expect(result.output.contains("'3']\nout\nTest result: FAILURE with exit code 3; Execution time: 0\n"))
        let arrived = try await messages(queue)
        let message = try #require(arrived.first)
        #expect(message["succeeded"] == false && message["service"] == "shop" && message["groups"] == ["web", "core"])
        let time = try #require(message["timestamp"]?.intValue)
        let log = try await python(
            """
            got = boto3.client("s3").get_object(Bucket="\(name)", Key="shop/\(time)_FAILURE")
            print(json.dumps(got["Body"].read().decode()))
            """)
        #expect(log == "out\n")
    }

    @Test func missingTopicEndsTheBinary() async throws {
        let result = try await runBinary([:])
        #expect(result.status == 1)
        #expect(result.output.contains("Topic does not exist"))
        #expect(!result.output.contains("\nhello\n"), "the command must not run")
    }

    @Test("a bucket that does not exist ends the binary with 1, after the result is published")
    func missingBucketEndsTheBinary() async throws {
        let queue = try await makeTopic()
        let result = try await runBinary(["SLARUNNER_S3BUCKETNAME": name + "-nowhere"])
        #expect(result.status == 1)
        #expect(result.output.contains("The bucket \(name)-nowhere refuses the output: s3 PutObject"))
        #expect(result.output.contains("NoSuchBucket"))
        #expect(try await messages(queue).count == 1)
    }

    @Test func awsOutOfReachIsNotFatal() async throws {
        let result = try await runBinary(["AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"])
        #expect(result.status == 1, "one run whose result could not be published")
        #expect(result.output.contains("hello\nTest result: SUCCESS"))
        #expect(result.errors.contains("1 result was never published"))
    }

    @Test func dryRunFormsTheARN() async throws {
        let result = try await runBinary(["SLARUNNER_DRYRUN": "1"])
        #expect(result.status == 0)
        #expect(result.output.contains("\narn:aws:sns:eu-central-1:123456789012:\(name)\n"))
    }
}
