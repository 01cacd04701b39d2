import Basics
import FunctionRuntime
import HTTPServer
import JSON
import Logging
import NIOHTTP1
import Testing

@testable import FunctionCompute

/// The conversions of requests to events and of responses to replies.
@Suite struct RequestTests {
    static func request(
        _ method: HTTPMethod = .POST, _ uri: String = "/invoke", _ headers: HTTPHeaders = [:], body: String = ""
    ) -> FunctionRequest {
        FunctionRequest(
            head: HTTPRequestHead(version: .http1_1, method: method, uri: uri, headers: headers), body: Array(body.utf8)
        )
    }

    @Test(
        arguments: [
            ("/invoke", .POST, "/invoke", .invoke),
            ("/initialize", .POST, "/initialize", .initialize),
            ("/pre-stop", .GET, "/pre-stop", .preStop),
            ("/pre-freeze", .GET, "/pre-freeze", .preFreeze),
            ("/http-invoke", .POST, "/invoke", .httpTrigger),
            ("/http-invoke", .GET, "/pre-stop", .httpTrigger),
            (nil, .POST, "/invoke", .invoke),
            (nil, .GET, "/invoke", .httpTrigger),
            (nil, .POST, "/initialize", .initialize),
            (nil, .GET, "/pre-stop", .preStop),
            (nil, .GET, "/", .httpTrigger),
        ] as [(String?, HTTPMethod, String, FunctionRequest.Purpose)])
    func purpose(control: String?, method: HTTPMethod, uri: String, expected: FunctionRequest.Purpose) {
        let headers: HTTPHeaders = control.map { ["X-Fc-Control-Path": $0] } ?? [:]
        #expect(Self.request(method, uri, headers).purpose == expected)
    }

    static let platform: HTTPHeaders = [
        "X-Fc-Request-Id": "1-65f", "x-fc-access-key-id": "STS.key", "x-fc-access-key-secret": "hidden",
        "x-fc-security-token": "token", "x-fc-function-name": "notify", "x-fc-function-timeout": "60",
        "x-fc-region": "cn-hangzhou", "x-fc-account-id": "123", "x-fc-qualifier": "", "x-fc-retry-count": "2",
        "x-fc-tracing-opentracing-span-context": "span", "Content-Type": "application/json",
    ]

    /// The handler recognises a repeated event by its id.
    @Test func requestsWithoutAnIDGetDifferentOnes() {
        let ids = Set((0..<3).map { _ in Self.context([:]).requestID } + [""])
        #expect(ids.count == 4)
    }

