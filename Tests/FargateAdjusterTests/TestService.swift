import AWS
import Basics
import JSON
import StateStore
import TestSupport
import Transport

@testable import FargateAdjuster

/// A scripted ECS with services, and all that an adjuster of them needs.
///
/// Time stands while a request is on its way, and else goes on to the next sleeper's time at once, so that a run of 20
/// minutes takes milliseconds. What is tested has to run on ``loop``: `Task(executorPreference: service.loop) { … }`,
/// or `service.run { … }`.
final class TestService: Sendable {
    let server: ECSServer
    let loop: EventLoop
    let clock: SteppingClock
    let clients: AdjusterClients
    /// The variables by which a program or function finds the server.
    let environment: [String: String]

    private static let loop = Result { try EventLoop.onOwnThread() }

    /// Starts a server with one service, `web` in the cluster `default` unless the script says otherwise.
    /// - Parameters:
    ///   - script: the service as `ecs_server.py` takes it, such as `["strategy": "CANARY", "targetGroups": 1]`.
    ///   - plays: what becomes of its deployments, in order.
    ///   - more: further services.
    convenience init(_ script: JSONObject = [:], plays: [JSONValue] = [], and more: [JSONObject] = []) throws {
        var first = script
        if first["name"] == nil { first["name"] = "web" }
        let name = first["name"]?.stringValue ?? "web"
        try self.init(services: [first] + more, plays: [name: .array(plays)])
    }

    /// Starts a server with these services.
    init(services: [JSONObject], plays: JSONObject = [:]) throws {
        let start = Timestamp(secondsSinceEpoch: 1_800_000_000)
        loop = try Self.loop.get()
        clock = SteppingClock(start, executor: loop)
        server = try ECSServer()
        environment = awsVariables(at: server.address)
        clients = try Self.clients(at: server.address, loop: loop, clock: clock)
        try server.script([
            "time": .integer(1_800_000_000 - 86_400), "services": .array(services.map { .object($0) }),
            "plays": .object(plays),
        ])
    }

    /// Clients of a server, during whose calls the clock stands.
    static func clients(at address: String, loop: EventLoop, clock: SteppingClock) throws -> AdjusterClients {
        let http = HTTPClient(loop: loop, configuration: HTTPClientConfiguration())
        return try AdjusterClients(
            AWSConfiguration(
                environment: awsVariables(at: address), http: HoldingHTTP(http: http, clock: clock), time: clock.source,
                executor: loop))
    }

    /// The component `web`, with rules as a servo has them.
    ///
    /// `cpu` from 0.25 to 4 by 0.25, `mem` from 0.5 to 30 by 0.5, `replicas` from 1 to 10, and the variable `GOGC` from
    /// 10 to 400 by 10.
    static func component(_ name: String = "web") -> ComponentConfiguration {
        var component = ComponentConfiguration(name: name, service: name)
        component.cpu = SettingRule(.range(minimum: 0.25, maximum: 4, step: 0.25), unit: "vCPU")
        component.memory = SettingRule(.range(minimum: 0.5, maximum: 30, step: 0.5), unit: "GiB")
        component.replicas = SettingRule(.range(minimum: 1, maximum: 10, step: 1))
        component.environment = [EnvironmentSetting("GOGC", SettingRule(.range(minimum: 10, maximum: 400, step: 10)))]
        return component
    }

    /// The component `web`; see ``component(_:)``.
    var component: ComponentConfiguration { Self.component() }

    /// An adjuster of these components, by default of `web`.
    func adjuster(_ components: [ComponentConfiguration]? = nil, store: StateStore? = nil) -> Adjuster {
        Adjuster(AdjusterConfiguration(components: components ?? [component]), clients: clients, store: store)
    }

    /// Runs the body on the loop, where the clock sees when everybody sleeps.
    func run<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
        try await Task(executorPreference: loop) { try await body() }.value
    }

    /// A service as the server has it, without making a step.
    func state(of name: String = "web") throws -> JSONValue {
        try server.state()["services"]?.arrayValue?.first { $0["serviceName"]?.stringValue == name } ?? [:]
    }

    /// The ARN of a revision.
    static func revision(_ number: Int, of family: String = "web") -> String {
        "arn:aws:ecs:eu-central-1:123456789012:task-definition/\(family):\(number)"
    }
}

/// HTTP during which a clock stands.
private struct HoldingHTTP: HTTPExecuting {
    let http: HTTPClient
    let clock: SteppingClock

    func execute(_ request: HTTPRequest) async throws -> HTTPResponse {
        clock.hold()
        defer { clock.release() }
        return try await http.execute(request)
    }
}
