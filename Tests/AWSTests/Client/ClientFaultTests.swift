import Basics
import JSON
import Synchronization
import TestSupport
import Testing
import Transport

@testable import AWS

/// The client's attempts, with a scripted service.
struct ClientFaultTests {
    static let published = Reply.http(
        200,
        body: """
            <PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult>
            <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></PublishResponse>
            """
    )

    static func refusal(_ code: String, _ status: Int, headers: [(String, String)] = []) -> Reply {
        .http(
            status, headers: headers,
            body: """
                <ErrorResponse><Error><Type>Sender</Type><Code>\(code)</Code><Message>sorry</Message></Error>
                <RequestId>r-9</RequestId></ErrorResponse>
                """
        )
    }

    let clock = TestClock()

    func client(
        _ server: ScriptedServer, _ service: AWSService = .sns,
        credentials: any CredentialsProvider = ClientFaultTests.keys,
        environment: [String: String] = [:]
    ) throws -> AWSClient {
        let environment = ["AWS_ENDPOINT_URL": server.url, "AWS_REGION": "eu-central-1"].merging(environment) { $1 }
        let configuration = try AWSConfiguration(
            environment: environment, http: Loop.http.get(), credentials: credentials, time: clock.source
        )
        return try AWSClient(service, configuration: configuration)
    }

    static let keys = AWSCredentials(accessKeyID: "AKID", secretAccessKey: "topsecret", sessionToken: "toptoken")
    static let message: JSONValue = ["TopicArn": "arn:aws:sns:eu-central-1:123456789012:topic", "Message": "hello"]

    @Test(
        arguments: [
            ([refusal("Throttling", 400)], [500]),
            ([.http(429), .http(503, headers: [("Retry-After", "9")])], [500, 9000]),
            ([.http(500), refusal("InternalError", 502)], [25, 50]),
            ([.reset, .raw("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<PublishRes", closes: true)], [25, 50]),
            ([.raw("HTTP/1.1 200 OK\r\n", closes: true)], [25]),
        ] as [([Reply], [Int])])
    func transientErrorsAreRetried(faults: [Reply], pauses: [Int]) async throws {
        let server = try ScriptedServer(replies: faults + [Self.published])
        let result = try await client(server).send("Publish", Self.message)
        #expect(result.output["MessageId"] == "m-1")
        #expect(result.attempts == faults.count + 1 && result.requestID == "r-1")
        #expect(clock.sleeps == pauses.map { .milliseconds($0) })
    }

    @Test func everyAttemptIsSignedAgain() async throws {
        let server = try ScriptedServer(replies: [.http(503, headers: [("Retry-After", "9")]), Self.published])
        _ = try await client(server).call("Publish", Self.message)
        let dates = server.requests.compactMap { $0["X-Amz-Date"] }
        #expect(dates == [clock.now - .seconds(9), clock.now].map(\.iso8601Basic))
        #expect(Set(server.requests.compactMap { $0["Authorization"] }).count == 2)
    }

