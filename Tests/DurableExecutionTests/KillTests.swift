import Foundation
import TestSupport
import Testing

/// The program of `Tests/DurableEcho`.
enum DurableEcho {
    static let program = [Bundle.main.bundleURL.deletingLastPathComponent(), Bundle.main.bundleURL]
        .map { $0.appending(path: "durable-echo").path }
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// What the script gives when no process was killed.
    static let result =
        #"["first","change",true,["inner one","inner two"],["meanwhile",["load one","load two"],3],"#
        + #""ScriptError: as it must","last"]"#

    /// Steps that may run at most once.
    static let once = ["change", "load two", "last"]
    static let steps = ["first", "inner one", "inner two", "meanwhile", "load one", "check 0", "check 1", "check 2"]
}

@Suite(
    "a run whose process is killed", .enabled(if: DurableEcho.program != nil, "swift build --product durable-echo"))
struct KillTests {
    @Test("killed at any point, the next process goes on, and nothing is done twice that may be done once")
    func everyPoint() async throws {
        let program = try #require(DurableEcho.program)
        try await Workspace.withTemporaryFolder { folder in
            var killed = 0
            for point in 1... {
                let place = folder.appending(path: "\(point)").path
                let variables = ["EFFECTS": place + ".effects", "KILL_AT": "\(point)"]
                let first = try Command.run(program, ["file", place], environment: variables)
                if first.status == 0 { break }
                try #require(first.status == 128 + SIGKILL, "\(first)")
                killed += 1
                let second = try Command.run(
                    program, ["file", place], environment: ["EFFECTS": place + ".effects"])
                try #require(second.status == 0, "\(second)")
                let third = try Command.run(program, ["file", place])
                #expect(third.output == second.output)
                let effects = try String(contentsOfFile: place + ".effects", encoding: .utf8).split(separator: "\n")
                let interrupted = DurableEcho.once.filter { name in
                    !second.output.contains("\"\(name)\"")
                }
                for name in DurableEcho.once {
                    #expect(effects.filter { $0 == name }.count <= 1, "\(name) at \(point)")
                }
                for name in DurableEcho.steps { #expect(effects.contains { $0 == name }, "\(name) at \(point)") }
                #expect(interrupted.count <= 1)
                var expected = "completed(\(DurableEcho.result))\n"
                for name in interrupted {
                    expected = expected.replacingOccurrences(of: "\"\(name)\"", with: "\"interrupted\"")
                }
                #expect(second.output == expected)
            }
            // Two before and after each body's effect and one after each operation.
            #expect(killed > 25)
        }
    }
}
