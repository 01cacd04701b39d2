import Basics
import Foundation
import JSON
import TestSupport
import Testing

@testable import Experiments

/// What controls do to a run.
struct ControlTests {
    private static func document(_ method: [JSONValue], _ more: JSONObject = [:]) -> JSONObject {
        var document: JSONObject = ["title": "t", "description": "d", "method": .array(method)]
        for (key, value) in more { document[key] = value }
        return document
    }

    private static func addon(_ module: String, _ arguments: JSONValue, _ more: JSONObject = [:]) -> JSONValue {
        var control: JSONObject = [
            "name": .string(module),
            "provider": [
                "type": "python", "module": .string("chaosaddons.controls.\(module)"), "arguments": arguments,
            ],
        ]
        for (key, value) in more { control[key] = value }
        return .object(control)
    }

    @Test(
        "bypass leaves activities out by type or by name, and they count as succeeded",
        arguments: [
            (["target_type": "action"], ["not run", "run"]), (["target_names": ["two"]], ["run", "not run"]),
            (["target_names": ["other"]], ["run", "run"]),
        ] as [(JSONValue, [String])])
    func bypass(_ arguments: JSONValue, _ expected: [String]) async throws {
        let run = try await EngineRun.of(
            Self.document(
                [EngineRun.process("one", "echo", "x"), EngineRun.process("two", "echo", "x", type: "probe")],
                ["controls": [Self.addon("bypass", arguments)]]))
        let records = run.journal["run"]?.arrayValue ?? []
        #expect(records.map { $0["output"]?["stdout"] == "x\n" ? "run" : "not run" } == expected)
        #expect(records.allSatisfy { $0["status"] == "succeeded" })
    }

    @Test(
        "repeat runs an activity so many times, and stops after a failure where it is told to",
        arguments: [
            (true, false, 3), (true, true, 3), (false, false, 3), (false, true, 1),
        ])
    func repetition(_ succeeds: Bool, _ breaks: Bool, _ count: Int) async throws {
        let control = Self.addon(
            "repeat", ["repeat_count": 3, "break_if_previous_iteration_failed": .bool(breaks)])
        let run = try await EngineRun.of(
            Self.document([
                [
                    "type": "action", "name": "a", "controls": [control],
                    "provider": succeeds
                        ? ["type": "process", "path": "true"] : ["type": "http", "url": "http://127.0.0.1:1/"],
                ], EngineRun.process("b"),
            ]))
        let records = run.journal["run"]?.arrayValue ?? []
        #expect(run.played == Array(repeating: "a", count: count) + ["b"])
        let indices = records.map { $0["activity"]?["iteration_index"]?.intValue }
        #expect(indices == [nil] + (1..<count).map { Int64($0) } + [nil])
    }

    @Test("a program as a hook gets level, moment, context and state, before and after each part")
    func processHook() async throws {
        let seen = try await Workspace.withTemporaryFolder { folder in
            let log = folder.appending(path: "log").path
            let hook: JSONValue = [
                "name": "hook",
                "provider": [
                    "type": "process", "path": "sh", "arguments": ["-c", .string("cat >> '\(log)'; echo >> '\(log)'")],
                ],
            ]
            _ = try await EngineRun.of(Self.document([EngineRun.process("one")], ["controls": [hook]]))
            return try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map {
                try JSONValue(parsing: String($0))
            }
        }
        let moments = seen.map { "\($0["level"]?.stringValue ?? "") \($0["moment"]?.stringValue ?? "")" }
        #expect(
            moments == [
                "experiment before", "method before", "activity before", "activity after", "method after",
                "rollback before", "rollback after", "experiment after",
            ])
        #expect(seen[2]["context"]?["name"] == "one")
        #expect(seen[2]["state"] == .null)
        #expect(seen[3]["state"]?["status"] == "succeeded")
        #expect(seen[7]["state"]?["status"] == "completed")
    }

    @Test("the scope of a hook limits it to before or after", arguments: ["before", "after"])
    func scope(_ moment: String) async throws {
        let server = try ScriptedServer { _ in .http(200, body: "{}") }
        defer { server.stop() }
        let hook: JSONValue = [
            "name": "hook", "scope": .string(moment),
            "provider": ["type": "http", "url": .string(server.url + "/hook")],
        ]
        _ = try await EngineRun.of(Self.document([EngineRun.process("one")], ["controls": [hook]]))
        let moments = try server.requests.map { try JSONValue(parsing: $0.body)["moment"] ?? nil }
        #expect(moments.count == 4)
        #expect(Set(moments) == [.string(moment)])
    }

    @Test("a hook that answers with an interrupt ends the run with that reason, and no later activity runs")
    func interrupt() async throws {
        let server = try ScriptedServer { request in
            let isTwo = (try? JSONValue(parsing: request.body))?["context"]?["name"] == "two"
            return .http(200, body: isTwo ? #"{"interrupt": "enough"}"# : "{}")
        }
        defer { server.stop() }
        let hook: JSONValue = ["name": "hook", "provider": ["type": "http", "url": .string(server.url)]]
        let run = try await EngineRun.of(
            Self.document(
                [EngineRun.process("one"), EngineRun.process("two"), EngineRun.process("three")], ["controls": [hook]]))
        #expect(run.journal["status"] == "interrupted")
        #expect(run.journal["interruption"]?["kind"] == "control")
        #expect(run.journal["interruption"]?["reason"] == "enough")
        #expect(!run.played.contains("three"))
    }

    @Test(
        "a hook that fails is told, and changes nothing",
        arguments: [
            ["type": "process", "path": "false"], ["type": "http", "url": "http://127.0.0.1:1/"],
            ["type": "process", "path": "sleep", "arguments": "60", "timeout": 0.1],
        ] as [JSONValue])
    func failingHook(_ provider: JSONValue) async throws {
        let control: JSONValue = ["name": "broken", "provider": provider]
        let run = try await EngineRun.of(
            Self.document([EngineRun.process("one", type: "action", ["controls": [control]])]))
        #expect(run.journal["status"] == "completed")
        #expect(run.messages.contains { $0.hasPrefix("The control broken failed:") }, "\(run.messages)")
    }

    @Test("a control by reference is that of the experiment; one that is not automatic is applied only so")
    func reference() async throws {
        let server = try ScriptedServer { _ in .http(200, body: "{}") }
        defer { server.stop() }
        let hook: JSONValue = [
            "name": "hook", "automatic": false, "scope": "before",
            "provider": ["type": "http", "url": .string(server.url)],
        ]
        let referring = EngineRun.process("two", type: "action", ["controls": [["ref": "hook"]]])
        _ = try await EngineRun.of(
            Self.document([EngineRun.process("one"), referring], ["controls": [hook]]))
        let subjects = try server.requests.compactMap {
            try JSONValue(parsing: $0.body)["context"]?["name"]?.stringValue
        }
        #expect(subjects == ["two"])
    }
}
