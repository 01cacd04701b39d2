import Basics
import Foundation
import Testing
import TestSupport

/// The built binary, run as users run it.
///
/// Topics are ARNs and runs are dry, so that nothing of AWS is asked.
@Suite(.serialized) struct ProgramTests {
    /// Next to the test's own executable.
    static let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "sla-runner").path

    private func run(_ arguments: [String] = [], _ more: [String: String] = [:]) async throws -> Command.Result {
        try await offPool { try Command.run(Self.path, arguments, environment: Self.environment(more)) }
    }

    /// Runs a shell line in which `$0` is the runner.
    private func shell(_ line: String, _ more: [String: String] = [:]) async throws -> String {
        try await offPool {
            try Command.run("bash", ["-c", line, Self.path], environment: Self.environment(more)).output
        }
    }

    private static func environment(_ more: [String: String]) -> [String: String] {
        variables([
            "SLARUNNER_SNSTOPICNAME": "arn:aws:sns:eu-central-1:123456789012:t", "SLARUNNER_DRYRUN": "1",
            "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "not-to-be-printed",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        ]).merging(more) { $1 }
    }

    @Test("a setting of AWS that has no effect is named once at the start")
    func ignoredSetting() async throws {
        let result = try await run(
            ["--once"], ["SLARUNNER_COMMAND": "true", "AWS_DATA_PATH": "/models", "AWS_PAGER": "less"])
        #expect(result.status == 0)
        #expect(
            result.errors == "sla-runner: AWS_DATA_PATH=/models has no effect: the models of the services are part of "
                + "this program\n")
    }

    @Test func oneDryRun() async throws {
        let result = try await run(["--once"], ["SLARUNNER_COMMAND": "echo out; echo err >&2; exit 3"])
        #expect(result.status == 0)
        #expect(result.errors == "")
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines[0] == "SLA Runner version \(TocsinVersion.current)")
        #expect(
            lines[1..<10] == [
                "COMMAND:   echo out; echo err >&2; exit 3", "SNS TOPIC: arn:aws:sns:eu-central-1:123456789012:t",
                "S3 BUCKET: none", "Beginning new loop...",
                "Executing: ['echo', 'out;', 'echo', 'err', '>&2;', 'exit', '3']", "out", "err",
                "Test result: FAILURE with exit code 3; Execution time: 0",
                "arn:aws:sns:eu-central-1:123456789012:t",
            ])
        #expect(lines[10].contains(#""succeeded":false,"service":"shop""#))
        #expect(lines[11...12] == ["out", "err"])
        #expect(try #require(lines[13].wholeMatch(of: /shop\/(\d{10,})_FAILURE/)).1 > "1700000000")
        #expect(!result.output.contains("not-to-be-printed"))
    }

    @Test(arguments: [
        ("SLARUNNER_DELAY", "    Delay ($SLARUNNER_DELAY) is a required argument."),
        ("SLARUNNER_COMMAND", "    Command ($SLARUNNER_COMMAND) is a required argument."),
        ("SLARUNNER_SERVICE", "    Service ($SLARUNNER_SERVICE) is a required argument."),
        ("SLARUNNER_SNSTOPICNAME", "    SNS Topic Name ($SLARUNNER_SNSTOPICNAME) is a required argument."),
    ])
    func missingVariable(name: String, line: String) async throws {
        let result = try await run([], [name: ""])
        #expect(result.status == 1)
        #expect(result.output.hasSuffix("\nMissing required arguments:\n\(line)\n"))
    }

    @Test(arguments: [("--help", 0), ("--version", 0), ("--onse", 2)])
    func arguments(argument: String, status: Int32) async throws {
        let result = try await run([argument], ["SLARUNNER_COMMAND": ""])
        #expect(result.status == status)
        #expect(result.output.isEmpty == (status != 0))
        #expect(result.errors.isEmpty == (status == 0))
    }

    private static let hidesProc: Bool = {
        let result = try? Command.run("unshare", ["-m", "sh", "-c", "mount -t tmpfs none /proc"])
        return result?.status == 0
    }()

    /// The delay lets a second pass in which a thread of dispatch would look into /proc and end the process.
    @Test(
        "without /proc it runs, reads its arguments and ends as usual",
        .enabled(if: hidesProc, "needs the right to mount: run as root"))
    func withoutProc() async throws {
        let result = try await offPool {
            try Command.run(
                "unshare", ["-m", "sh", "-c", "mount -t tmpfs none /proc; exec \"$0\" --once", Self.path],
                environment: Self.environment(["SLARUNNER_COMMAND": "sleep 2; echo out; exit 3"]))
        }
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("\nout\nTest result: FAILURE with exit code 3; Execution time: 2\n"))
        #expect(result.output.hasSuffix("_FAILURE\n"))
    }

    @Test("a failure is one, too, where the parent ignores SIGCHLD and the kernel would keep no exit code")
    func ignoredChildSignal() async throws {
        let python = """
            import os, signal, sys
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            os.execv(sys.argv[1], [sys.argv[1], "--once"])
            """
        let result = try await offPool {
            try Command.run(
                "python3", ["-c", python, Self.path], environment: Self.environment(["SLARUNNER_COMMAND": "exit 3"]))
        }
        #expect(result.output.contains("FAILURE with exit code 3"), "\(result.output) \(result.errors)")
    }

    @Test func binaryOutputPassesUnchanged() async throws {
        let output = try await shell(
            #""$0" --once | od -v -An -tx1 | tr -d ' \n'"#, ["SLARUNNER_COMMAND": #"printf '\377\000\376'"#])
        #expect(output.contains("0aff00fe0a"))
    }

    @Test func closedOutputEndsNothing() async throws {
        #expect(try await shell(#""$0" --once >&- 2>&-; echo $?"#) == "0\n")
        let broken = try await shell(
            #""$0" --once | head -c 1; echo ${PIPESTATUS[0]}"#, ["SLARUNNER_COMMAND": "head -c 1000000 /dev/zero"])
        #expect(broken == "S0\n")
    }

    @Test func hugeOutputStaysOutOfMemory() async throws {
        let python = """
            import subprocess, resource, sys
            with open("/dev/null", "w") as nothing: code = subprocess.call([sys.argv[1], "--once"], stdout=nothing)
            print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
            """
        let result = try await offPool {
            try Command.run(
                "python3", ["-c", python, Self.path],
                environment: Self.environment(["SLARUNNER_COMMAND": "head -c 268435456 /dev/zero"]))
        }
        let words = result.output.split(whereSeparator: \.isWhitespace)
        #expect(words.first == "0")
        #expect(try #require(words.last.flatMap { Int($0) }) < 120_000, "\(result.output) \(result.errors)")
    }
}

// MARK: - Signals

extension ProgramTests {
    /// A runner at work whose output is read line by line.
    private final class Started: Sendable {
        let process = Foundation.Process()
        private let ended = Gate()
        let pipe = Pipe()
        let errors = Pipe()

        init(_ more: [String: String]) throws {
            process.executableURL = URL(fileURLWithPath: ProgramTests.path)
            process.environment = ProcessInfo.processInfo.environment
                .merging(ProgramTests.environment(more)) { $1 }
            process.standardOutput = pipe
            process.standardError = errors
            process.terminationHandler = { [ended] _ in ended.open() }
            try process.run()
            // A defect must fail the test, not hang it.
            let number = process.processIdentifier
            DispatchQueue.global().asyncAfter(deadline: .now() + 60) { [weak self] in
                if self != nil { kill(number, SIGKILL) }
            }
        }

        deinit { process.terminate() }

        func signal(_ number: Int32) { kill(process.processIdentifier, number) }

        /// Reads on until the text has come, or to the end.
        func read(until text: String, from pipe: Pipe? = nil) async throws -> String {
            let file = (pipe ?? self.pipe).fileHandleForReading
            return try await offPool {
                var output = ""
                while !output.contains(text) {
                    let piece = file.availableData
                    if piece.isEmpty { break }
                    output += String(decoding: piece, as: UTF8.self)
                }
                return output
            }
        }

        /// The exit status, or 128 + the signal that ended it.
        func end() async throws -> Int32 {
            let (process, ended) = (process, ended)
            return try await offPool {
                ended.wait()
                return process.terminationStatus + (process.terminationReason == .exit ? 0 : 128)
            }
        }
    }

    @Test(
        "a hang-up lets the command finish as SIGTERM does",
        arguments: [(SIGTERM, 0), (SIGINT, 1), (SIGHUP, 0)] as [(Int32, Int32)])
    func finishesTheRunningCommand(signal: Int32, status: Int32) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let gate = folder.appending(path: "gate").path
            mkfifo(gate, 0o600)
            let runner = try Started(["SLARUNNER_COMMAND": "echo begun; cat '\(gate)'; echo ended"])
            #expect(try await runner.read(until: "begun\n").contains("begun\n"))
            runner.signal(signal)
            try await offPool { try "from the gate\n".write(toFile: gate, atomically: false, encoding: .utf8) }
            let output = try await runner.read(until: "never")
            #expect(output.contains("from the gate\nended\nTest result: SUCCESS"))
            #expect(output.hasSuffix("Exiting\n") == (signal == SIGINT))
            #expect(try await runner.end() == status)
        }
    }

    @Test(arguments: [(SIGTERM, 0 as Int32), (SIGINT, 1 as Int32)])
    func endsWhileWaiting(signal: Int32, status: Int32) async throws {
        let runner = try Started(["SLARUNNER_DELAY": "1000"])
        #expect(try await runner.read(until: "_SUCCESS\n").contains("_SUCCESS\n"))
        runner.signal(signal)
        #expect(try await runner.end() == status)
    }

    @Test func endsWhileDisabled() async throws {
        let runner = try Started(["SLARUNNER_DISABLED": "true"])
        #expect(try await runner.read(until: "SLARUNNER_DISABLED").contains("disabled"))
        runner.signal(SIGTERM)
        #expect(try await runner.end() == 0)
    }

    @Test func secondSignalStopsAtOnce() async throws {
        let runner = try Started(["SLARUNNER_COMMAND": "trap '' TERM INT; echo begun-$$-; sleep 60; sleep 60"])
        let output = try await runner.read(until: "-\n")
        let shell = try #require(output.firstMatch(of: /begun-(\d+)-/).flatMap { Int32($0.1) })
        runner.signal(SIGINT)
        #expect(try await runner.read(until: "at once", from: runner.errors).contains("stopping"))
        runner.signal(SIGTERM)
        #expect(try await runner.end() == 1)
        #expect(try await LiveProcess.hasEnded(shell))
    }

    @Test("a hang-up does not leave the command behind")
    func hangUp() async throws {
        let runner = try Started([
            "SLARUNNER_COMMAND": "echo begun-$$-; sleep 60; sleep 60", "SLARUNNER_STOP_TIMEOUT": "100ms",
        ])
        let output = try await runner.read(until: "-\n")
        let shell = try #require(output.firstMatch(of: /begun-(\d+)-/).flatMap { Int32($0.1) })
        runner.signal(SIGHUP)
        #expect(try await runner.end() == 0)
        #expect(try await LiveProcess.hasEnded(shell))
    }

    @Test("under nohup a hang-up is ignored")
    func nohup() async throws {
        let output = try await shell(
            #"trap '' HUP; "$0" --once"#, ["SLARUNNER_COMMAND": "kill -HUP $PPID; exit 4"])
        #expect(output.contains("Test result: FAILURE with exit code 4"))
    }

    @Test func stopTimeoutIsObeyed() async throws {
        let runner = try Started([
            "SLARUNNER_COMMAND": "echo begun; sleep 60", "SLARUNNER_STOP_TIMEOUT": "100ms",
        ])
        #expect(try await runner.read(until: "begun\n").contains("begun"))
        runner.signal(SIGTERM)
        #expect(try await runner.read(until: "never").hasSuffix("when the runner had to stop\n"))
        #expect(try await runner.end() == 0)
    }
}
