import Foundation
import JSON
import TestSupport
import Testing

/// A folder with a state of its own, in which `tocsin chaos` is run as users run it.
final class ChaosShell: @unchecked Sendable {
    let folder: URL
    private var environment: [String: String]

    init(environment: [String: String] = [:]) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tocsin-chaos-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.environment = environment.merging([
            "TOCSIN_STATE": folder.appending(path: "state").path, "HOME": folder.path, "USER": "ann",
        ]) { $1 }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let file = folder.appending(path: name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    func read(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder.appending(path: name).path) }

    /// A pipe with a name: `cat` of it ends when something was written to it.
    func pipe(_ name: String) throws -> String {
        let path = folder.appending(path: name).path
        try #require(mkfifo(path, 0o600) == 0)
        return path
    }

    /// Lets what reads a pipe go on.
    func open(_ pipe: String) throws {
        let file = try #require(FileHandle(forWritingAtPath: pipe))
        try file.write(contentsOf: Data("on\n".utf8))
        try file.close()
    }

    func chaos(_ arguments: String..., input: String = "") throws -> Command.Result {
        try Command.run(
            BuiltTocsin.path, ["chaos"] + arguments, input: input, folder: folder, environment: environment)
    }

    func journal(_ name: String = "journal.json") throws -> JSONValue { try JSONValue(parsing: try read(name)) }

    /// Starts a run whose messages can be waited for.
    func start(_ arguments: String...) throws -> RunningTocsin {
        try RunningTocsin(["chaos"] + arguments, folder: folder, environment: environment)
    }
}

extension RunningTocsin {
    /// The id of a `tocsin chaos`, as the first message tells it.
    func run() throws -> String {
        try wait(for: "Running experiment")
        let start = try #require(text.range(of: "INFO] Run "))
        return String(text[start.upperBound...].prefix { $0 != "\n" })
    }
}
