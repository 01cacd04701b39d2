import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import AWS

/// What an attempt carries, how long it waits, and what becomes of its answer.
struct AttemptTests {
    let clock = TestClock()

    func configuration(_ server: ScriptedServer, _ environment: [String: String] = [:]) throws -> AWSConfiguration {
        try AWSConfiguration(
            environment: ["AWS_ENDPOINT_URL": server.url, "AWS_REGION": "eu-central-1"].merging(environment) { $1 },
            http: Loop.http.get(), credentials: ClientFaultTests.keys, time: clock.source)
    }

    func client(
        _ server: ScriptedServer, _ service: AWSService, _ environment: [String: String] = [:]
    ) throws -> AWSClient {
        try AWSClient(service, configuration: configuration(server, environment))
    }

    @Test("the retry headers are botocore's, and not signed", .enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func headers() async throws {
        struct Sent: Decodable { var request, signedHeaders: String }
        let expected = try oracle("retries.py", "headers", "\(clock.now.secondsSinceEpoch)").map {
            try JSONDecoder().decode(Sent.self, from: $0)
        }
        let date = [("Date", (clock.now + .seconds(3600)).httpDate)]
        let server = try ScriptedServer(replies: [.http(503, headers: date), .http(503), ClientFaultTests.published])
        _ = try await client(server, .sns).call("Publish", ClientFaultTests.message)
        #expect(server.requests.map { $0["amz-sdk-request"] } == expected.map(\.request))
        #expect(Set(server.requests.map { $0["amz-sdk-invocation-id"] }).count == 1)
        #expect(server.requests.first?["amz-sdk-invocation-id"]?.count == 36)
        for (request, sent) in zip(server.requests, expected) {
            #expect(request["Authorization"]?.contains("amz-sdk") == false)
            #expect(!sent.signedHeaders.contains("amz-sdk"))
        }
        #expect(expected.count == 3)
    }

    private struct Metrics: Decodable, Sendable {
        struct Series: Decodable, Sendable {
            let times: [Double]
            let values: [Double]

            enum CodingKeys: String, CodingKey {
                case times = "Timestamps"
                case values = "Values"
            }
        }

        let results: [Series]

        enum CodingKeys: String, CodingKey { case results = "MetricDataResults" }
    }

    @Test("an answer that is decoded as it was sent: times are numbers; one that does not fit says so")
    func answerAsSent() async throws {
        let server = try ScriptedServer(replies: [
            .http(
                200, body: #"{"MetricDataResults": [{"Timestamps": [1.7959536E9, 1795953660], "Values": [1, 0.5]}]}"#),
            .http(200, headers: [("x-amzn-RequestId", "abc")], body: #"{"MetricDataResults": 1}"#),
        ])
        let client = try client(server, .cloudWatch)
        let input: JSONValue = ["MetricDataQueries": [], "StartTime": 0, "EndTime": 60]
        let metrics = try await client.answer("GetMetricData", input, as: Metrics.self)
        #expect(metrics.results.map(\.times) == [[1_795_953_600, 1_795_953_660]])
        #expect(metrics.results.map(\.values) == [[1, 0.5]])
        let error = await #expect(throws: AWSError.self) {
            try await client.answer("GetMetricData", input, as: Metrics.self)
        }
        #expect(error?.localCode == .invalidResponse)
        #expect(error?.operation == "GetMetricData")
        #expect(error?.status == 200)
        #expect(error?.requestID == "abc")
        let other = await #expect(throws: AWSError.self) {
            try await self.client(server, .s3).answer("ListBuckets", [:], as: Metrics.self)
        }
        #expect(other?.localCode == .invalidParameter)
        #expect(server.requests.count == 2)
    }

    @Test("a synchronous Invoke is neither cut by the limit of silence nor sent twice")
    func longInvoke() async throws {
        let gate = Gate()
        let server = try ScriptedServer { request in
            request.method == "POST" ? .after(gate, .http(200, body: "\"done\"")) : .hang
        }
        var configuration = try configuration(server)
        configuration.idleTimeout = .milliseconds(300)
        configuration.maximumAttempts = 2
        let lambda = try AWSClient(.lambda, configuration: configuration)
        async let invoked = lambda.send("Invoke", ["FunctionName": "long"])
        while server.requests.isEmpty { await Task.yield() }
        let error = await #expect(throws: AWSError.self) { try await lambda.call("ListFunctions") }
        #expect((error?.underlying as? TransportError)?.code == .timedOut)
        #expect(error?.attempt == 2)
        gate.open()
        let result = try await invoked
        #expect(String(decoding: result.body, as: UTF8.self) == "\"done\"")
        #expect(result.attempts == 1)
        #expect(server.requests.filter { $0.method == "POST" }.count == 1)
    }

    @Test(
        "when the connection ends, an Invoke that waits for its function is not repeated, others are",
        arguments: [
            ("RequestResponse", 1), ("Event", 3),
        ])
    func lostInvoke(type: String, requests: Int) async throws {
        // The first request leaves a connection for later ones, on which libcurl would repeat by itself.
        let server = try ScriptedServer { $0.method == "GET" ? .http(200, body: "{}") : .reset }
        let lambda = try client(server, .lambda)
        _ = try await lambda.call("ListFunctions")
        let error = await #expect(throws: AWSError.self) {
            try await lambda.call("Invoke", ["FunctionName": "f", "InvocationType": .string(type)])
        }
        #expect(error?.attempt == requests)
        #expect(error?.isRetryable == true)
        #expect(error?.message.hasSuffix("so it was not sent again") == (requests == 1))
        let posts = server.requests.filter { $0.method == "POST" }.count
        #expect(type == "Event" ? posts >= requests : posts == requests)
    }

