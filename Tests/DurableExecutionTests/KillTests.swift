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
    func file() async throws {
        try await Workspace.withTemporaryFolder { folder in
            // Two before and after each body's effect and one after each operation.
            let points = try killAtEachPoint(in: folder, step: 1) { ["file", folder.appending(path: "\($0)").path] }
            #expect(points > 25)
        }
    }

    @Test(
        "the same with an object in S3, after the lease of the process that was killed",
        .enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func object() async throws {
        let moto = try MotoServer.shared.get()
        let bucket = "durable-\(UUID().uuidString.lowercased())"
        try await MotoBucket.make(bucket)
        try await Workspace.withTemporaryFolder { folder in
            let points = try killAtEachPoint(in: folder, step: 5, environment: moto.environment) {
                ["store", bucket, "run-\($0)"]
            }
            #expect(points > 5)
        }
    }

    /// Runs the script, killed at the point, and then again to its end.
    /// - Returns: at how many points it was killed.
    private func killAtEachPoint(
        in folder: URL, step: Int, environment: [String: String] = [:], _ arguments: (_ point: Int) -> [String]
    ) throws -> Int {
        let program = try #require(DurableEcho.program)
        var killed = 0
        for point in stride(from: 1, to: .max, by: step) {
            let file = folder.appending(path: "effects-\(point)").path
            let variables = environment.merging(["EFFECTS": file]) { $1 }
            let arguments = arguments(point)
            let first = try Command.run(
                program, arguments, environment: variables.merging(["KILL_AT": "\(point)"]) { $1 })
            if first.status == 0 { break }
            try #require(first.status == 128 + SIGKILL, "\(first)")
            killed += 1
            let second = try Command.run(program, arguments, environment: variables)
            try #require(second.status == 0, "\(second)")
            let effects = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
            let interrupted = DurableEcho.once.filter { !second.output.contains("\"\($0)\"") }
            for name in DurableEcho.once { #expect(effects.filter { $0 == name }.count <= 1, "\(name) at \(point)") }
            for name in DurableEcho.steps { #expect(effects.contains { $0 == name }, "\(name) at \(point)") }
            #expect(interrupted.count <= 1)
            var expected = "completed(\(DurableEcho.result))\n"
            for name in interrupted {
                expected = expected.replacingOccurrences(of: "\"\(name)\"", with: "\"interrupted\"")
            }
            #expect(second.output == expected)
        }
        return killed
    }
}
