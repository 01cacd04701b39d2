import Basics
import Foundation
import JSON
import StateStore

@testable import Experiments

/// Machines that an action stops and its undo starts: each is a file that says `up` or `down`, so that processes share
/// them and a killed one leaves them as they are.
struct Machines: Sendable {
    let folder: String
    /// Called before each change of a machine; may throw or end the process.
    var onChange: @Sendable (String) throws -> Void = { _ in }
    /// Called with each check of an undo.
    var onUndo: @Sendable (NativeActivity.Invocation) -> Void = { _ in }

    init(_ folder: String, _ ids: String...) throws {
        self.folder = folder
        for id in ids where state(id) == nil { try set(id, "up") }
    }

    func state(_ id: String) -> String? { try? String(contentsOfFile: "\(folder)/\(id).txt", encoding: .utf8) }
    func set(_ id: String, _ state: String) throws {
        try Data(state.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(id).txt"), options: .atomic)
    }
    func remove(_ id: String) throws { try FileManager.default.removeItem(atPath: "\(folder)/\(id).txt") }

    var all: [String: String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let ids = names.filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }
        return Dictionary(uniqueKeysWithValues: ids.map { ($0, state($0) ?? "") })
    }

    /// `test.machines.stop(ids)`, with its undo.
    var stop: NativeActivity {
        NativeActivity(
            "test.machines", "stop", .action, "Stops machines.",
            arguments: [.init("ids", .list), .init("note", .text, "")],
            calls: [.change("ec2:StopInstances")],
            targets: { invocation in
                (invocation.arguments["ids"]?.arrayValue ?? []).map { Machines.target($0.stringValue ?? "") }
            },
            undo: NativeActivity.Undo(
                "starts the machines that were up", calls: [.change("ec2:StartInstances")],
                capture: { _, target in .string(state(target.id) ?? "gone") },
                check: { invocation, target, before in
                    onUndo(invocation)
                    guard let state = state(target.id) else { return .nothingLeft("it is terminated") }
                    return .string(state) == before ? .restored : .stillBroken("it is \(state)")
                },
                restore: { _, target, before in
                    try onChange("start \(target.id)")
                    try set(target.id, before.stringValue ?? "up")
                })
        ) { _, targets in
            for target in targets {
                try onChange("stop \(target.id)")
                try set(target.id, "down")
            }
            return .null
        }
    }

    static func target(_ id: String) -> NativeActivity.Target {
        NativeActivity.Target(kind: "ec2:instance", id: id, region: "eu-central-1")
    }

    var registry: ActivityRegistry { ActivityRegistry([stop]) }
}

extension Machines {
    static func invocation(_ ids: [String] = []) throws -> NativeActivity.Invocation {
        NativeActivity.Invocation(
            arguments: ["ids": .array(ids.map { .string($0) })], configuration: [:], secrets: [:],
            aws: try offlineAWS(), loop: try idleLoop.get(),
            time: TimeSource(now: { .now() }, sleep: { _ in }, random: { 0 }),
            deadline: farFuture, seed: 0)
    }

    func restorer(_ time: TimeSource) -> Restorer {
        Restorer(registry, time: time) { _, _ in try Self.invocation() }
    }

    /// What a runner does with one action: captures, records, changes, records.
    func runStop(_ ids: [String], as activity: String, in run: LedgerRun) async throws {
        let invocation = try Self.invocation(ids)
        let targets = try await stop.targets(invocation)
        var subjects: [LedgerIntent.Subject] = []
        for target in targets {
            subjects.append(.init(target, before: try await stop.undo?.capture(invocation, target) ?? .null))
        }
        try await run.recordIntent(
            LedgerIntent(
                activity: activity, name: "stop \(activity)", module: "test.machines", function: "stop",
                arguments: invocation.arguments, subjects: subjects))
        _ = try await stop.run(invocation, targets)
        try await run.recordChange(of: activity)
    }
}
