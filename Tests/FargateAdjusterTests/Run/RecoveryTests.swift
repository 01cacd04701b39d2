import Basics
import DurableExecution
import JSON
import StateStore
import TestSupport
import Testing

@testable import FargateAdjuster

/// A run whose process ends at any of its records is ended by another one.
@Suite(.serialized, .enabled(if: Workspace.hasPython, "run ./build.sh setup")) struct RecoveryTests {
    struct Trial: CustomTestStringConvertible {
        var name: String
        var plays: [JSONValue]
        var isScaled = false
        /// Whether the last write before the end has its effect.
        var writesLast = false
        var testDescription: String { name }
    }

    static let trials = [
        Trial(name: "success, ended before a record", plays: ["success", "success"]),
        Trial(name: "crash, ended after a record", plays: ["crash", "success"], writesLast: true),
        Trial(name: "scaled, ended after a record", plays: ["success", "success"], isScaled: true, writesLast: true),
        Trial(name: "scaled crash, ended before a record", plays: ["crash", "success"], isScaled: true),
    ]

    /// A store that fails for good from a number of writes on.
    private static func failing(_ store: StateStore, after count: Int, writesLast: Bool) -> StateStore {
        let writes = Locked(0)
        let failure = StateStoreError(.unavailable, "the disk is gone")
        @Sendable func next() -> Int {
            writes.withLock { writes in
                writes += 1
                return writes
            }
        }
        return StateStore(
            read: { key, deadline in
                if writes.withLock({ $0 > count }) { throw failure }
                return try await store.document(key, until: deadline)
            },
            readAll: { deadline in
                if writes.withLock({ $0 > count }) { throw failure }
                return try await store.documents(until: deadline)
            },
            write: { text, key, condition, expires, deadline in
                let number = next()
                if number > count, !(writesLast && number == count + 1) { throw failure }
                let outcome = try await store.write(text, to: key, if: condition, expires: expires, until: deadline)
                if number > count { throw failure }
                return outcome
            },
            remove: { key, condition, deadline in
                if next() > count { throw failure }
                return try await store.remove(key, if: condition, until: deadline)
            })
    }

    @Test(arguments: trials) func anotherProcessEndsIt(_ trial: Trial) async throws {
        var script: JSONObject = ["name": "web", "desiredCount": 2]
        if trial.isScaled { script["scaling"] = ["minimum": 2, "maximum": 4] }
        let service = try TestService(script)
        let settings: [AdjustmentRequest.Setting] =
            trial.isScaled ? [.init("mem", 1), .init("replicas", 5)] : [.init("mem", 1)]
        let request = AdjustmentRequest(components: [.init("web", settings)])
        var count = 0
        while true {
            try service.server.script([
                "reset": true, "services": [.object(script)], "plays": ["web": .array(trial.plays)],
            ])
            let store = StateStore.memory()
            var first = service.adjuster(store: Self.failing(store, after: count, writesLast: trial.writesLast))
            first.patience = .zero
            let dying = first
            let ended = try? await service.run {
                try await dying.adjust(request, run: "1", cancellation: DurableSignal()) { _ in }
            }
            let second = service.adjuster(store: store)
            let recovered = try await service.run {
                try await service.clock.source.sleep(.seconds(61))
                return try await second.recover(cancellation: DurableSignal()) { _ in }
            }
            let messages = (ended ?? recovered).map(\.message)
            try await EndOfRun(service, store).check(
                isScaled: trial.isScaled, "\(trial.name) \(count): \(messages)")
            if ended != nil { break }
            count += 1
            try #require(count < 100)
        }
        #expect(count > 8)
    }
}
