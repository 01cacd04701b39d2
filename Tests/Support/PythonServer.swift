import Foundation

/// A Python program that serves on a port of 127.0.0.1 and prints one line when it is ready.
///
/// It has to end when its standard input closes, so that it cannot outlive the tests; it is killed with the last
/// reference.
final class PythonServer: Sendable {
    /// What it printed: its port or URL.
    let line: String
    private let process: Process
    private let input = Pipe()
    private let output = Pipe()

    /// Starts the program and waits for its line.
    /// - Parameters:
    ///   - python: a path, or a name to look up in `PATH`.
    ///   - showsErrors: whether its standard error is the test's; moto logs each request there.
    /// - Throws: `ServerError` when it ends without one.
    init(
        _ script: String, _ arguments: [String] = [], python: String = "python3", showsErrors: Bool = true
    ) throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: python.contains("/") ? python : "/usr/bin/env")
        process.arguments = (python.contains("/") ? [] : [python]) + ["-c", script] + arguments
        process.standardInput = input
        process.standardOutput = output
        if !showsErrors { process.standardError = FileHandle.nullDevice }
        try process.run()
        var bytes = Data()
        while !bytes.contains(0x0A) {
            let piece = output.fileHandleForReading.availableData
            guard !piece.isEmpty else {
                throw ServerError("the Python server ended before it was ready: run ./build.sh setup")
            }
            bytes += piece
        }
        line = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The line as a port.
    func port() throws -> UInt16 {
        guard let port = UInt16(line) else { throw ServerError("the Python server printed no port: \(line)") }
        return port
    }

    /// Lets the program end by itself.
    func stop() { try? input.fileHandleForWriting.close() }

    deinit {
        // Not `terminate`: a child of the pool's threads inherits their mask, in which SIGTERM is blocked.
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        // Foundation keeps a process that has ended, and its pipes with it.
        try? input.fileHandleForWriting.close()
        try? output.fileHandleForReading.close()
    }
}
