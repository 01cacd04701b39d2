import Basics
import DurableExecution
import JSON
import StateStore
import TestSupport
import Testing

@testable import FargateAdjuster

/// What somebody has agreed to is what is carried out, or nothing.
@Suite(.serialized, .enabled(if: Workspace.hasPython, "run ./build.sh setup")) struct ShownPlansTests {
    private static let request = AdjustmentRequest(components: [.init("web", [.init("mem", 1)])])
    private static let replicas = [AdjustmentRequest.Setting("replicas", 4)]

    struct Trial: CustomTestStringConvertible {
        var name: String
        var service: JSONObject = ["desiredCount": 2]
        /// What others do between the plan and the answer.
        var meanwhile: JSONValue = [:]
        var settings = [AdjustmentRequest.Setting("mem", 1)]
        var isCarriedOut: Bool
        var testDescription: String { name }
    }

    static let trials = [
        Trial(name: "nothing happened", isCarriedOut: true),
        Trial(
            name: "another number of tasks, which stays",
            meanwhile: ["services": [["name": "web", "desiredCount": 3]]], isCarriedOut: true),
        Trial(
            name: "another number of tasks, which was to change",
            meanwhile: ["services": [["name": "web", "desiredCount": 3]]], settings: replicas, isCarriedOut: false),
        Trial(
            name: "another size",
            meanwhile: ["services": [["name": "web", "desiredCount": 2, "task": ["cpu": "512", "memory": "1024"]]]],
            isCarriedOut: false),
        Trial(
            name: "auto scaling has changed the number",
            service: ["desiredCount": 2, "scaling": ["minimum": 1, "maximum": 4]],
            meanwhile: [
                "services": [["name": "web", "desiredCount": 3, "scaling": ["minimum": 1, "maximum": 4]]]
            ], isCarriedOut: true),
        Trial(
            name: "other bounds of auto scaling",
            service: ["desiredCount": 2, "scaling": ["minimum": 1, "maximum": 4]],
            meanwhile: [
                "services": [["name": "web", "desiredCount": 2, "scaling": ["minimum": 1, "maximum": 5]]]
            ], settings: replicas, isCarriedOut: false),
    ]

    @Test(arguments: trials, [true, false])
    func shownIsCarriedOut(_ trial: Trial, isRecorded: Bool) async throws {
        let service = try TestService(trial.service, plays: ["success"])
        let adjuster = service.adjuster(store: isRecorded ? .memory() : nil)
        let request = AdjustmentRequest(components: [.init("web", trial.settings)])
        let shown = try await service.run { try await adjuster.plan(request) }
        if case .object(let script) = trial.meanwhile, !script.isEmpty {
            // The service as it is then, with its revision of the same number.
            try service.server.script(["reset": true])
            try service.server.script(trial.meanwhile)
        }
        do {
            let outcomes = try await service.run {
                try await adjuster.adjust(request, shown: shown, run: "1", cancellation: DurableSignal()) { _ in }
            }
            #expect(trial.isCarriedOut)
            #expect(outcomes.map(\.state) == [.succeeded], "\(outcomes)")
        } catch let error as AdjusterError {
            #expect(!trial.isCarriedOut, "\(error.message)")
            #expect(error.code == .refused)
            #expect(error.message.contains("web: changed by somebody else since the plan was shown"))
            let operations = try service.server.operations()
            #expect(!operations.contains { $0.contains(":Register") || $0.contains(":Update") })
            #expect(try await adjuster.ledger?.openRuns().isEmpty ?? true)
        }
    }

    @Test("a plan without changes that nobody was asked about does not become one with changes")
    func unchanged() async throws {
        let service = try TestService(["desiredCount": 2, "task": ["cpu": "256", "memory": "1024"]])
        let adjuster = service.adjuster(store: .memory())
        let shown = try await service.run { try await adjuster.plan(Self.request) }
        #expect(shown.map(\.isEmpty) == [true])
        try service.server.script(["reset": true])
        try service.server.script(["services": [["name": "web", "desiredCount": 2]]])
        let error = await #expect(throws: AdjusterError.self) {
            try await service.run {
                try await adjuster.adjust(Self.request, shown: shown, run: "1", cancellation: DurableSignal()) { _ in }
            }
        }
        #expect(error?.code == .refused)
    }

    @Test("the entry of a service has its own plan once, however many services the run has")
    func entries() async throws {
        let service = try TestService(["desiredCount": 2], plays: ["success"])
        let (inner, written) = (StateStore.memory(), Locked<[String]>([]))
        let store = StateStore(
            read: { try await inner.document($0, until: $1) }, readAll: { try await inner.documents(until: $0) },
            write: { text, key, condition, expires, deadline in
                if key.hasPrefix("service-") { written.withLock { $0.append(text) } }
                return try await inner.write(text, to: key, if: condition, expires: expires, until: deadline)
            }, remove: { try await inner.remove($0, if: $1, until: $2) })
        let adjuster = service.adjuster(store: store)
        let shown = try await service.run { try await adjuster.plan(Self.request) }
        _ = try await service.run {
            try await adjuster.adjust(Self.request, shown: shown, run: "1", cancellation: DurableSignal()) { _ in }
        }
        let claim = try JSONValue(parsing: try #require(written.withLock { $0.first }))
        #expect(claim["open"]?["plan"]?["changes"]?[0]?["setting"] == "mem")
        #expect(claim["open"]?["order"]?["run"] == "1")
        #expect(claim["open"]?["order"]?["plans"]?.arrayValue == nil)
    }
}
