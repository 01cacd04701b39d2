import Basics
import Foundation
import Glibc
import TestSupport
import Testing
import Transport

@testable import Processes

/// Real programs.
///
/// Long ones end by themselves after ten minutes; the time limit makes a test fail before that.
@Suite(.timeLimit(.minutes(5))) struct ChildCommandTests {
    private static let loop = Result { try EventLoop.onOwnThread() }

    private func run(
        _ words: [String], environment: [String: String]? = nil, timeout: Duration = .seconds(240),
        _ change: (inout ChildCommand) -> Void = { _ in }
    ) async throws -> ChildCommand.Result {
        var command = ChildCommand(words, environment: environment, timeout: timeout)
        change(&command)
        return try await command.run(on: Self.loop.get())
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test(
        arguments: [
            ("true", 0, "", ""), ("echo out; echo err >&2; exit 3", 3, "out\n", "err\n"), ("kill -9 $$", -9, "", ""),
            ("exec >&- 2>&-; exit 4", 4, "", ""), ("cat; echo end", 0, "end\n", ""),
        ] as [(String, Int32, String, String)])
    func bothOutputsAndTheExitCodeAreTaken(line: String, code: Int32, output: String, errors: String) async throws {
        let result = try await run(["/bin/sh", "-c", line])
        #expect(result.exitCode == code)
        #expect(text(result.output) == output)
        #expect(text(result.errors) == errors)
    }

    @Test func argumentsReachTheProgramAsTheyAre() async throws {
        #expect(text(try await run(["printf", "%s|", "a b", "$HOME", "*", ""]).output) == "a b|$HOME|*||")
    }

    @Test func theEnvironmentIsTheGivenOneAlone() async throws {
        let result = try await run(["/usr/bin/env"], environment: ["A": "1=2", "B": ""])
        #expect(Set(text(result.output).split(separator: "\n")) == ["A=1=2", "B="])
        #expect(text(try await run(["/usr/bin/env"]).output).contains("PATH="))
    }

    @Test("a program in the background that holds the pipe is not waited for")
    func background() async throws {
        let result = try await run(["/bin/sh", "-c", "sleep 600 & echo $!"])
        let child = try #require(Int32(text(result.output).dropLast()))
        kill(child, SIGKILL)
        #expect(result.exitCode == 0)
    }

    @Test("standard error is cut at its limit, and the program goes on")
    func manyErrors() async throws {
        let result = try await run(["/bin/sh", "-c", "head -c 300000 /dev/zero >&2; echo end"])
        #expect(result.errors.count == 16 << 10)
        #expect(text(result.output) == "end\n")
    }

    @Test(arguments: [(100, 100, true), (100, 101, false), (0, 0, true)])
    func outputAboveTheLimitIsRefused(limit: Int, count: Int, isTaken: Bool) async throws {
        let words = ["/bin/sh", "-c", "head -c \(count) /dev/zero"]
        if isTaken {
            #expect(try await run(words) { $0.maximumOutput = limit }.output.count == count)
        } else {
            let error = await #expect(throws: ProcessError.self) { try await run(words) { $0.maximumOutput = limit } }
            #expect(error?.code == .tooMuchOutput)
        }
    }

    @Test func endlessOutputIsCutOff() async {
        let error = await #expect(throws: ProcessError.self) { try await run(["yes"]) }
        #expect(error?.code == .tooMuchOutput)
    }

    @Test(arguments: ["/nowhere/tool", "nowhere-to-be-found", "/etc/hosts"])
    func whatCannotBeRunIsNamed(program: String) async {
        let error = await #expect(throws: ProcessError.self) { try await run([program, "secret"]) }
        #expect(error?.code == .notStarted)
        #expect(error?.message.hasPrefix("cannot run \(program): ") == true)
        #expect(error?.message.contains("secret") == false)
    }

    @Test("a program is ended at its time limit, also when it ignores SIGTERM", arguments: ["", "trap '' TERM; "])
    func timeLimit(prefix: String) async {
        let error = await #expect(throws: ProcessError.self) {
            try await run(
                ["/bin/sh", "-c", prefix + "i=0; while [ $i -lt 600 ]; do sleep 1; i=$((i+1)); done"],
                timeout: .milliseconds(200))
        }
        #expect(error?.code == .timedOut)
        #expect(error?.message == "/bin/sh did not end within 200 ms")
    }

    @Test func cancellingTheTaskKillsTheProgram() async throws {
        try await Workspace.withTemporaryFolder { folder in
            // Opening a named pipe waits for the other side, so the program runs when its number has been read.
            let pipe = folder.appending(path: "pipe").path
            #expect(mkfifo(pipe, 0o600) == 0)
            let task = Task { try await run(["/bin/sh", "-c", "echo $$ > \(pipe); exec sleep 600"]) }
            let line = try #require(try FileHandle(forReadingAtPath: pipe)?.readToEnd())
            let process = try #require(Int32(text(Array(line)).dropLast()))
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(kill(process, 0) == -1)
        }
    }
}
