import Basics
import Experiments
import Foundation
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

extension MotoTests {
    /// What Python itself says.
    struct PythonTests {
        /// Arguments that the Python functions do not have, and functions whose arguments Python does not tell.
        private static let ours = ["chaosaws.ssm.actions.send_command": ["wait"]]
        private static let withoutSignature = ["time.sleep"]

        @Test("arguments have the names, the order and the defaults of the Python functions")
        func signatures() throws {
            // resiliencyvr is no package that could be asked, and Tocsin's own have no other.
            let activities = ChaosActivities.all.filter {
                !Self.withoutSignature.contains($0.name) && !$0.name.hasPrefix("resiliencyvr.")
                    && !$0.name.hasPrefix("tocsin.")
            }
            let signatures = try Oracle.shared.get().ask([
                "command": "signatures", "names": JSONValue(texts: activities.map(\.name)),
            ])
            for activity in activities {
                let theirs = signatures[activity.name]?.elements ?? []
                let mine: [JSONValue] = activity.arguments.filter {
                    !(Self.ours[activity.name] ?? []).contains($0.name)
                }.map { [.string($0.name), $0.fallback.map { [$0] } ?? "required"] }
                #expect(mine == theirs, "\(activity.name)")
            }
        }

        @Test("numbers are rounded to two digits as Python rounds them")
        func rounding() throws {
            var random = SeededRandom(3)
            var numbers = [0.125, 0.375, 1.005, 1.115, 2.675, -2.675, 0.285, 1e15 + 0.375, 1e300, -0.0, 0.005, 4.995]
            for _ in 0..<5_000 {
                // Many of them end in a five, where the rounding is decided.
                numbers.append(Double(random.next(below: 1_000_000)) / 1_000)
                numbers.append(Double(random.next(below: 1 << 53)) / 1e9 - 1e6)
            }
            let answer = try Oracle.shared.get().ask([
                "command": "rounded", "numbers": .array(numbers.map { .double($0) }),
            ])
            let theirs = answer.elements.map { $0.doubleValue ?? .nan }
            let mine = numbers.map(\.roundedToHundredths)
            for (number, (mine, theirs)) in zip(numbers, zip(mine, theirs)) where mine != theirs {
                Issue.record("\(number): \(mine), Python says \(theirs)")
            }
            #expect(theirs.count == numbers.count)
        }

        @Test("files, folders, links and what is not there are told as os.path tells them")
        func paths() async throws {
            try await Workspace.withTemporaryFolder { folder in
                let manager = FileManager.default
                let file = folder.appending(path: "file").path
                #expect(manager.createFile(atPath: file, contents: Data()))
                for (name, target) in [("to-file", file), ("to-folder", folder.path), ("broken", "/no/such")] {
                    try manager.createSymbolicLink(
                        atPath: folder.appending(path: name).path, withDestinationPath: target)
                }
                let names = ["file", "to-file", "to-folder", "broken", "nothing", "file/below"]
                let paths: [JSONValue] =
                    names.map { .string(folder.appending(path: $0).path) }
                    + [.string(folder.path), "", "/dev/null", nil, 1.5, []]
                let theirs = try Oracle.shared.get().ask(["command": "paths", "paths": .array(paths)])
                var mine: [JSONValue] = []
                for path in paths {
                    for function in ["exists", "isfile", "isdir"] {
                        mine.append(try await Self.output("os.path", function, path))
                    }
                }
                #expect(.array(mine) == theirs)
            }
        }

        private static func output(_ module: String, _ function: String, _ path: JSONValue) async throws -> JSONValue {
            let activity = try #require(ChaosActivities.registry.activity(module: module, function: function))
            let native = try Native("ec2.probes.describe_instances", at: "http://127.0.0.1:1")
            let invocation = NativeActivity.Invocation(
                arguments: [activity.arguments[0].name: path], configuration: [:], secrets: [:],
                aws: native.invocation.aws,
                loop: native.invocation.loop, time: native.invocation.time, deadline: native.invocation.deadline,
                seed: 1)
            do { return try await activity.run(invocation, []) } catch let error as ExperimentError {
                return .string(error.message)
            }
        }
    }
}

extension NativeActivity {
    /// `module.function`.
    var name: String { "\(module).\(function)" }
}
