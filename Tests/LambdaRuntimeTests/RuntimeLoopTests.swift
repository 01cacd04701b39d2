import Basics
import Configuration
import FunctionRuntime
import JSON
import TestSupport
import Testing
import Transport

@testable import LambdaRuntime

@Suite("the loop, request by request")
struct RuntimeLoopTests {
    struct Broken: Error, CustomStringConvertible { let description = "line one\nline two \"quoted\" é \u{7F}" }

    @Test("events go to the handler, responses back, on one connection")
    func echoes() async throws {
        let server = try RuntimeAPIServer(next: [
            RuntimeAPIServer.event("one", "{\"a\":1}"), RuntimeAPIServer.event("two", ""),
        ])
        let life = try await live(server)
        #expect(server.answers == ["one/response {\"a\":1}", "two/response "])
        #expect(server.server.requests.prefix(5).allSatisfy { $0.connection == 1 })
        #expect(server.server.requests[1]["Content-Type"] == "application/json")
        #expect(server.server.requests[1]["Lambda-Runtime-Invocation-Id"] == nil)
        #expect(life.error is LoggedError)
    }

    @Test("what a handler warns of at the start is logged once, whatever the number of invocations")
    func startWarnings() async throws {
        struct Warning: FunctionHandler {
            let startWarnings = ["AWS_X=1 has no effect: nothing is done"]
            func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
                FunctionResponse(bytes: event)
            }
        }
        let server = try RuntimeAPIServer(next: [RuntimeAPIServer.event("one"), RuntimeAPIServer.event("two")])
        let life = try await live(server) { _, _ in Warning() }
        let warnings = life.log.lines.filter { $0.hasSuffix(" - [WARN] AWS_X=1 has no effect: nothing is done") }
        #expect(warnings.count == 1, "\(life.log.text)")
        #expect(server.answers.count == 2)
    }

    @Test("the first log line and the User-Agent tell the version")
    func version() async throws {
        let server = try RuntimeAPIServer(next: [RuntimeAPIServer.event("one")])
        let life = try await live(server)
        #expect(life.log.lines.first?.hasSuffix(" - [INFO] starting version=\(TocsinVersion.current)") == true)
        #expect(Set(server.server.requests.map { $0["User-Agent"] }) == ["tocsin/\(TocsinVersion.current)"])
    }

    @Test("the invocation id is sent back with responses and errors, only when there is one")
    func invocationID() async throws {
        let id = [("Lambda-Runtime-Invocation-Id", "nonce-1")]
        let server = try RuntimeAPIServer(next: [
            RuntimeAPIServer.event("one", headers: id), RuntimeAPIServer.event("two", "fail", headers: id),
            RuntimeAPIServer.event("three", headers: [("Lambda-Runtime-Invocation-Id", "")]),
        ])
        _ = try await live(server) { _, _ in
            ClosureHandler { event, _ in
                if event == Array("fail".utf8) { throw Broken() }
                return FunctionResponse(bytes: event)
            }
        }
        let posts = server.server.requests.filter { $0.method == "POST" }
        #expect(posts.map { $0["Lambda-Runtime-Invocation-Id"] } == ["nonce-1", "nonce-1", nil])
    }

    @Test("a handler that throws fails one invocation; the report is valid JSON with a type Lambda keeps")
    func handlerThrows() async throws {
        let server = try RuntimeAPIServer(next: [RuntimeAPIServer.event("one"), RuntimeAPIServer.event("two")])
        let life = try await live(server) { _, _ in
            ClosureHandler { event, context in
                if context.requestID == "one" { throw Broken() }
                return FunctionResponse(bytes: event)
            }
        }
        let report = try #require(server.server.requests.first { $0.target.hasSuffix("/invocation/one/error") })
        let body = try JSONValue(parsing: report.body)
        #expect(body["errorMessage"]?.stringValue == Broken().description)
        #expect(body["errorType"] == "Function.Broken")
        #expect(body["stackTrace"] == [])
        #expect(report["Lambda-Runtime-Function-Error-Type"] == "Function.Broken")
        let cause = try #require(report["Lambda-Runtime-Function-XRay-Error-Cause"])
        #expect(cause.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
        #expect(try JSONValue(parsing: cause)["exceptions"]?[0]?["message"]?.stringValue == Broken().description)
        #expect(server.answers.last == "two/response {}")
        #expect(life.log.lines.contains { $0.contains(" one [ERROR] invocation failed") })
    }

    @Test("what a handler reports as failed in part is counted under the invocation's id")
    func partialFailures() async throws {
        let lines = Locked<[String]>([])
        let counter = PartialFailures(environment: Environment(["AWS_LAMBDA_FUNCTION_NAME": "writer"])) { line in
            lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
        }
        let server = try RuntimeAPIServer(next: [RuntimeAPIServer.event("one"), RuntimeAPIServer.event("two")])
        _ = try await live(server, partialFailures: counter) { _, _ in
            ClosureHandler { event, context in
                context.report(partialFailures: context.requestID == "one" ? 3 : 0)
                return FunctionResponse(bytes: event)
            }
        }
        let line = try JSONValue(parsing: try #require(lines.withLock { $0 }.first))
        #expect(lines.withLock { $0.count } == 1)
        #expect(line["PartialFailures"] == 3)
        #expect(line["requestId"] == "one")
    }

    @Test("all headers of an invocation reach the handler, empty ones count as absent")
    func context() async throws {
        let seen = Locked<[InvocationContext]>([])
        let trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1"
        let server = try RuntimeAPIServer(next: [
            RuntimeAPIServer.event(
                "one",
                headers: [
                    ("lambda-runtime-trace-id", trace), ("Lambda-Runtime-Aws-Tenant-Id", "blue"),
                    ("Lambda-Runtime-Client-Context", "{\"client\":{\"app\":1}}"),
                    ("Lambda-Runtime-Cognito-Identity", "not json"),
                ]),
            .http(
                200,
                headers: [
                    ("Lambda-Runtime-Aws-Request-Id", "two"), ("Lambda-Runtime-Trace-Id", ""),
                    ("Lambda-Runtime-Aws-Tenant-Id", ""), ("Lambda-Runtime-Client-Context", ""),
                ]),
        ])
        _ = try await live(server) { _, _ in
            ClosureHandler { event, context in
                #expect(InvocationContext.current?.requestID == context.requestID)
                seen.withLock { $0.append(context) }
                return FunctionResponse(bytes: event)
            }
        }
        let contexts = seen.withLock { $0 }
        try #require(contexts.count == 2)
        #expect(contexts[0].requestID == "one")
        #expect(contexts[0].deadline == Timestamp(millisecondsSinceEpoch: 4_102_444_800_000))
        #expect(contexts[0].functionARN == "arn:aws:lambda:eu-west-1:123456789012:function:echo")
        #expect(contexts[0].traceID == trace)
        #expect(contexts[0].tenantID == "blue")
        #expect(contexts[0].clientContext?["client"]?["app"] == 1)
        #expect(contexts[0].cognitoIdentity == "not json")
        #expect(contexts[1].traceID == nil)
        #expect(contexts[1].tenantID == nil)
        #expect(contexts[1].clientContext == nil)
        #expect(contexts[1].functionARN == "")
        #expect((800...900).contains(contexts[1].remaining().components.seconds))
    }

    @Test("a response above Lambda's limit is reported, one at the limit is sent", arguments: [0, 1])
    func responseLimit(excess: Int) async throws {
        let server = try RuntimeAPIServer(next: [RuntimeAPIServer.event("one")])
        _ = try await live(server) { _, _ in
            ClosureHandler { _, _ in
                FunctionResponse(bytes: [UInt8](repeating: 0x20, count: RuntimeAPIClient.maximumResponse + excess))
            }
        }
        let post = try #require(server.server.requests.first { $0.method == "POST" })
        #expect(post.target.hasSuffix(excess == 0 ? "one/response" : "one/error"))
        if excess > 0 { #expect(post["Lambda-Runtime-Function-Error-Type"] == "Function.ResponseSizeTooLarge") }
    }

    @Test("a content type cannot smuggle a header in")
    func headerInjection() async throws {
        let server = try RuntimeAPIServer(next: [RuntimeAPIServer.event("one")])
        _ = try await live(server) { _, _ in
            ClosureHandler { _, _ in FunctionResponse(bytes: [], contentType: "text/plain\r\nX-Evil: 1") }
        }
        #expect(server.server.requests[1]["Content-Type"] == "text/plainX-Evil: 1")
        #expect(server.server.requests[1]["X-Evil"] == nil)
    }

    @Test("a handler that cannot be made is an init error")
    func initError() async throws {
        let server = try RuntimeAPIServer(next: [RuntimeAPIServer.event("one")])
        let life = try await live(server) { environment, _ in
            _ = try environment.parse { ($0.requiredText("TOPIC"), $0.requiredText("BUCKET")) }
            return ClosureHandler.echo
        }
        #expect(life.error is LoggedError)
        #expect(server.nextCount == 0)
        let post = try #require(server.server.requests.first)
        #expect(post.target == "/2018-06-01/runtime/init/error")
        #expect(post["Lambda-Runtime-Function-Error-Type"] == "Function.ConfigurationError")
        #expect(post["Lambda-Runtime-Invocation-Id"] == nil)
        #expect(post.text.contains("TOPIC is not set") && post.text.contains("BUCKET is not set"))
        #expect(life.log.text.contains("[FATAL] the function cannot start"))
    }

    @Test("warmUp runs before the first /next")
    func warmUp() async throws {
        struct Warm: FunctionHandler {
            let requests: @Sendable () -> Int
            let seen: Locked<Int>
            func warmUp() async { seen.withLock { $0 = requests() } }
            func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
                FunctionResponse(bytes: event)
            }
        }
        let server = try RuntimeAPIServer(next: [])
        let seen = Locked(-1)
        _ = try await live(server) { _, _ in Warm(requests: { server.server.connectionCount }, seen: seen) }
        #expect(seen.withLock { $0 } == 0)
    }
}
