import Basics
import DurableExecution
import JSON
import StateStore
import TestSupport

@testable import FargateAdjuster

/// One adjustment of services on a scripted ECS, and what it left behind.
struct Scenario: Sendable {
    /// What `ecs_server.py` takes of the service `web`.
    var service: JSONObject = ["targetGroups": 1, "scaling": ["minimum": 1, "maximum": 4]]
    var plays: [JSONValue] = []
    /// Further services.
    var more: [JSONObject] = []
    /// Further members of the script, such as `faults` and `on`.
    var script: JSONObject = [:]
    var settings: [AdjustmentRequest.Setting] = [.init("cpu", "0.5"), .init("mem", "1"), .init("replicas", 3)]
    /// What the configuration says of Express services.
    var allowsExpress = false
    /// The run is cancelled when its progress says this.
    var cancelsAt: String?

    /// What became of it.
    struct Result: Sendable {
        /// nil when the run threw.
        var outcome: AdjustmentOutcome?
        var error: AdjusterError?
        var progress: [AdjustmentProgress] = []
        /// Such as `ecs:UpdateService`, in order.
        var operations: [String] = []
        var state: JSONValue = [:]
        /// By how much the clock has moved.
        var duration = Duration.zero

        /// The service `web`.
        var service: JSONValue { state["services"]?.arrayValue?.first { $0["serviceName"] == "web" } ?? [:] }
        /// `web:1`.
        var revision: String? { service["taskDefinition"]?.stringValue.map { $0.arnResourceName } }
        /// Such as `1…4`; nil for a service without auto scaling.
        var scaling: String? {
            (state["scaling"]?["web"]).map { "\($0["minimum"]?.intValue ?? -1)…\($0["maximum"]?.intValue ?? -1)" }
        }
        /// How many revisions there are.
        var revisions: Int { state["taskDefinitions"]?.arrayValue?.count ?? 0 }

        /// How often an operation was called.
        func calls(_ operation: String) -> Int { operations.count { $0.hasSuffix(":" + operation) } }
    }

    /// Adjusts `web`.
    func result() async throws -> Result {
        let test = try TestService(service, plays: plays, and: more)
        if !script.isEmpty { try test.server.script(.object(script)) }
        let cancellation = DurableSignal()
        let progress = Locked<[AdjustmentProgress]>([])
        let start = test.clock.now
        let request = AdjustmentRequest(components: [.init("web", settings)])
        let (cancelsAt, allowsExpress) = (cancelsAt, allowsExpress)
        var result = Result()
        do {
            let outcomes = try await test.run {
                var component = test.component
                component.timeout = 600
                component.allowsExpress = allowsExpress
                return try await test.adjuster([component], store: .memory()).adjust(
                    request, run: "run-1", cancellation: cancellation,
                    observer: { told in
                        progress.withLock { $0.append(told) }
                        if let cancelsAt, told.message.contains(cancelsAt) { cancellation.raise() }
                    })
            }
            result.outcome = outcomes.first
        } catch let error as AdjusterError { result.error = error }
        result.progress = progress.withLock { $0 }
        result.operations = try test.server.operations()
        result.state = try test.server.state()
        result.duration = test.clock.now - start
        return result
    }
}
