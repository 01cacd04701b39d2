import Experiments
import Foundation
import JSON
import TestSupport
import Testing

/// An action on a cluster whose effect can be undone.
struct ClusterUndoCase: Sendable, CustomTestStringConvertible {
    let setup: ClusterSetup
    let function: String
    let arguments: JSONValue
    /// What others remove, so that nothing is left to restore: paths of objects; empty where something always is.
    let removal: [String]
    var files: [String: String] = [:]
    /// Whether an object that the action made is removed: that is the state before.
    var removalRestores = false

    init(
        _ setup: ClusterSetup, _ function: String, _ arguments: JSONValue, removal: [String],
        files: [String: String] = [:], removalRestores: Bool = false
    ) {
        (self.setup, self.function, self.arguments) = (setup, function, arguments)
        (self.removal, self.files, self.removalRestores) = (removal, files, removalRestores)
    }

    var testDescription: String { "\(function) \(arguments)" }
}

extension ClusterTests {
    /// What an action changes in a cluster is put back, and the proof tells the truth at each step.
    struct UndoTests {
        /// Each group's are in a file of its own.
        static let cases: [ClusterUndoCase] = [
            pods, nodes, workloads, objects, customObjects, networking, chaosMesh,
        ].flatMap(\.self)

        @Test("an action is broken until it is restored, and a second restore changes nothing", arguments: cases)
        func cycle(_ test: ClusterUndoCase) async throws {
            let oracle = try ClusterOracle.shared.get()
            let native = try prepare(test, oracle)
            let before = try oracle.server.state().withoutStatus
            let undo = try #require(native.activity.undo)
            let (targets, captured) = try await capture(undo, native)
            _ = try await native.activity.run(native.invocation, targets)
            for (target, known) in zip(targets, captured) {
                let outcome = try await undo.check(native.invocation, target, known)
                guard case .stillBroken = outcome else {
                    Issue.record("\(target.id) is not broken after the action: \(outcome)")
                    continue
                }
                try await undo.restore(native.invocation, target, known)
                #expect(try await undo.check(native.invocation, target, known) == .restored)
            }
            #expect(try oracle.server.state().withoutStatus.differences(to: before) == [])

            let changes = try oracle.requests().filter(\.isChange).count
            for (target, known) in zip(targets, captured) {
                try await undo.restore(native.invocation, target, known)
                #expect(try await undo.check(native.invocation, target, known) == .restored)
            }
            let requests = try oracle.requests()
            #expect(requests.filter(\.isChange).count == changes, "the second restore")
            #expect(
                Set(requests.compactMap(\.action)).subtracting(native.declared).isEmpty, "what is called is declared")
        }

        @Test("an action that never happened leaves nothing to restore", arguments: cases)
        func neverHappened(_ test: ClusterUndoCase) async throws {
            let oracle = try ClusterOracle.shared.get()
            let native = try prepare(test, oracle)
            let undo = try #require(native.activity.undo)
            let (targets, captured) = try await capture(undo, native)
            for (target, known) in zip(targets, captured) {
                #expect(try await undo.check(native.invocation, target, known) == .restored)
                try await undo.restore(native.invocation, target, known)
            }
            #expect(try oracle.requests().filter(\.isChange).isEmpty)
        }

        @Test(
            "a target that others removed in the meantime leaves nothing to restore",
            arguments: cases.filter { !$0.removal.isEmpty })
        func removed(_ test: ClusterUndoCase) async throws {
            let oracle = try ClusterOracle.shared.get()
            let native = try prepare(test, oracle)
            let undo = try #require(native.activity.undo)
            let (targets, captured) = try await capture(undo, native)
            _ = try await native.activity.run(native.invocation, targets)
            try oracle.server.script(["remove": .array(test.removal.map { .string($0) })])
            let changes = try oracle.requests().filter(\.isChange).count
            for (target, known) in zip(targets, captured) {
                try await undo.restore(native.invocation, target, known)
                let outcome = try await undo.check(native.invocation, target, known)
                switch outcome {
                case .nothingLeft where !test.removalRestores, .restored where test.removalRestores: break
                default: Issue.record("\(target.id): \(outcome)")
                }
            }
            #expect(try oracle.requests().filter(\.isChange).count == changes, "nothing is changed")
        }

