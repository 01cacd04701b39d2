import Basics
import JSON
import Testing

@testable import Experiments

/// The lines of `--events-file`, compared with those of Chaos Toolkit 1.21.4 for the same document.
struct RunEventLineTests {
    /// What that version wrote, without times.
    private static let expected = """
        {"type":"run-started","title":"Events"}
        {"type":"hypothesis-started","phase":"before"}
        {"type":"activity-started","name":"up","activity_type":"probe","background":false}
        {"type":"activity-completed","name":"up","activity_type":"probe","status":"succeeded","output":{"status":0,"stdout":"","stderr":""}}
        {"type":"hypothesis-completed","phase":"before","met":true,"probes":[{"name":"up","status":"succeeded","tolerance_met":true,"output":{"status":0,"stdout":"","stderr":""}}]}
        {"type":"method-started"}
        {"type":"activity-started","name":"say","activity_type":"action","background":false}
        {"type":"activity-completed","name":"say","activity_type":"action","status":"succeeded","output":{"status":0,"stdout":"hi\\n","stderr":""}}
        {"type":"activity-started","name":"long","activity_type":"action","background":false}
        {"type":"activity-completed","name":"long","activity_type":"action","status":"succeeded","output_truncated":true}
        {"type":"activity-started","name":"bad","activity_type":"probe","background":false}
        {"type":"activity-completed","name":"bad","activity_type":"probe","status":"failed","output":null}
        {"type":"method-completed"}
        {"type":"hypothesis-started","phase":"after"}
        {"type":"activity-started","name":"up","activity_type":"probe","background":false}
        {"type":"activity-completed","name":"up","activity_type":"probe","status":"succeeded","output":{"status":0,"stdout":"","stderr":""}}
        {"type":"hypothesis-completed","phase":"after","met":true,"probes":[{"name":"up","status":"succeeded","tolerance_met":true,"output":{"status":0,"stdout":"","stderr":""}}]}
        {"type":"rollbacks-started"}
        {"type":"activity-started","name":"back","activity_type":"action","background":false}
        {"type":"activity-completed","name":"back","activity_type":"action","status":"succeeded","output":{"status":0,"stdout":"","stderr":""}}
        {"type":"rollbacks-completed"}
        {"type":"run-finished","status":"completed","deviated":false}
        """

    @Test("each event is a line with Chaos Toolkit's type and members, in their order")
    func shape() async throws {
        let document: JSONObject = [
            "title": "Events", "description": "d",
            "steady-state-hypothesis": [
                "title": "h", "probes": [EngineRun.process("up", type: "probe", ["tolerance": 0])],
            ],
            "method": [
                EngineRun.process("say", "echo", "hi"), EngineRun.process("long", "printf", ["%5000s", "x"]),
                [
                    "type": "probe", "name": "bad",
                    "provider": ["type": "http", "url": "http://127.0.0.1:1/", "timeout": 1],
                ],
            ],
            "rollbacks": [EngineRun.process("back")],
        ]
        let run = try await EngineRun.of(document)
        let now = Timestamp(iso8601: "2026-11-28T14:00:26.402639Z") ?? .now()
        let lines = try run.events.compactMap { RunEventLines.line($0, of: "run-1", at: now) }.map { line in
            guard case .object(var object) = try JSONValue(parsing: line) else { return line }
            #expect(object.keys.prefix(2) == ["type", "timestamp"])
            #expect(object["timestamp"] == "2026-11-28T14:00:26.402639+00:00")
            #expect((object["duration"] != nil) == (object["type"] == "activity-completed"))
            if object["name"] == "bad", object["status"] == "failed" {
                #expect(object["error"]?.stringValue?.isEmpty == false)
            }
            if object["output_truncated"] == true { #expect(object["output_size"]?.intValue ?? 0 > 5_000) }
            #expect(object["run"] == "run-1")
            for key in ["timestamp", "duration", "error", "output_size", "run"] { object[key] = nil }
            return JSONValue.object(object).description
        }
        #expect(lines == Self.expected.split(separator: "\n").map(String.init))
    }

    @Test("a signal and another end that comes early have types of their own")
    func interruptions() {
        func type(_ kind: Interruption.Reason.Kind) -> String? {
            RunEventLines.line(.interrupted(Interruption.Reason(kind, "x")), of: "run-1", at: .now())
                .flatMap { try? JSONValue(parsing: $0)["type"]?.stringValue }
        }
        #expect(type(.interrupt) == "run-signal-exit")
        #expect(type(.terminate) == "run-interrupted")
        #expect(type(.lever) == "run-interrupted")
    }
}
