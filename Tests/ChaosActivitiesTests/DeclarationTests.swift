import AWS
import Basics
import Experiments
import Foundation
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

/// What activities declare is true of their code and of AWS.
struct DeclarationTests {
    /// The operations that an action permits.
    private static func operations(_ action: String) -> [String] {
        IAMAction.operations[action] ?? [String(action.split(separator: ":").last ?? "")]
    }

    private static var declared: [NativeActivity.Call] {
        (ChaosActivities.all + ChaosActivities.controls).flatMap { $0.calls + ($0.undo?.calls ?? []) }
    }

    @Test("every action that is declared is an operation of its service, and reads or changes as its name says")
    func operationsExist() throws {
        var known: [String: Set<String>] = [:]
        for (service, _) in AWSService.all {
            let description = try ServiceDescription(service)
            let prefix = description.actionPrefix == "monitoring" ? "cloudwatch" : description.actionPrefix
            known[prefix, default: []].formUnion(description.operationNames)
        }
        for call in Self.declared where call.system == .aws {
            let parts = call.action.split(separator: ":").map(String.init)
            try #require(parts.count == 2)
            #expect(known[parts[0]]?.isSuperset(of: Self.operations(call.action)) == true, "\(call.action)")
            #expect(call.isRead == call.action.isRead, "\(call.action)")
        }
        #expect(Self.declared.count > 40)
    }

    @Test("every operation that the code calls is declared by an activity")
    func callsAreDeclared() throws {
        let declared = Self.declared.filter { $0.system == .aws }.map { Self.operations($0.action) }
        let folder = Workspace.root.appending(path: "Sources/Functions/ChaosActivities")
        let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        var called: Set<String> = []
        for file in files where file.hasSuffix(".swift") {
            let code = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            for call in code.matches(of: /\.(?:call|response|result|items)\(\s*"([A-Za-z]+)"/) {
                called.insert(String(call.1))
            }
        }
        #expect(called.subtracting(declared.flatMap(\.self)).isEmpty)
        // The client of Kubernetes asks EKS for clusters.
        let undeclared = declared.filter { $0 != ["DescribeCluster"] && called.isDisjoint(with: $0) }
        #expect(undeclared.isEmpty, "what is declared is called")
    }

    @Test("an optional argument of an action that is empty is refused before anything is read: left out it hits more")
    func emptyArguments() async throws {
        let aws = try ScriptedAWS([:])
        var count = 0
        for activity in ChaosActivities.all where activity.kind == .action {
            for argument in activity.arguments {
                let empty: JSONValue =
                    switch argument.kind {
                    case .text, .any: ""
                    case .list: []
                    case .object: [:]
                    default: .null
                    }
                guard let fallback = argument.fallback, fallback != empty, !empty.isNull,
                    !Self.mayBeEmpty.contains(argument.name)
                else { continue }
                let native = try Native(activity, .object([argument.name: empty]), at: aws.url)
                let error = await #expect(throws: ExperimentError.self, "\(activity.name) \(argument.name)") {
                    try await native.activity.targets(native.invocation)
                }
                #expect(error?.message.contains("\(argument.name) is empty: give a value") == true)
                count += 1
            }
        }
        #expect(count > 200)
        #expect(aws.operations.isEmpty)
    }

    /// What chooses nothing.
    private static let mayBeEmpty: Set = [
        "allowed_pattern", "client_context", "comment", "context", "description", "exception_msg",
        "function_arguments", "parameters", "reason", "state",
    ]

    /// Probes that ask by a document on hosts, which only looks.
    private static let commandProbes: Set = [
        "resiliencyvr.k8s.probes.pod_healthy", "resiliencyvr.k8s.probes.assert_service_on_pod_running",
    ]

    @Test("probes change nothing and have no undo, and every undo can read what it proves")
    func probesOnlyRead() {
        for activity in ChaosActivities.all {
            if activity.kind == .probe {
                let isCommand = Self.commandProbes.contains(activity.name)
                let commands = ["ssm:SendCommand", "ssm:CancelCommand"]
                #expect(
                    activity.calls.allSatisfy { $0.isRead || isCommand && commands.contains($0.action) },
                    "\(activity.name)")
                #expect(activity.undo == nil, "\(activity.name)")
            }
            // The calls of an undo that is an argument are arguments too.
            if let undo = activity.undo, activity.callsOfArguments == nil {
                #expect(undo.calls.contains { $0.isRead }, "\(activity.name)")
                #expect(undo.calls.contains { !$0.isRead }, "\(activity.name)")
            }
            #expect(activity.summary.hasSuffix("."), "\(activity.name)")
        }
    }

    @Test("no two activities have the same name")
    func namesAreDistinct() {
        #expect(ChaosActivities.registry.all.count == ChaosActivities.all.count)
    }

    @Test(
        "an alias stands for a package, a module or a function; the longest counts, and a real name before all",
        arguments: [
            ("a.ec2.actions", "stop", "a.ec2.actions.stop"),
            ("old.ec2.actions", "stop", "a.ec2.actions.stop"),
            ("older", "gpn_stop", "a.ec2.actions.stop"),
            ("old.k8s.actions", "stop", "b.k8s.actions.stop"),
            ("old.taken", "stop", "old.taken.stop"),
            ("oldest.ec2.actions", "stop", nil),
            ("old", "stop", nil),
            ("a.ec2.actions", "start", nil),
            ("old.ec2.actions", "gpn_stop", "a.ec2.actions.stop"),
            ("a.ec2.actions", "gpn_start", nil),
            ("a.ec2.actions", "npg_stop", nil),
        ] as [(String, String, String?)])
    func aliases(module: String, function: String, found: String?) {
        let modules = ["a.ec2.actions", "b.k8s.actions", "old.taken"]
        let registry = ActivityRegistry(
            modules.map { NativeActivity($0, "stop", .action, "Stops.") { _, _ in nil } },
            aliases: ["old": "a", "old.k8s": "b.k8s", "older.gpn_stop": "a.ec2.actions.stop", "old.taken": "b"],
            prefix: "gpn_")
        #expect(registry.activity(module: module, function: function)?.name == found)
    }

    @Test("a sleep waits as long as it says, and is refused when it does not fit")
    func sleep() async throws {
        let clock = TestClock()
        let activity = try #require(ChaosActivities.registry.activity(module: "time", function: "sleep"))
        let native = try Native("ec2.probes.describe_instances", at: "http://127.0.0.1:1", time: clock.source)
        func sleep(_ seconds: JSONValue) async throws -> JSONValue {
            let invocation = NativeActivity.Invocation(
                arguments: ["secs": seconds], configuration: [:], secrets: [:], aws: native.invocation.aws,
                loop: native.invocation.loop,
                time: clock.source, deadline: clock.now + .seconds(60), seed: 1)
            return try await activity.run(invocation, [])
        }
        #expect(try await sleep(1.5) == .null)
        #expect(clock.sleeps == [.milliseconds(1_500)])
        await #expect(throws: ExperimentError.self) { try await sleep(60) }
        await #expect(throws: ExperimentError.self) { try await sleep(-1) }
        #expect(clock.sleeps.count == 1)
    }
}
