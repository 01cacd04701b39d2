import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import AWS

/// What boto3 does beside the models, both ways: the request it sends and the value it returns for the same answer.
@Suite(.enabled(if: Workspace.hasPython, "the Python environment is missing: run ./build.sh setup"))
struct CustomizationTests {
    /// The time and the idempotency token of `Tools/aws-oracle/customizations.py`.
    private static let time = TimeSource(
        now: { Timestamp(secondsSinceEpoch: 1_700_000_000) }, sleep: { _ in }, random: { 0 }
    )

    private static let services: [String: AWSService] = [
        "ec2": .ec2, "autoscaling": .autoScaling, "logs": .cloudWatchLogs, "route53": .route53, "fis": .fis,
        "ssm": .ssm, "s3": .s3, "rds": .rds, "apigateway": .apiGateway, "dynamodb": .dynamoDB, "sns": .sns,
        "sts": .sts, "iam": .iam, "cloudwatch": .cloudWatch, "lambda": .lambda, "ecs": .ecs, "xray": .xRay,
        "sso-oidc": .ssooidc,
    ]

    @Test("does what boto3 does beside the models")
    func agreesWithBoto3() async throws {
        let lines = try oracle("customizations.py", "calls").map { try JSONValue(parsing: $0) }
        #expect(Set(lines.compactMap { $0["service"]?.stringValue }) == Set(Self.services.keys))
        for line in lines {
            let operation = try #require(line["operation"]?.stringValue)
            let comment = Comment("\(operation) \(line["input"] ?? .null)")
            let service = try #require(line["service"]?.stringValue)
            let http = ScriptedHTTP(try #require(line["answer"]))
            let client = try client(service, line["environment"]?.objectValue ?? [:], http)
            do {
                let result = try await client.send(operation, line["input"] ?? [:])
                check(result, line["output"] ?? .null, comment)
            } catch let error as AWSError {
                #expect(error.code == line["error"]?["Code"]?.stringValue, comment)
                #expect(error.message == line["error"]?["Message"]?.stringValue, comment)
            }
            check(try #require(http.request), line["request"] ?? .null, comment)
        }
    }

    private func client(_ service: String, _ trace: JSONObject, _ http: ScriptedHTTP) throws -> AWSClient {
        var environment = ["AWS_REGION": "eu-central-1"]
        if !["ec2", "rds"].contains(service) { environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9" }
        environment["AWS_LAMBDA_FUNCTION_NAME"] = trace["AWS_LAMBDA_FUNCTION_NAME"]?.stringValue
        var configuration = try AWSConfiguration(
            environment: environment, http: http,
            credentials: AWSCredentials(accessKeyID: "AKID", secretAccessKey: "secret", sessionToken: "token"),
            time: Self.time
        )
        // The process's variable belongs to all tests, so only the choice of whether it is read is tested here.
        if configuration.traceHeader != nil {
            let variable = trace["_X_AMZN_TRACE_ID"]?.stringValue
            configuration.traceHeader = { traceHeader(variable) }
        }
        return try AWSClient(try #require(Self.services[service]), configuration: configuration)
    }

    private func check(_ request: HTTPRequest, _ expected: JSONValue, _ comment: Comment) {
        #expect(request.method == expected["method"]?.stringValue, comment)
        #expect(request.url == expected["url"]?.stringValue, comment)
        var body: [UInt8] = []
        if case .bytes(let bytes) = request.body { body = bytes }
        let expectedBody = expected["body"]?.stringValue.flatMap(Base64.decode) ?? []
        #expect(BodyValue(body) == BodyValue(expectedBody), comment)
        // The user agent is ours, and a signature covers the headers that are compared here.
        let others: Set<String> = [
            "user-agent", "authorization", "content-length", "amz-sdk-invocation-id", "amz-sdk-request",
        ]
        func compared(_ headers: [(String, String)]) -> [String: String] {
            Dictionary(headers.map { ($0.0.lowercased(), $0.1) }) { $1 }.filter { !others.contains($0.key) }
        }
        let theirs = expected["headers"]?.objectValue?.map { ($0.key, $0.value.stringValue ?? "") } ?? []
        #expect(compared(request.headers.map { ($0.name, $0.value) }) == compared(theirs), comment)
        let isSigned = theirs.contains { $0.0 == "Authorization" }
        #expect((request.headers["Authorization"] != nil) == isSigned, comment)
    }

    private func check(_ result: AWSResult, _ expected: JSONValue, _ comment: Comment) {
        var members = result.outputWithMetadata.objectValue ?? [:]
        // boto3's stream is a member; the script has read it.
        for name in ["Body", "body"] where expected[name] != nil { members[name] = .string(Base64.encode(result.body)) }
        #expect(JSONValue.object(members) == expected, comment)
    }

    @Test("every handler of botocore for these services is in the table, with what is done about it")
    func tableIsComplete() throws {
        let page = try String(contentsOf: Workspace.root.appending(path: "docs/aws-customizations.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
            line.split(separator: "|").map { String($0.filter { $0 != "`" }.trimmingWhitespace) }
        }
        try #require(rows.allSatisfy { $0.count == 5 })
        let listed = rows.map { $0.prefix(3).joined(separator: " ") }
        let handlers = try oracle("customizations.py", "handlers").map { line in
            try #require(JSONValue(parsing: line).arrayValue).compactMap(\.stringValue).joined(separator: " ")
        }
        #expect(Set(handlers).subtracting(listed) == [])
        #expect(Set(listed).subtracting(handlers) == [])
        let script = Workspace.root.appending(path: "Tools/aws-oracle/customizations.py")
        let cases = try String(contentsOf: script, encoding: .utf8)
        for row in rows where !row[3].hasPrefix("Not ") {
            #expect(cases.contains("\"\(row[4])\", {") || row[4].hasSuffix("Tests"), "\(row[2]) has no test")
        }
    }
}

/// What cannot be compared in one call with boto3.
struct CustomizationRuleTests {
    @Test("the tables name operations that their services have", arguments: TestModel.allCases)
    func namesOperations(_ service: TestModel) throws {
        let names = try service.model().operationNames
        for operation in service.customizations.flatMap(\.operations) { #expect(names.contains(operation)) }
    }

    @Test("a parameter that is given by both of its names is refused")
    func refusesBothNames() throws {
        let operation = try TestModel.ec2.model().operation("DescribeHosts")
        let error = #expect(throws: AWSError.self) {
            try operation.request(["Filter": [], "Filters": []], idempotencyToken: { "" })
        }
        #expect(error?.localCode == .invalidParameter)
    }

    @Test(
        "an object whose bytes do not match its checksum is refused",
        arguments: [
            ("x-amz-checksum-crc32", "AAAAAA==", [:], false), ("x-amz-checksum-crc32", "y/Q5Jg==", [:], true),
            ("x-amz-checksum-crc32c", "4waSgw==", [:], true), ("x-amz-checksum-crc32c", "AAAAAA==", [:], false),
            ("x-amz-checksum-sha1", "AAAAAA==", [:], false), ("x-amz-checksum-sha256", "AAAAAA==", [:], false),
            ("x-amz-checksum-crc64nvme", "AAAAAA==", [:], true), ("x-amz-checksum-crc32", "AAAAAA==-2", [:], true),
            ("x-amz-checksum-crc32", "AAAAAA==", ["AWS_RESPONSE_CHECKSUM_VALIDATION": "WHEN_REQUIRED"], true),
        ] as [(String, String, [String: String], Bool)])
    func verifiesChecksum(header: String, sum: String, environment: [String: String], isTaken: Bool) async throws {
        let http = ScriptedHTTP(["headers": [header: .string(sum)], "body": "123456789"])
        let configuration = try AWSConfiguration(
            environment: environment, region: "eu-central-1", http: http, credentials: ClientFaultTests.keys,
            time: TestClock().source
        )
        let client = try AWSClient(.s3, configuration: configuration)
        let code: AWSError.LocalCode?
        do {
            let result = try await client.send("GetObject", ["Bucket": "bucket", "Key": "k"])
            #expect(result.body == Array("123456789".utf8))
            code = nil
        } catch let error as AWSError { code = error.localCode }
        #expect(code == (isTaken ? nil : .invalidResponse))
    }
}

/// S3 answers for buckets of other regions.
struct BucketRegionTests {
    private static let place: JSONValue = ["Bucket": "bucket", "Key": "k"]

    private static func error(_ code: String, _ more: String = "") -> String {
        "<Error><Code>\(code)</Code><Message>m</Message>\(more)</Error>"
    }

    private func client(_ server: ScriptedServer) throws -> AWSClient { try ClientFaultTests().client(server, .s3) }

    private func region(_ request: ServerRequest?) -> String? {
        request?["Authorization"]?.split(separator: "/").dropFirst(2).first.map(String.init)
    }

    @Test(
        "a call is sent on to the region that S3 names, and so are later ones",
        arguments: [
            ("GetObject", 301, error("PermanentRedirect"), true), ("HeadObject", 301, "", true),
            ("GetObject", 400, error("AuthorizationHeaderMalformed", "<Region>us-west-2</Region>"), false),
            ("HeadObject", 400, "", true), ("GetObject", 307, error("TemporaryRedirect"), true),
            ("GetObject", 400, error("IllegalLocationConstraintException"), true),
        ])
    func isSentOn(operation: String, status: Int, body: String, hasHeader: Bool) async throws {
        let headers = hasHeader ? [("x-amz-bucket-region", "us-west-2")] : []
        let server = try ScriptedServer(
            replies: [.http(status, headers: headers, body: body), .http(200), .http(200)])
        let client = try client(server)
        let result = try await client.send(operation, Self.place)
        #expect(result.attempts == 2)
        #expect(try await client.send(operation, Self.place).attempts == 1)
        #expect(server.requests.map(region) == ["eu-central-1", "us-west-2", "us-west-2"])
    }

    @Test(
        "other errors are not sent on",
        arguments: [
            ("GetObject", 403, error("AccessDenied")), ("GetObject", 400, error("InvalidRequest")),
            ("CreateBucket", 400, error("IllegalLocationConstraintException")),
        ])
    func isNotSentOn(operation: String, status: Int, body: String) async throws {
        let reply = Reply.http(status, headers: [("x-amz-bucket-region", "us-west-2")], body: body)
        let server = try ScriptedServer(replies: [reply, .http(200)])
        let input: JSONValue = operation == "CreateBucket" ? ["Bucket": "bucket"] : Self.place
        let error = await #expect(throws: AWSError.self) { try await client(server).call(operation, input) }
        #expect(error?.region == "eu-central-1")
        #expect("\(try #require(error))".contains("us-west-2"))
        #expect(server.requests.count == 1)
    }

    @Test("a bucket that was made again in another region is found there")
    func isMovedAgain() async throws {
        func moved(to region: String) -> Reply {
            .http(301, headers: [("x-amz-bucket-region", region)], body: Self.error("PermanentRedirect"))
        }
        let server = try ScriptedServer(
            replies: [moved(to: "us-west-2"), .http(200), moved(to: "eu-west-1"), .http(200), .http(200)])
        let client = try client(server)
        for _ in 1...3 { _ = try await client.call("GetObject", Self.place) }
        #expect(
            server.requests.map(region) == ["eu-central-1", "us-west-2", "us-west-2", "eu-west-1", "eu-west-1"])
    }

    @Test("a call that is sent on twice fails")
    func onlyOnce() async throws {
        let reply = Reply.http(
            301, headers: [("x-amz-bucket-region", "us-west-2")], body: Self.error("PermanentRedirect"))
        let server = try ScriptedServer(replies: [reply, reply, .http(200)])
        let error = await #expect(throws: AWSError.self) { try await client(server).call("GetObject", Self.place) }
        #expect(error?.code == "PermanentRedirect")
        #expect(error?.region == "us-west-2")
        #expect(server.requests.count == 2)
    }
}

/// Keeps the request and gives the answer that was scripted.
private final class ScriptedHTTP: HTTPExecuting {
    private let answer: JSONValue
    private let requests = Locked<[HTTPRequest]>([])

    init(_ answer: JSONValue) { self.answer = answer }

    var request: HTTPRequest? { requests.withLock(\.last) }

    func execute(_ request: HTTPRequest) async throws -> HTTPResponse {
        requests.withLock { $0.append(request) }
        let headers = answer["headers"]?.objectValue?.map { (name: $0.key, value: $0.value.stringValue ?? "") } ?? []
        return HTTPResponse(
            status: Int(answer["status"]?.intValue ?? 200), headers: HTTPHeaders(headers),
            body: Array((answer["body"]?.stringValue ?? "").utf8)
        )
    }
}

/// A request's body by its meaning: JSON, or a form whose order does not matter, with URLs in it taken apart alike.
private enum BodyValue: Equatable {
    case json(JSONValue), form([String]), bytes([UInt8])

    init(_ bytes: [UInt8]) {
        if let json = try? JSONValue(parsing: bytes) {
            self = .json(json)
        } else if bytes.starts(with: Array("Action=".utf8)) {
            self = .form(
                formFields(bytes).map { field in
                    let query = field.value.split(separator: "?").dropFirst().joined(separator: "?")
                    let value =
                        query.isEmpty ? field.value : query.split(separator: "&").sorted().joined(separator: "&")
                    return "\(field.name)=\(value)"
                }.sorted()
            )
        } else {
            self = .bytes(bytes)
        }
    }
}
