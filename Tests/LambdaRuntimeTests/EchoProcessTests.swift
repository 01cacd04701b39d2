import Basics
import Foundation
import TestSupport
import Testing

@Suite(
    "the echo program as a process",
    .enabled(if: EchoProcess.exists, "the echo program is not built: swift build --product echo"))
struct EchoProcessTests {
    typealias API = RuntimeAPIServer

    @Test("without a Runtime API it says so and exits with 1")
    func noAPI() throws {
        let echo = try EchoProcess([:])
        #expect(echo.waitForEnd() == 1)
        let message = echo.errorOutput
        #expect(message.contains("AWS_LAMBDA_RUNTIME_API is not set") && message.contains("tocsin invoke"))
    }

    @Test("when the Runtime API is gone it says so and exits with 1")
    func gone() throws {
        let server = try API(next: [])
        server.server.stop()
        let echo = try EchoProcess(["AWS_LAMBDA_RUNTIME_API": server.server.authority])
        #expect(echo.waitForEnd() == 1)
        #expect(echo.output.contains("[FATAL] the Lambda Runtime API is gone"))
    }

    @Test("a wrong environment is an init error, a message, and exit 1")
    func wrongEnvironment() throws {
        let server = try API(next: [])
        let echo = try EchoProcess(["AWS_LAMBDA_RUNTIME_API": server.server.authority, "ECHO_PROBE": "perhaps"])
        #expect(echo.waitForEnd() == 1)
        #expect(server.answers.first?.contains("expected true or false") == true)
        #expect(echo.output.contains("ECHO_PROBE"))
    }

    @Test("SIGTERM: registered as an extension, shut down, exit 0")
    func terminated() throws {
        let server = try API(next: [API.event("one")], afterwards: .hang)
        let echo = try EchoProcess([
            "AWS_LAMBDA_RUNTIME_API": server.server.authority, "ECHO_PROBE": "1", "AWS_LAMBDA_LOG_LEVEL": "WARN",
        ])
        while server.nextCount < 2, echo.process.isRunning { usleep(1_000) }
        echo.process.terminate()
        #expect(echo.waitForEnd() == 0)
        #expect(echo.output == "shut down\n")
        let targets = server.server.requests.map(\.target)
        #expect(targets.first == "/2020-01-01/extension/register")
        #expect(server.server.requests[0].text == #"{"events":[]}"#)
        let next = try #require(server.server.requests.first { $0.target.hasSuffix("/extension/event/next") })
        #expect(next["Lambda-Extension-Identifier"] == "extension-1")
    }

    @Test("the trace id of each invocation is in the environment, and gone when the next has none")
    func trace() throws {
        let long = String(repeating: "x", count: 5_000)
        let server = try API(
            next: ["Root=1-a;Sampled=1", "", "Root=1-bcdef", long, "Root=2"].map { trace in
                API.event("id", headers: [("Lambda-Runtime-Trace-Id", trace)])
            })
        let echo = try EchoProcess(["AWS_LAMBDA_RUNTIME_API": server.server.authority, "ECHO_PROBE": "1"])
        #expect(echo.waitForEnd() == 1)
        let traces = ["Root=1-a;Sampled=1", "none", "Root=1-bcdef", "none", "Root=2"]
        #expect(server.answers == traces.map { "id/response " + $0 })
    }

    @Test("log frames go to the descriptor Lambda gives for them")
    func telemetry() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { unlink(path) }
        let server = try API(next: [])
        let echo = try EchoProcess(
            [
                "AWS_LAMBDA_RUNTIME_API": server.server.authority, "_LAMBDA_TELEMETRY_LOG_FD": "7",
                "AWS_LAMBDA_LOG_LEVEL": "WARN",
            ], frames: path)
        #expect(echo.waitForEnd() == 1)
        #expect(echo.output.isEmpty)
        let frames = try [UInt8](Data(contentsOf: URL(filePath: path)))
        #expect(frames.starts(with: [0xA5, 0x5A, 0x00, 0x13]))  // text, WARN
        let length = frames[4..<8].reduce(0) { $0 << 8 | Int($1) }
        #expect(String(decoding: frames[16..<16 + length], as: UTF8.self).contains("no invocation received"))
    }
}

/// A started echo program with its output collected.
final class EchoProcess: Sendable {
    static let program = Bundle.main.bundleURL.deletingLastPathComponent().appending(path: "echo").path
    static let candidates = [program, Bundle.main.bundleURL.appending(path: "echo").path]
    static var exists: Bool { path != nil }
    static let path = candidates.first { FileManager.default.isExecutableFile(atPath: $0) }

    let process = Process()
    private let ended = Gate()
    private let standardOutput = Pipe()
    private let standardError = Pipe()

    init(_ environment: [String: String], frames: String? = nil) throws {
        let program = Self.path ?? ""
        process.executableURL = URL(filePath: "/bin/sh")
        let redirection = frames.map { " 7>'\($0)'" } ?? ""
        process.arguments = ["-c", "exec '\(program)'\(redirection)"]
        process.environment = environment
        process.standardOutput = standardOutput
        process.standardError = standardError
        process.terminationHandler = { [ended] _ in ended.open() }
        try process.run()
    }

    func waitForEnd() -> Int32 {
        ended.wait()
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    /// What it printed; once, after its end.
    var output: String { String(decoding: standardOutput.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }
    /// Its standard error; once, after its end.
    var errorOutput: String {
        String(decoding: standardError.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }
}
