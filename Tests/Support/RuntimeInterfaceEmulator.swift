public import Foundation
import Glibc

/// AWS's own Runtime Interface Emulator with one function, on free ports of 127.0.0.1.
public final class RuntimeInterfaceEmulator: Sendable {
    /// What an invocation's caller got.
    public struct Answer: Sendable {
        /// The HTTP status.
        public let status: Int
        /// The function's answer, or the error as JSON.
        public let body: String
    }

    /// Where the emulator lies in the virtual environment, if it is installed; see `isInstalled`.
    private static let program: String? = {
        #if arch(arm64)
            let name = "aws-lambda-rie-arm64"
        #else
            let name = "aws-lambda-rie-x86_64"
        #endif
        let folder = Workspace.root.appending(path: ".build/venv/lib")
        let pythons = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let paths = pythons.map { folder.appending(path: "\($0)/site-packages/samcli/local/rapid/\(name)").path }
        return paths.first { FileManager.default.fileExists(atPath: $0) }
    }()

    /// Whether the emulator is there.
    ///
    /// Tests that need it carry `.enabled(if: …isInstalled, "run ./build.sh")`.
    public static let isInstalled = program != nil

    /// Where the emulator's concurrent mode looks for the function; a link to our folder while it runs.
    private static let link = "/var/task"

    /// Whether concurrent mode can be tried: it takes root to make /var/task, which is not touched when it is there.
    public static let canRunConcurrently =
        isInstalled && geteuid() == 0 && !FileManager.default.fileExists(atPath: link)

    private let process = Process()
    private let ended = Gate()
    private let folder: URL
    private let isLinked: Bool
    private let port: UInt16

    /// Starts the emulator.
    /// - Parameters:
    ///   - zip: the function as it would be deployed: `bootstrap` in a zip.
    ///   - environment: the function's variables.
    ///   - timeout: the function's time limit in seconds.
    ///   - concurrency: how many invocations run at a time; more than one switches to the mode of managed instances.
    public init(zip: URL, environment: [String: String], timeout: Int = 10, concurrency: Int = 1) throws {
        guard let program = Self.program else {
            throw ServerError("the emulator is not installed: run ./build.sh")
        }
        folder = FileManager.default.temporaryDirectory.appending(path: "tocsin-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let emulator = folder.appending(path: "rie")
        try FileManager.default.copyItem(atPath: program, toPath: emulator.path)
        let task = folder.appending(path: "task")
        try Command.run(Workspace.python, ["-m", "zipfile", "-e", zip.path, task.path])
        for file in [emulator, task.appending(path: "bootstrap")] {  // neither pip nor Python's unpacker sets the mode
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        port = try Self.freePort()
        process.executableURL = emulator
        process.arguments = [
            "--runtime-interface-emulator-address", "127.0.0.1:\(port)",
            "--runtime-api-address", "127.0.0.1:\(try Self.freePort())",
            (concurrency > 1 ? Self.link : task.path) + "/bootstrap", "handler",
        ]
        process.environment = environment.merging(["AWS_LAMBDA_FUNCTION_TIMEOUT": "\(timeout)"]) { $1 }
        if concurrency > 1 { process.environment?["AWS_LAMBDA_MAX_CONCURRENCY"] = "\(concurrency)" }
        process.currentDirectoryURL = folder
        let logFile = folder.appending(path: "log")
        try Data().write(to: logFile)
        process.standardOutput = try FileHandle(forWritingTo: logFile)
        process.standardError = process.standardOutput
        isLinked = concurrency > 1
        if isLinked {
            if !FileManager.default.fileExists(atPath: Self.link) { unlink(Self.link) }  // a killed test run's
            try FileManager.default.createSymbolicLink(atPath: Self.link, withDestinationPath: task.path)
        }
        process.terminationHandler = { [ended] _ in ended.open() }
        try process.run()
    }

    deinit { stop() }

    /// Where the function can be invoked, `http://127.0.0.1:<port>`.
    public var url: String { "http://127.0.0.1:\(port)" }

    /// Everything the emulator and the function have printed.
    public var log: String {
        (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? ""
    }

    /// The function's process ids.
    public var functionProcesses: [Int32] {
        // Each thread of the emulator has the children that it started.
        let threads = "/proc/\(process.processIdentifier)/task"
        return ((try? FileManager.default.contentsOfDirectory(atPath: threads)) ?? []).flatMap { thread in
            let text = (try? String(contentsOfFile: "\(threads)/\(thread)/children", encoding: .utf8)) ?? ""
            return text.split(separator: " ").compactMap { Int32($0) }
        }
    }

    /// Invokes the function and waits for its answer.
    ///
    /// While the emulator starts up, tries again for ten seconds.
    public func invoke(_ event: [UInt8]) throws -> Answer {
        let file = folder.appending(path: UUID().uuidString)
        try Data(event).write(to: file)
        let result = try Command.run(Workspace.python, ["-c", Self.client, "\(port)", file.path])
        guard let end = result.output.firstIndex(of: "\n"), let status = Int(result.output[..<end]) else {
            throw ServerError("the emulator gave no answer: \(result.errors)\n\(log)")
        }
        return Answer(status: status, body: String(result.output[result.output.index(after: end)...]))
    }

    /// Ends the emulator and with it the function, and removes what was made for them.
    ///
    /// Safe to call twice.
    public func stop() {
        if process.isRunning {
            process.terminate()
            // A child of the pool's threads may have SIGTERM blocked.
            if !ended.wait() { kill(process.processIdentifier, SIGKILL) }
        }
        if isLinked { unlink(Self.link) }
        try? FileManager.default.removeItem(at: folder)
    }

    private static let client = """
        import http.client, sys, time
        end = time.monotonic() + 10
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=60)
                connection.request("POST", "/2015-03-31/functions/function/invocations", open(sys.argv[2], "rb").read())
                response = connection.getresponse()
                body = response.read().decode()
                starting = response.status == 400 and "Runtime.Unavailable" in body
            except ConnectionRefusedError:
                starting = True
            if not starting or time.monotonic() > end:
                break
            time.sleep(0.02)
        sys.stdout.write(str(response.status) + "\\n" + body)
        """

    static func freePort() throws -> UInt16 {
        let server = try ScriptedServer { _ in .http(599) }
        defer { server.stop() }
        return server.port
    }
}