    static let item = #"{"Item":{"id":{"S":"1"}}}"#

    @Test(
        "DynamoDB's answer must match its CRC-32, or the call is repeated and at last an error",
        arguments: [
            (["1", "2061421159"], 2, true), (["2061421159"], 1, true), (["1", "1", "1", "1"], 4, false),
        ])
    func checksum(sums: [String], attempts: Int, succeeds: Bool) async throws {
        let replies = sums.map { Reply.http(200, headers: [("x-amz-crc32", $0)], body: Self.item) }
        let server = try ScriptedServer(replies: replies)
        let dynamoDB = try client(server, .dynamoDB)
        let input: JSONValue = ["TableName": "t", "Key": ["id": ["S": "1"]]]
        do {
            let result = try await dynamoDB.send("GetItem", input)
            #expect(succeeds)
            #expect(result.attempts == attempts)
        } catch let error as AWSError {
            #expect(!succeeds, "\(error)")
            #expect(error.localCode == .invalidResponse)
            #expect(error.message.contains("x-amz-crc32"))
            #expect(error.maximumAttempts == attempts)
        }
        #expect(server.requests.count == attempts)
    }

    @Test("an error that only the model calls retryable is repeated")
    func modelledError() async throws {
        let conflict = Reply.http(
            409, body: #"{"__type":"com.amazonaws.dynamodb.v20120810#ReplicatedWriteConflictException"}"#)
        let server = try ScriptedServer(replies: [conflict, .http(200, body: Self.item)])
        let result = try await client(server, .dynamoDB).send(
            "GetItem", ["TableName": "t", "Key": ["id": ["S": "1"]]])
        #expect(result.attempts == 2)
        #expect(clock.sleeps == [.milliseconds(12.5)])
    }

    @Test(
        "AWS_RETRY_MODE decides the pauses",
        arguments: [
            ("standard", [500_000]), ("legacy", [500_000]), ("adaptive", [500_000, 1_500_002]),
        ])
    func modes(mode: String, microseconds: [Int]) async throws {
        let server = try ScriptedServer(replies: [
            ClientFaultTests.refusal("Throttling", 400), ClientFaultTests.published,
        ])
        _ = try await client(server, .sns, ["AWS_RETRY_MODE": mode]).call("Publish", ClientFaultTests.message)
        #expect(clock.sleeps == microseconds.map { .microseconds($0) })
    }

    @Test("a request that the rate allows only after the caller's deadline is not waited for")
    func rateAndDeadline() async throws {
        let server = try ScriptedServer { _ in ClientFaultTests.refusal("Throttling", 400) }
        let client = try client(server, .sns, ["AWS_RETRY_MODE": "adaptive"])
        let error = await #expect(throws: AWSError.self) {
            try await client.call("Publish", ClientFaultTests.message, deadline: clock.now + .seconds(1))
        }
        #expect(error?.message.contains("deadline") == true, "\(String(describing: error))")
        #expect(server.requests.count == 1)
    }

