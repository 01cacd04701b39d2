import Synchronization
import Testing
import Transport

@testable import SLARunner

/// Real commands.
///
/// Long commands end by themselves after ten minutes; the time limit makes a test fail before that.
@Suite(.timeLimit(.minutes(5))) struct CommandRunTests {
    private func run(
        _ command: Command, timeLimit: Duration? = nil, stopTimeout: Duration = .seconds(20),
        stop: StopSignal = StopSignal(), lateOutputTime: Duration = .zero,
        each: (UnsafeRawBufferPointer) -> Void = { _ in }
    ) async throws -> (outcome: CommandOutcome, output: [UInt8]) {
        var configuration = try configuration()
        configuration.command = command
        configuration.timeLimit = timeLimit
        configuration.stopTimeout = stopTimeout
        var output: [UInt8] = []
        var run = CommandRun(configuration, stop: stop, time: systemTime, loop: try Self.loop.get())
        run.lateOutputTime = lateOutputTime
        let outcome = await run.run { piece in
            output += piece
            each(piece)
        }
        return (outcome, output)
    }

    private static let loop = Result { try EventLoop.onOwnThread() }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private static let endings: [(String, CommandOutcome.Ending, String?)] = [
        ("true", .exited(0), ""),
        ("echo out; echo err >&2; echo out", .exited(0), "out\nerr\nout\n"),
        ("printf 'no end of line'; exit 3", .exited(3), "no end of line"),
        ("exit 255", .exited(255), ""),
        ("kill -9 $$", .exited(-9), ""),
        ("nowhere-to-be-found 2>/dev/null", .exited(127), ""),
        ("exec >&- 2>&-; exit 4", .exited(4), ""),
        ("cat; echo end", .exited(0), "end\n"),
        (#"printf '\377\000\r\n'"#, .exited(0), nil),
    ]

    @Test(arguments: endings)
    func shell(line: String, ending: CommandOutcome.Ending, output: String?) async throws {
        let run = try await run(.shell(line))
        #expect(run.outcome.ending == ending)
        #expect(run.output == output.map { Array($0.utf8) } ?? [0xFF, 0, 13, 10])
    }

    @Test func direct() async throws {
        let run = try await run(.direct(["printf", "%s|", "a b", "$HOME", "*"]))
        #expect(run.outcome.ending == .exited(0))
        #expect(text(run.output) == "a b|$HOME|*|")
    }

    @Test(arguments: ["/nowhere/test", "nowhere-to-be-found", "/etc/hosts"])
    func cannotBeRun(program: String) async throws {
        let run = try await run(.direct([program]))
        guard case .failed(let reason) = run.outcome.ending else {
            Issue.record("\(run.outcome)")
            return
        }
        #expect(reason.hasPrefix("\(program): "))
    }

    @Test func measuresTime() async throws {
        let start = ContinuousClock.now
        let run = try await run(.shell("sleep 0.3"))
        #expect(run.outcome.duration >= .milliseconds(300))
        #expect(run.outcome.duration <= ContinuousClock.now - start)
    }

    @Test func hugeOutputArrivesWhole() async throws {
        var configuration = try configuration()
        configuration.command = .shell("head -c 67108864 /dev/zero | tr '\\0' x; echo end")
        var count = 0
        var last: [UInt8] = []
        let run = CommandRun(configuration, stop: StopSignal(), time: systemTime, loop: try Self.loop.get())
        let outcome = await run.run { piece in
            count += piece.count
            last = Array((last + piece).suffix(4))
        }
        #expect(outcome.succeeded)
        #expect(count == 64 << 20 + 4)
        #expect(text(last) == "end\n")
    }

    @Test func everyDescriptorButTheStandardOnesIsClosed() async throws {
        let run = try await run(.shell("ls /proc/self/fd | tr '\\n' ' '"))
        #expect(text(run.output) == "0 1 2 3 ", "3 is ls's own")
    }

    @Test func signalsAreAtTheirDefaults() async throws {
        // Signals 32 and 33 are the C library's own.
        let run = try await run(.shell("grep -E 'Sig(Blk|Ign)' /proc/self/status | cut -f2"))
        let sets = text(run.output).split(separator: "\n").compactMap { UInt64($0, radix: 16) }
        #expect(sets.map { $0 & 0x7FFF_FFFF } == [0, 0])
    }
}

// MARK: - Children that stay

extension CommandRunTests {
    @Test func childHoldingThePipeIsNotWaitedFor() async throws {
        let run = try await run(.shell("sleep 600 & echo $!"))
        #expect(run.outcome.ending == .exited(0))
        let child = try #require(Int32(text(run.output).dropLast()))
        #expect(LiveProcess.isRunning(child))
        LiveProcess.kill(child)
    }

    @Test func childThatNeverStopsWritingIsCutOff() async throws {
        let run = try await run(.shell("timeout 600 yes & sleep 0.2; exit 5"), lateOutputTime: .seconds(600))
        #expect(run.outcome.ending == .exited(5))
    }

    /// The child waits for the gate, which opens only when the command itself has ended.
    @Test("output of a background child that comes after the command's end is kept, until the child closes the pipe")
    func lateOutput() async throws {
        let run = try await run(
            .shell(
                "shell=$$; (while kill -0 $shell 2>/dev/null && ! grep -q ') Z' /proc/$shell/stat; do sleep 0.01; done; "
                    + "echo late) & echo early; exit 3"), lateOutputTime: .seconds(600))
        #expect(run.outcome.ending == .exited(3))
        #expect(text(run.output) == "early\nlate\n")
    }

    @Test("a time limit that passes while late output is read does not make the result a failure")
    func lateOutputIsNotTheRun() async throws {
        let run = try await run(
            .shell("sleep 600 & echo $!"), timeLimit: .milliseconds(300), lateOutputTime: .milliseconds(600))
        #expect(run.outcome.ending == .exited(0))
        LiveProcess.kill(try #require(Int32(text(run.output).dropLast())))
    }

    @Test func manyChildren() async throws {
        let run = try await run(.shell("for i in $(seq 200); do (exit 1) & done; wait; echo done"))
        #expect(run.outcome.ending == .exited(0))
        #expect(text(run.output) == "done\n")
    }
}

// MARK: - Limits

extension CommandRunTests {
    @Test(arguments: [
        "sleep 600",
        "sleep 600 & echo $!; wait",
        "trap '' TERM; sleep 600 & echo $!; sleep 600; sleep 600",
        "trap 'exit 0' TERM; sleep 600 & echo $!; wait",
    ])
    func timeLimitKillsTheWholeGroup(line: String) async throws {
        let run = try await run(.shell(line), timeLimit: .milliseconds(200))
        #expect(run.outcome.ending == .timedOut)
        if let child = Int32(text(run.output).dropLast()) { #expect(try await LiveProcess.hasEnded(child)) }
    }

    @Test func enoughTime() async throws {
        #expect(try await run(.shell("exit 6"), timeLimit: .seconds(60)).outcome.ending == .exited(6))
    }

    @Test func finishesWhenAskedToStop() async throws {
        let stop = StopSignal()
        let run = try await run(.shell("echo begun; sleep 0.3; exit 7"), stop: stop) { _ in stop.request(.terminate) }
        #expect(run.outcome.ending == .exited(7))
    }

    @Test func isStoppedWhenItDoesNotFinish() async throws {
        let stop = StopSignal()
        let run = try await run(.shell("echo begun; sleep 600"), stopTimeout: .milliseconds(100), stop: stop) { _ in
            stop.request(.interrupt)
        }
        #expect(run.outcome.ending == .stopped)
    }

    @Test func cancellingKillsAtOnce() async throws {
        let child = Mutex<Int32?>(nil)
        let task = Task {
            try await run(.shell("trap '' TERM; sleep 600 & echo $!; sleep 600")) { piece in
                child.withLock { $0 = Int32(String(decoding: piece, as: UTF8.self).dropLast()) }
                withUnsafeCurrentTask { $0?.cancel() }
            }
        }
        _ = try await task.value.outcome
        let number = try #require(child.withLock { $0 })
        #expect(try await LiveProcess.hasEnded(number))
    }
}

@Suite struct StopSignalTests {
    @Test func firstReasonCounts() async {
        let stop = StopSignal()
        #expect(stop.reason == nil)
        stop.request(.terminate)
        stop.request(.interrupt)
        #expect(stop.reason == .terminate)
        await stop.wait()
    }

    @Test func wakesEveryWaiterAndOnlyOnce() async {
        let stop = StopSignal()
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<10 { tasks.addTask { await stop.wait() } }
            tasks.addTask { stop.request(.interrupt) }
        }
    }

    @Test func cancellationEndsTheWait() async {
        let stop = StopSignal()
        let task = Task { await stop.wait() }
        task.cancel()
        await task.value
        #expect(stop.reason == nil)
    }
}