    @Test func anErrorNamesServiceOperationAndRegion() async throws {
        let server = try ScriptedServer(replies: [.http(500), .http(500), Self.refusal("Throttling", 400)])
        let error = await #expect(throws: AWSError.self) {
            try await client(server).call("Publish", Self.message)
        }
        #expect(
            "\(try #require(error))"
                == "sns Publish in eu-central-1: Throttling: sorry (status 400, request id r-9, attempt 3 of 3)"
        )
        #expect(error?.isThrottling == true && error?.isRetryable == true)
    }

    @Test func clientErrorsAreNotRetriedAndShowNoSecret() async throws {
        let server = try ScriptedServer(replies: [Self.refusal("AuthorizationError", 403)])
        let error = await #expect(throws: AWSError.self) {
            try await client(server).call("Publish", Self.message)
        }
        #expect(error?.code == "AuthorizationError" && error?.attempt == 1 && error?.isRetryable == false)
        #expect(server.requests.count == 1 && clock.sleeps.isEmpty)
        #expect(!String(reflecting: error).contains("topsecret") && !String(reflecting: error).contains("toptoken"))
    }

    @Test func aRefusedConnection() async throws {
        let server = try ScriptedServer(replies: [])
        server.stop()
        let error = await #expect(throws: AWSError.self) {
            try await client(server, environment: ["AWS_MAX_ATTEMPTS": "2"]).call("Publish", Self.message)
        }
        #expect(error?.localCode == .transport && error?.attempt == 2)
        #expect((error?.underlying as? TransportError)?.code == .connectFailed)
        #expect(clock.sleeps == [.milliseconds(25)])
    }

    @Test func aWrongClockIsCorrectedForAllLaterCalls() async throws {
        let skewed = Self.refusal(
            "SignatureDoesNotMatch", 403, headers: [("Date", (clock.now + .seconds(3600)).httpDate)])
        let server = try ScriptedServer(replies: [skewed, Self.published, Self.published])
        let client = try client(server)
        _ = try await client.call("Publish", Self.message)
        _ = try await client.call("Publish", Self.message)
        let right = (clock.now + .seconds(3600)).iso8601Basic
        #expect(server.requests.compactMap { $0["X-Amz-Date"] } == [clock.now.iso8601Basic, right, right])
        #expect(clock.sleeps.isEmpty)
    }

    @Test func expiredCredentialsAreFetchedAgain() async throws {
        let expired = Self.refusal("ExpiredToken", 403)
        let server = try ScriptedServer(replies: [expired, Self.published, expired, expired])
        let count = Atomic(0)
        let provider = CachedCredentials(time: clock.source) {
            AWSCredentials(accessKeyID: "KEY\(count.add(1, ordering: .relaxed).newValue)", secretAccessKey: "s")
        }
        let client = try client(server, credentials: provider)
        _ = try await client.call("Publish", Self.message)
        let error = await #expect(throws: AWSError.self) { try await client.call("Publish", Self.message) }
        #expect(error?.code == "ExpiredToken")
        let keys = server.requests.map { $0["Authorization"]?.split(separator: "/").first?.suffix(4) }
        #expect(keys == ["KEY1", "KEY2", "KEY2", "KEY3"])
    }

    @Test func noRetryAfterTheDeadline() async throws {
        let throttled = Self.refusal("Throttling", 400)
        let server = try ScriptedServer(replies: [throttled, throttled, throttled])
        let client = try client(server)
        // The first pause is half a second, the second a whole one.
        await #expect(throws: AWSError.self) {
            try await client.call("Publish", Self.message, deadline: clock.now + .milliseconds(1500))
        }
        #expect(clock.sleeps == [.milliseconds(500)] && server.requests.count == 2)
        let error = await #expect(throws: AWSError.self) {
            try await client.call("Publish", Self.message, deadline: clock.now)
        }
        #expect(error?.message.contains("deadline") == true && server.requests.count == 2)
    }

    @Test func anEmptyQuotaStopsRetriesOfAllCalls() async throws {
        let server = try ScriptedServer { _ in .http(500) }
        let client = try client(server)
        for _ in 0..<60 { await #expect(throws: AWSError.self) { try await client.call("Publish", Self.message) } }
        #expect(server.requests.count == 60 + 35, "the quota holds 35 retries")
    }

    @Test func successesFillTheQuotaAgain() async throws {
        let count = Atomic(0)
        let server = try ScriptedServer { _ in
            count.add(1, ordering: .relaxed).newValue.isMultiple(of: 2) ? Self.published : .http(500)
        }
        let client = try client(server)
        for _ in 0..<150 { _ = try await client.call("Publish", Self.message) }
        #expect(clock.sleeps.count == 150)
    }

    @Test func streamsAreSentOnce() async throws {
        let server = try ScriptedServer(replies: [.http(500), .http(200)])
        let left = Mutex<[[UInt8]]>([[1, 2], [3]])
        let body = HTTPBody.stream(length: 3) { left.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
        let error = await #expect(throws: AWSError.self) {
            try await client(server, .s3).send("PutObject", ["Bucket": "bucket", "Key": "k"], body: body)
        }
        #expect(error?.status == 500 && error?.maximumAttempts == 1 && error?.isRetryable == true)
        #expect(server.requests.map(\.body) == [[1, 2, 3]])
        #expect(server.requests.first?["X-Amz-Content-SHA256"] == "UNSIGNED-PAYLOAD")
    }

    @Test func aClockCorrectedByAStreamServesTheNextCall() async throws {
        let later = clock.now + .seconds(3600)
        let server = try ScriptedServer(replies: [.http(403, headers: [("Date", later.httpDate)]), .http(200)])
        let client = try client(server, .s3)
        for expected in [403, 200] {
            let left = Mutex<[[UInt8]]>([[1]])
            let body = HTTPBody.stream(length: 1) { left.withLock { $0.popLast() } }
            do {
                let result = try await client.send("PutObject", ["Bucket": "bucket", "Key": "k"], body: body)
                #expect(result.status == expected)
            } catch let error as AWSError { #expect(error.status == expected, "\(error)") }
        }
        #expect(server.requests.last?["X-Amz-Date"] == later.iso8601Basic)
    }

    @Test func aRepeatedPageTokenIsAnError() async throws {
        let page = Reply.http(
            200,
            body: """
                <ListTopicsResponse><ListTopicsResult><Topics/><NextToken>T</NextToken></ListTopicsResult>
                </ListTopicsResponse>
                """
        )
        let server = try ScriptedServer(replies: [page, page, page])
        var count = 0
        let error = await #expect(throws: AWSError.self) {
            for try await _ in try client(server).pages("ListTopics") { count += 1 }
        }
        #expect(error?.localCode == .invalidResponse && error?.operation == "ListTopics")
        #expect(count == 1 && server.requests.count == 2)
    }

    @Test func anErrorInsideAStatus200IsRetried() async throws {
        let hidden = "<Error><Code>InternalError</Code><Message>again, please</Message></Error>"
        let server = try ScriptedServer(replies: [
            .http(200, body: hidden),
            .http(200, body: "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"),
        ])
        let result = try await client(server, .s3).send(
            "CompleteMultipartUpload",
            ["Bucket": "bucket", "Key": "k", "UploadId": "u", "MultipartUpload": ["Parts": []]]
        )
        #expect(result.output["ETag"] == "e" && result.attempts == 2)
    }

    @Test func theErrorNamesTheRegionOfABucket() async throws {
        let server = try ScriptedServer(replies: [.http(403, headers: [("x-amz-bucket-region", "eu-north-1")])])
        let error = await #expect(throws: AWSError.self) {
            try await client(server, .s3).call("HeadBucket", ["Bucket": "bucket"])
        }
        #expect(error?.message.contains("eu-north-1") == true, "\(String(describing: error))")
    }

    @Test func typesThatDoNotFitAreErrors() async throws {
        struct Wrong: Decodable { var absent: Int }
        let server = try ScriptedServer(replies: [Self.published])
        let client = try client(server)
        let error = await #expect(throws: AWSError.self) {
            try await client.call("Publish", Self.message, as: Wrong.self)
        }
        #expect(error?.localCode == .invalidResponse && error?.message.contains("absent") == true)
    }

    @Test func cancellationIsThrown() async throws {
        let server = try ScriptedServer { _ in .hang }
        let client = try client(server)
        let call = Task { try await client.call("Publish", Self.message) }
        while server.connectionCount == 0 { await Task.yield() }
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
    }

    @Test(
        arguments: [
            ("NoSuchOperation", message, "NoSuchOperation"), ("Publish", ["TopicArn": "x"], "Message"),
            ("Publish", ["Message": "x", "Massage": "y"], "Massage"),
        ] as [(String, JSONValue, String)])
    func wrongInputsAreNotSent(operation: String, input: JSONValue, part: String) async throws {
        let server = try ScriptedServer(replies: [])
        let error = await #expect(throws: AWSError.self) { try await client(server).call(operation, input) }
        #expect(error?.localCode == .invalidParameter)
        #expect(error?.message.contains(part) == true && server.connectionCount == 0)
    }

    @Test(arguments: [
        ([:], "no region"), (["AWS_REGION": "r", "AWS_MAX_ATTEMPTS": "0"], "AWS_MAX_ATTEMPTS"),
        (["AWS_REGION": "r", "AWS_MAX_ATTEMPTS": "many"], "many"),
        (
            ["AWS_REGION": "r", "AWS_RETRY_MODE": "fast"],
            "AWS_RETRY_MODE is \"fast\": give one of legacy, standard, adaptive"
        ),
        (["AWS_REGION": "r", "AWS_DEFAULTS_MODE": "slow"], "auto, cross-region, in-region, legacy, mobile, standard"),
        (["AWS_REGION": "r", "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES": "10485761"], "from 0 to 10485760"),
        (["AWS_PROFILE": "none"], "profile none"),
    ])
    func wrongSettingsAreNamed(environment: [String: String], part: String) throws {
        let http = try Loop.http.get()
        let environment = environment.merging(["HOME": "/nonexistent"]) { $1 }
        let error = #expect(throws: AWSError.self) {
            try AWSConfiguration(environment: environment, http: http, time: clock.source)
        }
        #expect(error?.localCode == .invalidConfiguration && error?.message.contains(part) == true)
    }
}
