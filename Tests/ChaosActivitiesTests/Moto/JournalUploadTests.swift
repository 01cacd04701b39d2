import AWS
import Basics
import DurableExecution
import Foundation
import JSON
import TestSupport
import Testing
import Transport
import YAML

@testable import ChaosActivities
@testable import Experiments

extension MotoTests {
    /// The control that uploads journals, on its own and in a run.
    struct JournalUploadTests {
        /// An object of moto, as text.
        private static func object(_ key: String) async throws -> String {
            let configuration = try AWSConfiguration(
                environment: awsVariables(at: Oracle.shared.get().url), http: Network.http.get(),
                time: .live(Network.loop.get()))
            let client = try AWSClient(.s3, configuration: configuration)
            let result = try await client.send("GetObject", ["Bucket": "kept", "Key": .string(key)])
            return String(decoding: result.body, as: UTF8.self)
        }

        private static func keys(_ oracle: Oracle) throws -> [String] {
            let listed = try oracle.call("s3", "list_objects_v2", ["Bucket": "kept"])["Contents"]?.elements ?? []
            return listed.compactMap { $0["Key"]?.stringValue }.filter { $0.contains("journal") }
        }

        private static let journal: JSONValue = [
            "status": "completed", "deviated": false, "run": [["output": "é: yes\n", "duration": 0.5]],
            "extra": ["kept": 1],
        ]

        @Test(
            "key and content are those of chaosaws's control",
            arguments: [
                ["dirpath": "runs"], ["dirpath": "runs/"], ["dirpath": "a/b//"], ["dirpath": "/"],
                ["dirpath": "runs", "as_yaml": true], ["dirpath": "runs", "suffix_with_timestamp": true],
                ["dirpath": "runs", "as_yaml": true, "suffix_with_timestamp": true],
            ] as [JSONObject])
        func sameAsChaosaws(options: JSONObject) async throws {
            let oracle = try Oracle.shared.get()
            var arguments: JSONObject = ["bucket_name": "kept", "context": ["title": "t"], "state": Self.journal]
            for (key, value) in options { arguments[key] = value }

            _ = try oracle.prepare("buckets")
            oracle.discardState()
            let answer = try oracle.ask([
                "command": "chaosaws", "module": "chaosaws.s3.controls.upload", "function": "after_experiment_control",
                "arguments": .object(arguments), "configuration": [:], "choices": [],
            ])
            #expect(answer["output"] == .some(.null))
            let theirs = try #require(try Self.keys(oracle).first)
            let theirText = try await Self.object(theirs)

            _ = try oracle.prepare("buckets")
            oracle.discardState()
            let native = try Native(ChaosActivities.controls[0], .object(arguments), at: oracle.url)
            let output = try await native.activity.run(native.invocation, [])
            let mine = try #require(try Self.keys(oracle).first)
            let myText = try await Self.object(mine)

            let time = /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{6})?\+00:00/
            #expect(mine.replacing(time, with: "<time>") == theirs.replacing(time, with: "<time>"))
            #expect(Self.withoutURL(myText, mine) == Self.withoutURL(theirText, theirs))
            let url = output["extra"]?["journal"]?["url"]
            #expect(url == .string("https://kept.s3.eu-central-1.amazonaws.com/\(mine)"))
            #expect(output["extra"]?["kept"] == 1)
            #expect(Set(native.recorder.actions) == native.declared)
        }

        /// The journal of a text without the place, of which chaosaws tells the folder twice.
        private static func withoutURL(_ text: String, _ key: String) -> JSONValue? {
            let value =
                key.hasSuffix("yaml")
                ? (try? YAMLNode(parsing: Array(text.utf8), schema: .pyYAML))?.json : try? JSONValue(parsing: text)
            guard var journal = value?.objectValue, var extra = journal["extra"]?.objectValue else { return nil }
            extra["journal"] = nil
            journal["extra"] = .object(extra)
            return .object(journal)
        }

        @Test("a bucket that does not exist is told, and nothing is uploaded")
        func noBucket() async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("buckets")
            let native = try Native(
                ChaosActivities.controls[0], ["bucket_name": "nope", "dirpath": "d", "state": [:]], at: oracle.url)
            let error = await #expect(throws: ExperimentError.self) {
                try await native.activity.run(native.invocation, [])
            }
            #expect(error?.message.contains("Bucket 'nope' does not exist!") == true)
            #expect(native.changes.isEmpty)
        }

        @Test("a run uploads its journal with secrets masked, and its own journal says where that is")
        func run() async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("buckets")
            oracle.discardState()
            let (journal, messages) = try await Self.journal(bucket: "kept", oracle)
            #expect(messages.isEmpty)
            let url = "https://kept.s3.eu-central-1.amazonaws.com/runs/journal.json"
            #expect(journal["extra"]?["journal"]?["url"] == .string(url))
            let text = try await Self.object("runs/journal.json")
            #expect(!text.contains("hunter2!"))
            let uploaded = try JSONValue(parsing: text)
            #expect(uploaded["run"]?[0]?["output"]?["stdout"] == "***\n")
            #expect(uploaded["status"] == "completed")
            #expect(uploaded["extra"] == journal["extra"])
        }

        @Test("a control that fails is told, and the run completes")
        func failing() async throws {
            let oracle = try Oracle.shared.get()
            _ = try oracle.prepare("buckets")
            let (journal, messages) = try await Self.journal(bucket: "nope", oracle)
            #expect(journal["status"] == "completed")
            #expect(journal["extra"] == nil)
            #expect(messages.count { $0.contains("The control upload failed") } == 1)
        }

        /// The journal of a run that echoes a secret, and its warnings.
        private static func journal(
            bucket: JSONValue, _ oracle: Oracle
        ) async throws -> (journal: JSONObject, warnings: [String]) {
            let loop = try Network.loop.get()
            let http = try Network.http.get()
            let time = TimeSource.live(loop)
            let url = oracle.url
            let experiment = Experiment(reading: [
                "title": "t", "description": "d",
                "controls": [
                    [
                        "name": "upload",
                        "provider": [
                            "type": "python", "module": "chaosaws.s3.controls.upload",
                            "arguments": ["bucket_name": bucket, "dirpath": "${folder}/"],
                        ],
                    ]
                ],
                "method": [
                    [
                        "type": "action", "name": "echo",
                        "provider": [
                            "type": "process", "path": "echo", "arguments": "${password}", "secrets": ["shop"],
                        ],
                    ]
                ],
            ])
            let values = Substitution(configuration: ["folder": "runs"], secrets: ["shop": ["password": "hunter2!"]])
            let plan = ExperimentExecution.Plan(
                run: "r", experiment: experiment, source: "t", options: RunOptions(), substitution: values)
            let providers = Providers(
                loop: loop, http: http, registry: ChaosActivities.registry,
                aws: { try AWSConfiguration(environment: awsVariables(at: url), http: http, time: time) },
                environment: ProcessInfo.processInfo.environment, time: time, seed: 1)
            let execution = ExperimentExecution(
                plan, providers: providers, environment: RunEnvironment(node: "n", platform: "p", time: time),
                ledger: nil)
            let warnings = Locked<[String]>([])
            let result = try await withTaskExecutorPreference(loop) {
                try await execution.run(on: DurableScope(inMemory: time), interruption: Interruption()) { event in
                    let texts = event.messages.filter { $0.level == .warning }.map(\.text)
                    warnings.withLock { $0 += texts }
                }
            }
            return (result.journal, warnings.withLock { $0 })
        }
    }
}
