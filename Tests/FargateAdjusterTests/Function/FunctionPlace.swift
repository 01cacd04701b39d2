import AWS
import Basics
import FunctionRuntime
import JSON
import Logging
import StateStore
import TestSupport

@testable import FargateAdjuster

/// The function in this process, on a scripted ECS, with a store of its own.
struct FunctionPlace: Sendable {
    let service: TestService
    let store: StateStore?
    let function: FargateAdjuster

    static let config = """
        fargate:
          web:
            service_name: web
            timeout_service_desired_count: 7200
            settings:
              cpu: {values: ["0.25", "0.5", "1", "2"]}
              mem: {values: ["0.5", "1", "2", "4"]}
              replicas: {min: 1, max: 10}
        """

    /// - Parameters:
    ///   - plays: what becomes of the deployments of `web`.
    ///   - isStored: whether there is a state store, so that runs outlive their invocations.
    ///   - variables: beside those for the server and the configuration; an empty text removes one.
    init(
        _ script: JSONObject = [:], plays: [JSONValue] = [], isStored: Bool = true, variables: [String: String] = [:],
        store: StateStore = .memory(), execute: FargateAdjuster.Execute? = nil
    ) throws {
        let service = try TestService(script, plays: plays)
        self.service = service
        self.store = isStored ? store : nil
        var all = service.environment.merging(["FARGATE_CONFIG_TEXT": Self.config]) { $1 }
        if isStored { all["FARGATE_STATE"] = "s3://in-memory/state" }
        all = all.merging(variables) { $1 }.filter { !$0.value.isEmpty }
        var function = try FargateAdjuster(
            all, time: service.clock.source, executor: service.loop, store: self.store
        ) { [all] in try AWSConfiguration(environment: all, loop: service.loop) }
        function.clients = OnFirstUse { service.clients }
        if let execute { function.execute = execute }
        self.function = function
    }

    /// Invokes the function.
    /// - Parameters:
    ///   - request: the same for an event that Lambda tries again.
    ///   - seconds: what is left of the invocation.
    func invoke(_ event: JSONValue, request: String = "run-1", seconds: Int64 = 300) async throws -> JSONValue {
        try await service.run {
            let context = InvocationContext(
                requestID: request, deadline: service.clock.now + .seconds(seconds),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let response = try await function.handle(Array(event.description.utf8), context)
            guard case .bytes(let bytes) = response.body else { return nil }
            return try JSONValue(parsing: bytes)
        }
    }

    /// Lets time pass between two invocations.
    func pass(_ seconds: Int64) async throws {
        try await service.run { try await service.clock.source.sleep(.seconds(seconds)) }
    }

    /// Lets the timer call until nothing goes on any more.
    /// - Returns: the answer in which the last run has ended.
    func untilIdle() async throws -> JSONValue {
        var last: JSONValue = nil
        for number in 1...200 {
            try await pass(60)
            let answer = try await invoke(["recover": nil], request: "timer-\(number)")
            if answer["state"] == "idle" { return last }
            last = answer["runs"]?.arrayValue?.first ?? nil
        }
        return last
    }

    /// How often an operation was called.
    func count(_ operation: String) throws -> Int { try service.server.operations().count { $0 == operation } }

    /// `{"adjust": …}` that brings `web` to these.
    static func adjust(cpu: String = "0.5", mem: String = "1") -> JSONValue {
        ["adjust": request(["cpu": ["value": .string(cpu)], "mem": ["value": .string(mem)]])]
    }

    static func request(_ settings: JSONObject, component: String = "web") -> JSONValue {
        ["application": ["components": [component: ["settings": .object(settings)]]]]
    }

    // MARK: ECS's events

    static let arn = "arn:aws:ecs:eu-central-1:123456789012:service/default/web"

    static func event(
        _ type: String, _ detail: JSONObject, resource: String = arn, source: String = "aws.ecs"
    ) -> JSONValue {
        [
            "version": "0", "id": "e-1", "detail-type": .string(type), "source": .string(source),
            "account": "123456789012", "region": "eu-central-1", "time": "2026-11-28T12:00:00Z",
            "resources": [.string(resource)], "detail": .object(detail),
        ]
    }

    static let deployed = event(
        "ECS Deployment State Change",
        ["eventType": "INFO", "eventName": "SERVICE_DEPLOYMENT_COMPLETED", "reason": "ECS deployment completed."])

    static func task(group: String, cluster: String = "default", _ more: JSONObject = [:]) -> JSONValue {
        var detail: JSONObject = [
            "clusterArn": .string("arn:aws:ecs:eu-central-1:123456789012:cluster/\(cluster)"),
            "group": .string(group), "lastStatus": "STOPPED",
        ]
        for (key, value) in more { detail[key] = value }
        return event(
            "ECS Task State Change", detail,
            resource: "arn:aws:ecs:eu-central-1:123456789012:task/\(cluster)/0123")
    }
}

extension Timestamp {
    /// A deadline of calls that do not wait.
    static let never = Timestamp(microseconds: 4_000_000_000_000_000)
}
