import Basics
import Experiments
import Foundation
import JSON
import TestSupport
import Testing

extension MotoTests {
    /// Native activities and the functions of chaosaws do the same to equal states of AWS, and tell the same.
    struct ChaosawsTests {
        /// A call of a function; `<web0>` in an argument is the id of a resource of the setup.
        struct Case: Sendable, CustomTestStringConvertible {
            /// The state of moto; empty where only the script counts.
            let setup: String
            let function: String
            let arguments: JSONValue
            /// What moto does not answer: see ``Oracle/script(_:)``.
            var script: JSONObject = [:]
            /// Members of the output that differ on purpose.
            var except: Set<String> = []
            /// Whether chaosaws returns the elements in random order.
            var isUnordered = false
            /// Operations of the script that both call in their own ways, such as to find the targets.
            var uncompared: Set<String> = []

            init(
                _ setup: String, _ function: String, _ arguments: JSONValue, script: JSONObject = [:],
                except: Set<String> = [], isUnordered: Bool = false, uncompared: Set<String> = []
            ) {
                (self.setup, self.function, self.arguments, self.script) = (setup, function, arguments, script)
                (self.except, self.isUnordered, self.uncompared) = (except, isUnordered, uncompared)
            }

            /// The requests of those that are compared.
            func compared(_ requests: JSONValue) -> JSONValue {
                .array((requests.arrayValue ?? []).filter { !uncompared.contains($0["operation"]?.stringValue ?? "") })
            }

            var testDescription: String { "\(function) \(arguments)" }
        }

        @Test(
            "an activity gives the output, makes the changes and leaves the state of chaosaws's function",
            arguments: cases)
        func sameAsChaosaws(_ test: Case) async throws {
            let oracle = try Oracle.shared.get()
            defer { _ = try? oracle.script([:]) }
            let names = try oracle.prepare(test.setup)
            let url = try oracle.script(test.script, filledWith: names)
            let native = try Native(test.function, test.arguments.filled(names), at: url)
            var (mine, choices): (JSONValue, [NativeActivity.Target])
            do {
                let (targets, output) = try await native.run()
                (mine, choices) = (["output": output], targets)
            } catch let error as ExperimentError {
                #expect(error.code == .activityFailed)
                (mine, choices) = (["error": .string(error.message)], [])
            }
            let mySent = test.compared(try oracle.scriptedRequests())
            let myState = try native.changes.isEmpty ? .null : oracle.state()
            if !native.changes.isEmpty { oracle.discardState() }

            let theirNames = try oracle.prepare(test.setup)
            _ = try oracle.script(test.script, filledWith: theirNames)
            let parts = test.function.split(separator: ".").map(String.init)
            // The same choice in another state: ids that are new there are found by the name of the setup.
            let chosen = choices.map { $0.id.split(separator: "/").last.map(String.init) ?? "" }
                .map { id in names.first { $0.value == id }.flatMap { theirNames[$0.key] } ?? id }
            var theirs = try oracle.ask([
                "command": "chaosaws", "module": .string("chaosaws." + parts.dropLast().joined(separator: ".")),
                "function": .string(parts.last ?? ""), "arguments": test.arguments.filled(theirNames),
                "configuration": [:],
                "choices": .array(chosen.map { .string($0) }),
            ])
            let theirActions = (theirs["calls"]?.arrayValue ?? []).map { call in
                IAMAction.name(call[0]?.stringValue ?? "", call[1]?.stringValue ?? "")
            }
            let theirChanges = theirActions.filter { !$0.isRead }
            let theirSent = test.compared(try oracle.scriptedRequests())
            let theirState = try theirChanges.isEmpty ? .null : oracle.state()
            if !theirChanges.isEmpty { oracle.discardState() }
            if case .object(var object) = theirs {
                object["calls"] = nil
                theirs = .object(object)
            }

            #expect(
                mine.comparable(names, test.except, test.isUnordered)
                    == theirs.comparable(theirNames, test.except, test.isUnordered))
            #expect(myState.comparable(names, [], true) == theirState.comparable(theirNames, [], true))
            #expect(
                mySent.comparable(names, test.except, false) == theirSent.comparable(theirNames, test.except, false),
                "what was sent to the script")
            #expect(native.changes == theirChanges, "changes")
            #expect(Set(native.recorder.actions).subtracting(native.declared).isEmpty, "what is called is declared")
            #expect(Set(theirActions).subtracting(native.declared).isEmpty, "what chaosaws calls is declared")
        }
    }
}

extension MotoTests.ChaosawsTests {
    /// Each service's are in a file of its own.
    static let cases: [Case] = [
        ec2, autoScaling, ecs, cloudWatch, lambda, ssm, eks, elbv2, eventRules, iam, s3, route53, rds, elastiCache, msk,
        emr, xray, incidents, fis,
    ].flatMap(\.self)
}