        @Test("an action that was killed half way is undone where it had come to", arguments: cases)
        func halfDone(_ test: ClusterUndoCase) async throws {
            let oracle = try ClusterOracle.shared.get()
            let native = try prepare(test, oracle)
            let before = try oracle.server.state().withoutStatus
            let undo = try #require(native.activity.undo)
            let (targets, captured) = try await capture(undo, native)
            // The first target only; what the action returned is lost, too.
            _ = try await native.activity.run(native.invocation, Array(targets.prefix(1)))
            for (target, known) in zip(targets, captured) {
                try await undo.restore(native.invocation, target, known)
                #expect(try await undo.check(native.invocation, target, known) == .restored)
            }
            #expect(try oracle.server.state().withoutStatus.differences(to: before) == [])
        }

        @Test("what a controller owns is left to it")
        func owned() async throws {
            let oracle = try ClusterOracle.shared.get()
            for (function, arguments, owner) in [
                ("pod.actions.terminate_pods", ["label_selector": "app=web", "ns": "shop"], "ReplicaSet web-5"),
                ("replicaset.actions.delete_replica_set", ["name": "web-5", "ns": "shop"], "Deployment web"),
            ] as [(String, JSONValue, String)] {
                let native = try prepare(ClusterUndoCase(.shop, function, arguments, removal: []), oracle)
                let undo = try #require(native.activity.undo)
                let (targets, captured) = try await capture(undo, native)
                _ = try await native.activity.run(native.invocation, targets)
                try await undo.restore(native.invocation, targets[0], captured[0])
                #expect(
                    try await undo.check(native.invocation, targets[0], captured[0])
                        == .nothingLeft("\(owner) makes another in its place"))
                #expect(try oracle.requests().filter(\.isChange).count == 1)
            }
        }

        @Test("an object that was there before is not deleted, and what is still going is waited for")
        func notOurs() async throws {
            let oracle = try ClusterOracle.shared.get()
            let files = ["new.json": #"{"metadata": {"name": "web"}, "spec": {"selector": {}, "template": {}}}"#]
            let test = ClusterUndoCase(
                .shop, "deployment.actions.create_deployment", ["spec_path": "<folder>/new.json", "ns": "shop"],
                removal: [], files: files)
            let native = try prepare(test, oracle)
            let undo = try #require(native.activity.undo)
            let (targets, captured) = try await capture(undo, native)
            await #expect(throws: ExperimentError.self) { try await native.activity.run(native.invocation, targets) }
            try await undo.restore(native.invocation, targets[0], captured[0])
            #expect(try await undo.check(native.invocation, targets[0], captured[0]) == .restored)
            #expect(try oracle.requests().filter { $0.summary.hasPrefix("DELETE") }.isEmpty)

            try oracle.prepare(
                .empty.adding([
                    "apis/apps/v1/namespaces/shop/deployments": [
                        ["metadata": ["name": "web", "finalizers": ["a/b"]], "spec": ["selector": [:]]]
                    ]
                ]))
            let fresh: JSONValue = ["uid": .null]
            await #expect(throws: ExperimentError.self) {
                try await undo.restore(native.invocation, targets[0], fresh)
            }
            let outcome = try await undo.check(native.invocation, targets[0], fresh)
            #expect(outcome == .stillBroken("shop/web is being deleted"))
        }

        /// The clock stands, so that waits take no time.
        private func prepare(_ test: ClusterUndoCase, _ oracle: ClusterOracle) throws -> ClusterNative {
            try oracle.write(test.files)
            try oracle.prepare(test.setup)
            return try ClusterNative(
                test.function, test.arguments.filled(["folder": oracle.folder.path]), oracle, time: TestClock().source)
        }

        private func capture(
            _ undo: NativeActivity.Undo, _ native: ClusterNative
        ) async throws -> (targets: [NativeActivity.Target], captured: [JSONValue]) {
            let targets = try await native.activity.targets(native.invocation)
            #expect(!targets.isEmpty)
            var captured: [JSONValue] = []
            for target in targets { captured.append(try await undo.capture(native.invocation, target)) }
            return (targets, captured)
        }
    }
}

extension JSONValue {
    /// The state of a cluster without what controllers write: the scripted one has none.
    var withoutStatus: JSONValue {
        guard let objects = objectValue else { return self }
        return .object(
            JSONObject(
                objects.map { path, object in
                    var object = object.objectValue ?? [:]
                    object["status"] = nil
                    return (path, .object(object))
                }))
    }
}
