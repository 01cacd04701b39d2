import AlibabaCloud
import Basics
import FunctionRuntime
import JSON
import Logging
import TestSupport
import Testing
import Transport

@testable import AlibabaMonitoring
@testable import CloudWatchMetrics

/// The output against a stand-in for CloudMonitor that checks signatures by the code of Alibaba Cloud's SDK.
@Suite(
    .enabled(if: CloudMonitorServer.isInstalled, "Alibaba Cloud's SDK is not there: run ./build.sh setup"),
    .timeLimit(.minutes(2)))
struct CloudMonitorOutputTests {
    private static let loop = Result { try EventLoop.onOwnThread() }

    private static func datum(_ name: String, metric: String = "success", _ value: Double = 1) -> MetricDatum {
        MetricDatum(
            name: metric, dimensions: [.init(name: "name", value: name), .init(name: "region", value: "cn-hangzhou")],
            timestamp: .now(), value: value, unit: .count)
    }

    /// Writes in an invocation of Function Compute.
    private static func write(
        _ batches: [[MetricDatum]], to server: CloudMonitorServer, secret: String = FunctionComputeServer.secret,
        token: String? = FunctionComputeServer.token, hasRole: Bool = true, within time: Duration = .seconds(60)
    ) async throws -> MetricWriteResult {
        let loop = try Self.loop.get()
        var settings = CloudMonitorSettings(endpoint: try #require(AlibabaCloudEndpoint(server.url)))
        settings.group = "42"
        // No pause between attempts: what is tested is how many there are.
        let output = CloudMonitorOutput(
            settings: settings, http: HTTPClient(loop: loop),
            time: TimeSource(now: { .now() }, sleep: { _ in }, random: { 0 }))
        let credentials = PlatformCredentials(
            accessKeyID: FunctionComputeServer.keyID, accessKeySecret: secret, securityToken: token)
        let context = InvocationContext(
            requestID: "1", deadline: .now() + time, credentials: hasRole ? credentials : nil,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return await InvocationContext.$current.withValue(context) {
            await output.write(batches, until: context.deadline)
        }
    }

    private static func names(_ state: JSONValue) -> [String] {
        (state["data"]?.arrayValue ?? []).compactMap { $0["dimensions"]?["name"]?.stringValue }
    }

    @Test func dataArriveAsTheyAre() async throws {
        let server = try CloudMonitorServer()
        let batches = [
            [Self.datum("api"), Self.datum("api", metric: "response-time", 12.25)], [Self.datum("My shop ü~*+", 0)],
        ]
        let result = try await Self.write(batches, to: server)
        let state = try server.state()
        #expect(result.failure == nil)
        #expect(result.batches == [.init(), .init()])
        #expect(state["faults"] == [])
        #expect(state["requests"] == 1)
        #expect(state["data"]?.arrayValue?.map { $0["name"] } == ["success", "response_time", "success"])
        #expect(state["data"]?.arrayValue?.map { $0["value"]?.doubleValue } == [1, 12.25, 0])
        #expect(state["data"]?[0]?["dimensions"] == ["name": "api", "region": "cn-hangzhou"])
        #expect(state["data"]?[0]?["group"] == "42")
        #expect(state["data"]?[0]?["time"]?.intValue == batches[0][0].timestamp.millisecondsSinceEpoch)
    }

    @Test func manyDataGoInRequestsWithinTheLimits() async throws {
        let server = try CloudMonitorServer()
        let long = String(repeating: "n", count: 200)
        let names = (0..<200).map { "\(long)-\($0)" } + (0..<100).map { "e\($0)" }
        let result = try await Self.write(
            names.map { [Self.datum($0), Self.datum($0, metric: "attempts")] }, to: server)
        let state = try server.state()
        #expect(result.failure == nil)
        #expect(state["faults"] == [])
        #expect(state["data"]?.arrayValue?.count == 600)
        #expect(Set(Self.names(state)).count == 300)
        #expect((state["largest"]?.intValue ?? .max) < 8_000)
    }

    @Test func aValueThatCountsTwiceIsTwoEntries() async throws {
        let server = try CloudMonitorServer()
        var twice = Self.datum("api")
        twice.count = 2
        #expect(try await Self.write([[twice]], to: server).failure == nil)
        #expect(Self.names(try server.state()) == ["api", "api"])
    }

    @Test(
        arguments: [
            ["status": 400, "code": "Throttling.User"], ["status": 503, "code": "ServiceUnavailable"], ["status": 429],
            ["status": 200, "code": "500"], ["status": 500, "code": "InternalError"], ["status": 200, "code": "503"],
        ] as [JSONValue])
    func whatMayBeBetterLaterIsSentAgain(answer: JSONValue) async throws {
        let server = try CloudMonitorServer(answers: [answer, answer])
        let result = try await Self.write([[Self.datum("api")]], to: server)
        let state = try server.state()
        #expect(result.failure == nil)
        #expect(result.batches == [.init()])
        #expect(state["requests"] == 3)
        #expect(Self.names(state) == ["api"])
    }

    @Test func afterFourAttemptsTheWriteFailsAndSaysWhy() async throws {
        let throttled: JSONValue = ["status": 400, "code": "Throttling.User", "message": "too fast"]
        let server = try CloudMonitorServer(answers: .array(Array(repeating: throttled, count: 4)))
        let result = try await Self.write([[Self.datum("api")]], to: server)
        #expect(result.batches == [.init(unwritten: [0])])
        let text = "\(try #require(result.failure))"
        #expect(text.contains("Throttling.User, too fast, request R-1, after 4 attempts"), "\(text)")
        #expect(try server.state()["data"] == [])
    }

    @Test(
        "an answer with status 200 and another code is an error",
        arguments: [
            (["status": 200, "code": "400", "message": "bad"], true), (["status": 200, "code": "403"], false),
            (["status": 200, "code": ""], false), (["status": 200, "code": "404"], false),
        ] as [(JSONValue, Bool)])
    func aStatusIsNoSuccess(answer: JSONValue, isRefusal: Bool) async throws {
        let server = try CloudMonitorServer(answers: [answer])
        let result = try await Self.write([[Self.datum("api")]], to: server)
        #expect((result.failure == nil) == isRefusal)
        #expect(result.batches[0].unwritten.isEmpty == isRefusal)
        #expect(result.batches[0].refused.isEmpty != isRefusal)
        #expect(try server.state()["requests"] == 1)
    }

    @Test func oneBadDatumDoesNotKeepBackTheOthers() async throws {
        let server = try CloudMonitorServer(answers: [["refuse": "bad"]])
        let batches = ["a", "b", "bad", "c"].map { [Self.datum($0)] }
        let result = try await Self.write(batches, to: server)
        #expect(result.failure == nil)
        #expect(
            result.batches[2].refused[0]
                == "CloudMonitor refused it: 400, ParameterInvalid, a value is out of range, request R-1")
        #expect(result.batches.map(\.refused.count) == [0, 0, 1, 0])
        #expect(Set(Self.names(try server.state())) == ["a", "b", "c"])
    }

    @Test func deniedIsNotRepeatedAndNamesThePermission() async throws {
        let server = try CloudMonitorServer(answers: [["status": 403, "code": "Forbidden.RAM", "message": "no"]])
        let result = try await Self.write([[Self.datum("api")]], to: server)
        #expect("\(try #require(result.failure))".contains("the function's role needs cms:PutCustomMetric"))
        #expect(try server.state()["requests"] == 1)
    }

    @Test func aWrongSecretIsAFailureOfTheCallerAndNoBadDatum() async throws {
        let server = try CloudMonitorServer()
        let result = try await Self.write([[Self.datum("api")]], to: server, secret: "another")
        #expect(result.batches == [.init(unwritten: [0])])
        #expect("\(try #require(result.failure))".contains("SignatureDoesNotMatch"))
        #expect(try server.state()["requests"] == 1)
    }

    @Test func aKeyWithoutATokenSigns() async throws {
        let server = try CloudMonitorServer(token: "")
        #expect(try await Self.write([[Self.datum("api")]], to: server, token: nil).failure == nil)
        #expect(try server.state()["faults"] == [])
    }

    @Test func withoutARoleNothingIsSent() async throws {
        let server = try CloudMonitorServer()
        let result = try await Self.write([[Self.datum("api")]], to: server, hasRole: false)
        #expect("\(try #require(result.failure))".contains("has no role"))
        #expect(result.batches == [.init(unwritten: [0])])
        #expect(try server.state()["requests"] == 0)
    }

    @Test("a connection that ends before the answer is tried again: the data may count twice, and are not lost")
    func aLostAnswer() async throws {
        let server = try CloudMonitorServer(answers: [["taken": true]])
        #expect(try await Self.write([[Self.datum("api")]], to: server).failure == nil)
        #expect(Self.names(try server.state()) == ["api", "api"])
    }

    @Test func aServerThatIsDeadIsNamed() async throws {
        let server = try ScriptedServer(connection: { _ in })  // closes every connection
        let loop = try Self.loop.get()
        let endpoint = try #require(AlibabaCloudEndpoint(server.url))
        var settings = CloudMonitorSettings(endpoint: endpoint)
        settings.credentials = PlatformCredentials(accessKeyID: "i", accessKeySecret: "s", securityToken: nil)
        let output = CloudMonitorOutput(
            settings: settings, http: HTTPClient(loop: loop),
            time: TimeSource(now: { .now() }, sleep: { _ in }, random: { 0 }))
        let result = await output.write([[Self.datum("api")]], until: .now() + .seconds(30))
        let text = "\(try #require(result.failure))"
        #expect(text.contains("cannot be reached"), "\(text)")
        #expect(text.contains(endpoint.authority))
        #expect(text.hasSuffix("after 4 attempts"), "\(text)")
    }

    @Test func aWriteEndsWithItsTime() async throws {
        let server = try CloudMonitorServer()
        let result = try await Self.write([[Self.datum("api")]], to: server, within: .zero)
        #expect("\(try #require(result.failure))".contains("no time left"))
        #expect(try server.state()["requests"] == 0)
    }
}