    @Test(
        "the number of attempts: a setting, else the default of mode and service",
        arguments: [
            ([:], AWSService.sns, 3), ([:], .dynamoDB, 4), (["AWS_RETRY_MODE": "legacy"], .sns, 5),
            (["AWS_RETRY_MODE": "legacy"], .dynamoDB, 10), (["AWS_MAX_ATTEMPTS": "2"], .dynamoDB, 2),
            (["AWS_RETRY_MODE": "LEGACY", "AWS_MAX_ATTEMPTS": "1"], .sns, 1),
        ] as [([String: String], AWSService, Int)])
    func attempts(environment: [String: String], service: AWSService, attempts: Int) async throws {
        let server = try ScriptedServer { _ in .http(500) }
        let error = await #expect(throws: AWSError.self) {
            try await client(server, service, environment).call(service.name == "sns" ? "ListTopics" : "ListTables")
        }
        #expect(error?.attempt == attempts)
        #expect(server.requests.count == attempts)
    }

    @Test(
        "AWS_SDK_UA_APP_ID names the application in User-Agent",
        arguments: [
            ("shop", " app/shop"), ("my shop/2", " app/my-shop-2"), ("", ""),
        ])
    func application(id: String, suffix: String) async throws {
        let server = try ScriptedServer(replies: [ClientFaultTests.published])
        _ = try await client(server, .sns, ["AWS_SDK_UA_APP_ID": id]).call("Publish", ClientFaultTests.message)
        #expect(server.requests.map { $0["User-Agent"] } == [TocsinVersion.userAgent + suffix])
    }

    @Test(
        "bodies are compressed from AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES on",
        arguments: [
            ([:], 20_000, true), ([:], 2_000, false), (["AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES": "1000"], 2_000, true),
            (["AWS_DISABLE_REQUEST_COMPRESSION": "true"], 20_000, false),
        ] as [([String: String], Int, Bool)])
    func compression(environment: [String: String], size: Int, isCompressed: Bool) async throws {
        let server = try ScriptedServer(replies: [.http(200, body: "{}")])
        let name = String(repeating: "n", count: size)
        _ = try await client(server, .cloudWatch, environment).call(
            "PutMetricData", ["Namespace": "n", "MetricData": [["MetricName": .string(name), "Value": 1]]])
        #expect((server.requests.first?["Content-Encoding"] == "gzip") == isCompressed)
    }

    @Test(
        "with AWS_REQUEST_CHECKSUM_CALCULATION=when_required only required checksums are sent",
        arguments: [
            ([:], true), (["AWS_REQUEST_CHECKSUM_CALCULATION": "when_supported"], true),
            (["AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"], false),
        ])
    func checksumOfRequests(environment: [String: String], isSent: Bool) async throws {
        let server = try ScriptedServer { _ in .http(200) }
        let s3 = try client(server, .s3, environment)
        _ = try await s3.send("PutObject", ["Bucket": "bucket", "Key": "k"], body: .bytes([1]))
        #expect((server.requests.last?["x-amz-checksum-crc32"] != nil) == isSent)
        _ = try await s3.send(
            "DeleteObjects", ["Bucket": "bucket", "Delete": ["Objects": [["Key": "k"]]]])
        #expect(server.requests.last?["x-amz-checksum-crc32"] != nil)
    }
}