    @Test func contextHoldsTheHeaders() {
        let context = Self.context(Self.platform)
        #expect(context.requestID == "1-65f")
        #expect(context.deadline == Timestamp(secondsSinceEpoch: 1_060))
        #expect(context.functionARN == "acs:fc:cn-hangzhou:123:functions/notify")
        #expect(context.traceID == "span")
        #expect(
            context.platformHeaders == [
                "x-fc-request-id": "1-65f", "x-fc-function-name": "notify", "x-fc-function-timeout": "60",
                "x-fc-region": "cn-hangzhou", "x-fc-account-id": "123", "x-fc-retry-count": "2",
                "x-fc-tracing-opentracing-span-context": "span",
            ])
        #expect(context.credentials?.accessKeySecret == "hidden")
        #expect(context.credentials?.securityToken == "token")
        var dumped = ""
        dump(context, to: &dumped)
        for text in [dumped, "\(context)", String(reflecting: context.credentials)] {
            #expect(!text.contains("hidden"))
        }
    }

    @Test(
        arguments: [
            ([:], [:], "", 86_400),
            (["x-fc-function-timeout": "soon"], [:], "", 86_400),
            (["x-fc-function-timeout": "0"], [:], "", 1),
            (
                [:], ["FC_FUNCTION_NAME": "f", "FC_REGION": "r", "FC_ACCOUNT_ID": "1", "FC_TIMEOUT": "5"],
                "acs:fc:r:1:functions/f", 5
            ),
            (
                ["x-fc-function-name": "f", "x-fc-service-name": "s", "x-fc-qualifier": "LATEST"], [:],
                "acs:fc:::services/s/functions/f/LATEST", 86_400
            ),
        ] as [(HTTPHeaders, [String: String], String, Int)])
    func contextWithoutHeaders(headers: HTTPHeaders, environment: [String: String], arn: String, seconds: Int) {
        let context = Self.context(headers, environment)
        #expect(context.functionARN == arn)
        #expect(context.deadline == Timestamp(secondsSinceEpoch: Double(1_000 + seconds)))
        #expect(context.credentials == nil)
    }

    static func context(_ headers: HTTPHeaders, _ environment: [String: String] = [:]) -> InvocationContext {
        InvocationContext(
            headers, environment: Environment(environment), now: Timestamp(secondsSinceEpoch: 1_000),
            logger: Logger(label: "test")
        )
    }

    @Test func triggerEvent() throws {
        let headers: HTTPHeaders = [
            "Content-Type": "application/x-www-form-urlencoded", "Cookie": "a", "cookie": "b", "User-Agent": "ua",
            "x-fc-request-id": "id", "x-fc-account-id": "123", "x-fc-access-key-secret": "hidden",
        ]
        let request = Self.request(.PUT, "/a%20b?x=1&y=%C3%A9+z&flag&x=2&bad=%zz", headers, body: "k=v")
        let expected = try JSONValue(
            parsing: """
                {"version":"v1","rawPath":"/a%20b",
                 "headers":{"content-type":"application/x-www-form-urlencoded","cookie":"a, b","user-agent":"ua"},
                 "queryParameters":{"x":"2","y":"é z","flag":"","bad":"%zz"},"body":"k=v","isBase64Encoded":false,
                 "requestContext":{"accountId":"123","http":{"method":"PUT","path":"/a%20b","protocol":"HTTP/1.1",
                 "userAgent":"ua"},"requestId":"id"}}
                """)
        #expect(HTTPTrigger.event(request) == expected)
    }

    @Test func triggerEventWithBinaryBody() {
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")
        let event = HTTPTrigger.event(FunctionRequest(head: head, body: [0xFF, 0]))
        #expect(event["isBase64Encoded"] == true)
        #expect(event["body"] == "/wA=")
        #expect(event["queryParameters"] == [:])
    }

    @Test(arguments: [
        (#"{"statusCode":201,"headers":{"X-A":"b"},"body":"made"}"#, 201, "made", "text/plain; charset=utf-8"),
        (#"{"statusCode":200,"isBase64Encoded":true,"body":"aGk="}"#, 200, "hi", "text/plain; charset=utf-8"),
        (
            #"{"statusCode":502,"headers":{"Content-Type":"application/json"},"body":"{}"}"#, 502, "{}",
            "application/json"
        ),
        (#"{"statusCode":204}"#, 204, "", "text/plain; charset=utf-8"),
        (#"{"statusCode":99}"#, 200, #"{"statusCode":99}"#, "application/json"),
        (#"{"status":"ok"}"#, 200, #"{"status":"ok"}"#, "application/json"),
    ])
    func triggerReply(answer: String, status: Int, body: String, type: String) {
        let reply = HTTPTrigger.reply(FunctionResponse(bytes: Array(answer.utf8)))
        guard case .bytes(let bytes) = reply.body else { return #expect(Bool(false), "a stream") }
        #expect(Int(reply.status.code) == status)
        #expect(String(decoding: bytes, as: UTF8.self) == body)
        #expect(reply.headers["content-type"] == [type])
    }

    @Test(
        arguments: [
            ([:], 9_000), (["FC_CUSTOM_LISTEN_PORT": "8080"], 8_080),
            (["FC_SERVER_PORT": "7", "FC_CUSTOM_LISTEN_PORT": "8080"], 7),
        ] as [([String: String], Int)])
    func port(environment: [String: String], port: Int) throws {
        #expect(try ServerSettings(Environment(environment)).port == port)
    }

    @Test func wrongPortIsNamed() {
        #expect {
            try ServerSettings(Environment(["FC_SERVER_PORT": "http"]))
        } throws: {
            "\($0)".contains("FC_SERVER_PORT")
        }
    }
}
