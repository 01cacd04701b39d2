import Basics
import DurableExecution
import Foundation
import JSON
import Transport

@testable import Experiments

/// A run of a document in this process, with all its events.
struct EngineRun {
    let journal: JSONObject
    let events: [RunEvent]

    private static let loop = Result { try EventLoop.onOwnThread() }

    /// The names of the activities of the method that are in the journal.
    var played: [String] {
        (journal["run"]?.arrayValue ?? []).compactMap { $0["activity"]?["name"]?.stringValue }
    }

    var messages: [String] { events.flatMap(\.messages).map(\.text) }

    static func of(_ document: JSONObject, globals: [ControlDeclaration] = []) async throws -> EngineRun {
        let loop = try loop.get()
        let events = Locked<[RunEvent]>([])
        let experiment = Experiment(reading: document)
        let time = TimeSource.live(loop)
        let plan = ExperimentExecution.Plan(
            run: "r", experiment: experiment, source: "t", options: RunOptions(),
            substitution: Substitution(configuration: experiment.configuration, secrets: [:]))
        let execution = ExperimentExecution(
            plan,
            providers: Providers(
                loop: loop, http: HTTPClient(loop: loop), registry: ActivityRegistry(), aws: offlineAWS,
                environment: ProcessInfo.processInfo.environment, time: time, seed: 1),
            controls: Controls(globals: globals), environment: RunEnvironment(node: "n", platform: "p", time: time),
            ledger: nil)
        let result = try await withTaskExecutorPreference(loop) {
            try await execution.run(on: DurableScope(inMemory: time), interruption: Interruption()) { event in
                events.withLock { $0.append(event) }
            }
        }
        return EngineRun(journal: result.journal, events: events.withLock { $0 })
    }

    /// An activity that runs a program.
    static func process(
        _ name: String, _ path: String = "true", _ arguments: JSONValue? = nil, type: String = "action",
        _ more: JSONObject = [:]
    ) -> JSONValue {
        var provider: JSONObject = ["type": "process", "path": .string(path)]
        provider["arguments"] = arguments
        var activity: JSONObject = ["type": .string(type), "name": .string(name), "provider": .object(provider)]
        for (key, value) in more { activity[key] = value }
        return .object(activity)
    }
}
