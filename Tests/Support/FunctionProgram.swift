import Foundation

/// A running function for Function Compute, on a free port of 127.0.0.1, and its log.
public final class FunctionProgram: Sendable {
    private let process = Process()
    private let file: URL
    private let ended = Gate()
    /// 0 when the initializer did not wait.
    public let port: Int

    /// `http://127.0.0.1:<port>`.
    public var url: String { "http://127.0.0.1:\(port)" }
    /// Everything it has printed.
    public var log: String { (try? String(contentsOf: file, encoding: .utf8)) ?? "" }

    /// Starts it.
    /// - Parameter waits: whether to return only when it listens.
    public init(path: String, _ environment: [String: String], waits: Bool = true) throws {
        file = FileManager.default.temporaryDirectory.appending(path: "tocsin-" + UUID().uuidString)
        try Data().write(to: file)
        let output = try FileHandle(forWritingTo: file)
        process.executableURL = URL(filePath: path)
        process.environment = environment.merging(["FC_SERVER_PORT": "0"]) { $1 }
        process.standardOutput = output
        process.standardError = output
        process.terminationHandler = { [ended] _ in ended.open() }
        try process.run()
        guard waits else {
            port = 0
            return
        }
        port = try Self.port(in: file, of: process)
    }

    deinit {
        process.terminate()
        try? FileManager.default.removeItem(at: file)
    }

    /// Sends SIGTERM.
    public func terminate() { process.terminate() }

    /// Sends SIGTERM and returns the exit status.
    public func stop() -> Int32 {
        terminate()
        return waitForEnd()
    }

    /// The exit status, or minus the signal that ended it.
    public func waitForEnd() -> Int32 {
        ended.wait()
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    private static func port(in file: URL, of process: Process) throws -> Int {
        while process.isRunning {
            let log = try String(contentsOf: file, encoding: .utf8)
            if let match = log.firstMatch(of: /listening port=([0-9]+)/), let port = Int(match.1) { return port }
            usleep(10_000)
        }
        throw ServerError("the function ended before it listened: \(try String(contentsOf: file, encoding: .utf8))")
    }
}
