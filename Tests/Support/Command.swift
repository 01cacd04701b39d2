import Dispatch
public import Foundation

/// A program run to its end by a test: `openssl`, Python and the like.
public enum Command {
    /// What a program left behind.
    public struct Result: Sendable {
        /// The exit status, or 128 + the signal that ended it.
        public let status: Int32
        /// All of standard output.
        public let output: String
        /// All of standard error.
        public let errors: String
    }

    /// Runs a program (looked up in `PATH` when the name has no slash) with an environment that inherits this one's.
    @discardableResult
    public static func run(
        _ program: String, _ arguments: [String], input: String = "", folder: URL? = nil,
        environment: [String: String] = [:]
    ) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program.contains("/") ? program : "/usr/bin/env")
        process.arguments = program.contains("/") ? arguments : [program] + arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let scratch = FileManager.default.temporaryDirectory.appending(path: "tocsin-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        // Files, not pipes: a full pipe nobody reads would hang the test.
        let files = ["in", "out", "err"].map { scratch.appending(path: $0) }
        try Data(input.utf8).write(to: files[0])
        for file in files[1...] { try Data().write(to: file) }
        let handles = try [FileHandle(forReadingFrom: files[0])] + files[1...].map { try FileHandle(forWritingTo: $0) }
        // Foundation keeps a process that has ended, and its descriptors with it.
        defer { for handle in handles { try? handle.close() } }
        (process.standardInput, process.standardOutput, process.standardError) = (handles[0], handles[1], handles[2])
        // Not `waitUntilExit`, which needs the thread's run loop and can hang on a thread of the pool.
        let exited = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in exited.signal() }
        try process.run()
        exited.wait()
        return Result(
            status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus,
            output: String(decoding: try Data(contentsOf: files[1]), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: files[2]), as: UTF8.self)
        )
    }
}
