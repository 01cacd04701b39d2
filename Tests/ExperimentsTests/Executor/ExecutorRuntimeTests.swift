import Foundation
import JSON
import TestSupport
import Testing

@testable import Experiments

/// The function's program under AWS's emulator, alone and with AWS's own runner of durable executions.
@Suite(
    .enabled(
        if: LocalDurableRunner.isInstalled && ExecutorProgram.path != nil,
        "run ./build.sh setup, and swift build --product chaos-executor"),
    .serialized, .timeLimit(.minutes(3)))
struct ExecutorRuntimeTests {
    private func variables(_ place: ExecutorPlace) throws -> [String: String] {
        var variables = place.variables
        variables["AWS_LAMBDA_FUNCTION_NAME"] = nil
        return variables
    }

    private func append(_ name: String, to file: String, _ more: JSONObject = [:]) -> JSONValue {
        EngineRun.process(name, "sh", ["-c", .string("echo \(name) >> '\(file)'")], type: "action", more)
    }

    @Test("an experiment with hours of pauses is a durable execution: each step is done once, and outputs once")
    func durable() async throws {
        let place = try await ExecutorPlace(["EXPERIMENT_DURABLE": "lambda"])
        try await Workspace.withTemporaryFolder { folder in
            let log = folder.appending(path: "log").path
            let document: JSONValue = [
                "title": "Hours", "description": "d", "secrets": ["s": ["token": "s3cr3t-value"]],
                "method": [
                    append("one", to: log, ["pauses": ["after": 3_600]]),
                    append("beside", to: log, ["background": true]),
                    append("two", to: log, ["pauses": ["before": 3_600]]), append("three", to: log),
                ],
                "rollbacks": [append("back", to: log)],
            ]
            let runner = try LocalDurableRunner(
                bootstrap: try #require(ExecutorProgram.path), environment: variables(place))
            defer { runner.stop() }
            let execution = try runner.run("\(JSONValue.object(["experiment": document]))")
            #expect(execution.status == "SUCCEEDED", "\(execution) \(runner.log)")
            let answer = try JSONValue(parsing: execution.result)
            #expect(answer["state"] == "done", "\(answer)")
            let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
            #expect(lines.sorted() == ["back", "beside", "one", "three", "two"], "\(lines)")
            #expect(execution.events.filter { $0 == "WaitSucceeded" }.count >= 2)
            #expect(try await place.keys("journals/").count == 1)
            #expect(try await place.keys("state/run/").allSatisfy { $0.hasSuffix("/owner") })
            let journal = try await place.journal(answer)
            #expect(journal["run"]?.arrayValue?.count == 4)
            #expect(journal["status"] == "completed")
            #expect(!execution.result.contains("s3cr3t-value"))
            for event in ["Running experiment: Hours", "Action: one", "Action: three", "Let's rollback"] {
                #expect(runner.log.components(separatedBy: event).count == 2, "\(event) is told once")
            }
        }
    }

    @Test("what needs more than a durable execution takes is refused before anything runs")
    func limits() async throws {
        let place = try await ExecutorPlace(["EXPERIMENT_DURABLE": "lambda"])
        let document: JSONValue = [
            "title": "Much", "description": "d",
            "method": .array((0..<10).map { EngineRun.process("a\($0)") }),
            "controls": [
                [
                    "name": "repeat",
                    "provider": [
                        "type": "python", "module": "chaosaddons.controls.repeat", "arguments": ["repeat_count": 300],
                    ],
                ]
            ],
        ]
        let runner = try LocalDurableRunner(
            bootstrap: try #require(ExecutorProgram.path), environment: variables(place))
        defer { runner.stop() }
        let execution = try runner.run("\(JSONValue.object(["experiment": document]))")
        let error = try JSONValue(parsing: execution.result)["error"]?.stringValue ?? ""
        #expect(error.hasPrefix("nothing was run: the experiment needs about 3"), "\(execution) \(runner.log)")
        #expect(try await place.keys("journals/").isEmpty)
    }

    @Test("under the emulator alone, an experiment from S3 is run, and a faulty event is the function's error")
    func emulator() async throws {
        let place = try await ExecutorPlace()
        let document: JSONValue = [
            "title": "Small", "description": "d", "method": [EngineRun.process("a", "echo", "${x}")],
        ]
        try await place.put("\(document)", "small.json")
        try await Workspace.withTemporaryFolder { folder in
            let script = folder.appending(path: "bootstrap")
            try "#!/bin/sh\nexec '\(try #require(ExecutorProgram.path))'\n".write(
                to: script, atomically: false, encoding: .utf8)
            let zip = folder.appending(path: "function.zip")
            try Command.run(Workspace.python, ["-m", "zipfile", "-c", zip.path, script.path])
            let emulator = try RuntimeInterfaceEmulator(zip: zip, environment: variables(place), timeout: 30)
            defer { emulator.stop() }
            let event: JSONValue = [
                "experiment_source": "small.json", "bucket_name": .string(place.bucket), "configuration": ["x": "42"],
            ]
            let answer = try JSONValue(parsing: emulator.invoke(Array(event.description.utf8)).body)
            #expect(answer["state"] == "done", "\(answer) \(emulator.log)")
            #expect(try await place.journal(answer)["run"]?[0]?["output"]?["stdout"] == "42\n")
            let error = try emulator.invoke(Array(#"{"nothing": 1}"#.utf8)).body
            #expect(error.contains("experiment_source"), "\(error)")
        }
    }
}

/// The program that SwiftPM built beside the tests.
enum ExecutorProgram {
    static let path = [Bundle.main.bundleURL.deletingLastPathComponent(), Bundle.main.bundleURL]
        .map { $0.appending(path: "chaos-executor").path }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
}
