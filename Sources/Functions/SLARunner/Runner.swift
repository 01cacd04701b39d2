public import Basics
import Events
import JSON
import Transport

/// Runs the test command, publishes how it went, waits, and begins again.
///
/// Nothing that AWS answers ends it, but for a topic that certainly does not exist when it starts.
public struct Runner: Sendable {
    /// How the process ends.
    public enum Ending: Int32, Sendable {
        /// One run was wanted and its result is published; or `SIGTERM` came.
        case done = 0
        /// The topic does not exist, one run's result could not be published, or Ctrl-C came.
        case failed = 1
    }

    let configuration: Configuration
    let command: any CommandExecuting
    let publisher: any ResultPublishing
    let logs: (any LogStoring)?
    let console: Console
    let time: TimeSource
    let stop: StopSignal
    var limits = OutputLog.Limits()

    private var pending = PendingResults()
    /// Whether the topic was ever there; a topic not found later than that may come back.
    private var topicWasSeen = false

    /// Makes a runner of its parts; `logs` is nil when no output is to be kept.
    public init(
        _ configuration: Configuration, command: any CommandExecuting, publisher: any ResultPublishing,
        logs: (any LogStoring)?, console: Console, time: TimeSource, stop: StopSignal
    ) {
        self.configuration = configuration
        self.command = command
        self.publisher = publisher
        self.logs = logs
        self.console = console
        self.time = time
        self.stop = stop
    }

    /// Runs until one run is done, when only one is wanted, or until it is asked to stop; cancelling the task stops it
    /// at once.
    public mutating func run() async -> Ending {
        announce()
        if configuration.isDisabled {
            console.print("SLA Runner is disabled: it runs nothing until it is started without SLARUNNER_DISABLED.")
            await stop.wait()
            return ending
        }
        do {
            try await checkTopic()
            while stop.reason == nil {
                try await runOnce()
                if configuration.runsOnce { break }
                await pause()
            }
        } catch {
            console.print(error.message)
            return .failed
        }
        return ending
    }

    private func announce() {
        console.print("COMMAND:   \(configuration.commandText)")
        console.print("SNS TOPIC: \(configuration.topic)")
        console.print("S3 BUCKET: \(configuration.bucket ?? "none")")
    }

    private var ending: Ending {
        let lost = pending.envelopes.count
        if lost > 0 { console.complain("\(lost) result\(lost == 1 ? " was" : "s were") never published") }
        if stop.reason == .interrupt { console.print("Exiting") }
        return stop.reason == .interrupt || (configuration.runsOnce && lost > 0) ? .failed : .done
    }

    /// Waits between two runs, shorter when asked to stop.
    private func pause() async {
        await withTaskGroup(of: Void.self) { [configuration, time, stop] tasks in
            tasks.addTask { try? await time.sleep(.seconds(configuration.delay)) }
            tasks.addTask { await stop.wait() }
            await tasks.next()
            tasks.cancelAll()
        }
    }
}

// MARK: - One run

extension Runner {
    private mutating func runOnce() async throws(SLARunnerError) {
        let log = OutputLog(limits: limits)
        let keepsOutput = logs != nil || configuration.isDryRun
        var lastByte = UInt8(ascii: "\n")
        let outcome = await command.run { piece in
            console.output(piece)
            if keepsOutput { log.append(piece) }
            lastByte = piece.last ?? lastByte
        }
        if lastByte != UInt8(ascii: "\n") { console.print("") }
        if outcome.ending == .stopped || Task.isCancelled {
            return console.print("Test result: none, the command was still running when the runner had to stop")
        }
        if let reason = reason(outcome) {
            console.print(reason)
            Array("\n\(reason)\n".utf8).withUnsafeBytes(log.append)
        }
        let result = SLAResult(outcome, at: time.now(), configuration: configuration)
        console.print(
            "Test result: \(result.verdict) with exit code \(outcome.exitCode); "
                + "Execution time: \(outcome.duration.components.seconds)",
            succeeded: result.succeeded)
        if configuration.isDryRun {
            await show(result, log)
        } else {
            try await publish(result)
            await store(log, key: result.logKey)
        }
    }

    /// What the output cannot tell about a failure.
    private func reason(_ outcome: CommandOutcome) -> String? {
        switch outcome.ending {
        case .timedOut:
            "[sla-runner: the command ran longer than its limit of \(configuration.timeLimit ?? .zero) and was killed]"
        case .failed(let error): "[sla-runner: the command could not be run: \(error)]"
        case .exited, .stopped: nil
        }
    }

    private func show(_ result: SLAResult, _ log: OutputLog) async {
        do {
            console.print(try await publisher.topicARN())
        } catch {
            console.complain("cannot form the ARN of topic \(configuration.topic): \(error)")
        }
        console.print(result.json.description)
        for index in 0..<log.pieceCount { log.piece(index).withUnsafeBytes(console.output) }
        console.print(result.logKey)
    }

    private func store(_ log: OutputLog, key: String) async {
        do {
            try await logs?.store(log, key: key)
        } catch {
            console.complain("the output is not stored as \(key): \(error)")
        }
    }
}

// MARK: - Publishing

extension Runner {
    private mutating func checkTopic() async throws(SLARunnerError) {
        if configuration.isDryRun { return }
        do {
            try await publisher.checkTopic()
            topicWasSeen = true
        } catch {
            // A role that may only publish cannot look, and AWS may be out of reach just now.
            try failIfTopicIsMissing(error)
        }
    }

    private mutating func publish(_ result: SLAResult) async throws(SLARunnerError) {
        let dropped = pending.append(result.envelope)
        if dropped > 0 { console.complain("the oldest unpublished result is given up, too many are waiting") }
        do {
            try await pending.publish(to: publisher)
            topicWasSeen = true
        } catch {
            try failIfTopicIsMissing(error)
            console.complain("\(pending.envelopes.count) unpublished, tried again after the next run: \(error)")
        }
    }

    private func failIfTopicIsMissing(_ error: any Error) throws(SLARunnerError) {
        guard !topicWasSeen, let error = error as? SLARunnerError, error.code == .topicDoesNotExist else { return }
        throw error
    }
}
