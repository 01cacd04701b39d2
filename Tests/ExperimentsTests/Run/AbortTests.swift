import Foundation
import Glibc
import JSON
import Testing

@testable import Experiments

/// What the journal tells of a run that an error ended, and what ends with an activity.
struct AbortTests {
    private static func document(_ method: JSONValue, _ rollback: JSONValue) -> JSONObject {
        ["title": "t", "description": "d", "method": [method], "rollbacks": [rollback]]
    }

    @Test("what aborted the run is in the journal, with its place; a rollback that cannot be run has failed")
    func errors() async throws {
        let (good, bad) = (EngineRun.process("good"), EngineRun.process("bad", "/no/such/program"))
        let method = try await EngineRun.of(Self.document(bad, good)).journal
        #expect(method["status"] == "aborted")
        #expect(method["error"]?["stage"] == "method")
        #expect(method["error"]?["message"]?.stringValue?.contains("/no/such/program") == true)
        #expect(method["run"]?[0]?["status"] == nil)
        let rollbacks = try await EngineRun.of(Self.document(good, bad)).journal
        #expect(rollbacks["status"] == "aborted")
        #expect(rollbacks["error"]?["stage"] == "rollbacks")
        #expect(rollbacks["rollbacks"]?[0]?["status"] == "failed")
        #expect(try await EngineRun.of(Self.document(good, good)).journal["error"] == nil)
    }

    /// At a terminal a program stays in this group, so that it can ask for a password.
    private static let hasTerminal = access("/dev/tty", R_OK) == 0 && open("/dev/tty", O_RDONLY | O_NOCTTY) >= 0

    @Test(
        "what a program has left running ends with it at its time limit",
        .disabled(if: hasTerminal, "there is a terminal"), .timeLimit(.minutes(2)))
    func group() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        let line = "sleep 600 & echo $! > \(file.path)"
        let activity: JSONValue = [
            "type": "action", "name": "leaves a child",
            "provider": ["type": "process", "path": "sh", "arguments": ["-c", .string(line)], "timeout": 3],
        ]
        let journal = try await EngineRun.of(Self.document(activity, EngineRun.process("good"))).journal
        #expect(journal["run"]?[0]?["status"] == "failed")
        let text = try String(contentsOf: file, encoding: .utf8)
        let child = try #require(pid_t(text.dropLast()))
        // Without a reaper it stays as a zombie.
        while let state = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8), !state.contains(") Z") {
            await Task.yield()
        }
    }
}
