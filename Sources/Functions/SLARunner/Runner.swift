import Basics
import Events
import JSON
import Transport

/// Runs the test command, publishes the result, waits, and starts again.
///
/// An error of AWS ends it only when the topic or the bucket refuses for good, as it ends the original.
struct Runner: Sendable {
    /// The exit status of the process.
    enum Ending: Int32, Sendable {
        /// One run was wanted and its result is published; or SIGTERM or SIGHUP came.
        case done = 0
        /// The topic or bucket refuses, one run's result could not be published, or Ctrl-C came.
        case failed = 1
    }

    let configuration: RunnerConfiguration
    let command: any CommandExecuting
    let publisher: any ResultPublishing
    let logs: (any LogStoring)?
    let streams: StandardStreams
    let time: TimeSource
    let stop: StopSignal
    var limits = OutputLog.Limits()

    private var pending = PendingResults()

    /// - Parameter logs: nil when no output is kept.
    init(
        _ configuration: RunnerConfiguration, command: any CommandExecuting, publisher: any ResultPublishing,
        logs: (any LogStoring)?, streams: StandardStreams, time: TimeSource, stop: StopSignal
    ) {
        self.configuration = configuration
        self.command = command
        self.publisher = publisher
        self.logs = logs
        self.streams = streams
        self.time = time
        self.stop = stop
    }

    /// Runs the command once, when only one run is wanted, or until it is asked to stop.
    ///
    /// Cancelling the task stops it at once.
    mutating func run() async -> Ending {
        announce()
        if configuration.isDisabled {
            streams.print(
                "SLA Monitor is disabled.  To enable SLA Monitor, please either set SSM parameter SLARUNNER_DISABLED to "
                    + "false or unset the parameter and rerun sla-runner.")
            await stop.wait()
            return end()
        }
        do {
            try await checkTopic()
            while stop.reason == nil {
                try await runOnce()
                if configuration.runsOnce { break }
                await pause()
            }
        } catch {
            streams.print(error.message)
            _ = end()
            return .failed
        }
        return end()
    }

    private func announce() {
        streams.print("COMMAND:   \(configuration.commandText)")
        streams.print("SNS TOPIC: \(configuration.topic)")
        streams.print("S3 BUCKET: \(configuration.bucket ?? "none")")
    }

    /// Reports what was not published, and decides the exit status.
    private func end() -> Ending {
        let lost = pending.envelopes.count
        if lost > 0 { streams.warn("\(counted(lost, "result")) \(lost == 1 ? "was" : "were") never published") }
        if stop.reason == .interrupt { streams.print("Exiting") }
        return stop.reason == .interrupt || (configuration.runsOnce && lost > 0) ? .failed : .done
    }

    /// Waits between two runs, at most until the runner is asked to stop.
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
        // These lines, and those of the result, are the original's: what reads its output finds them.
        streams.print("Beginning new loop...")
        streams.print("Executing: \(configuration.commandText.asPythonWords)")
        let log = OutputLog(limits: limits)
        let keepsOutput = logs != nil || configuration.isDryRun
        var lastByte = UInt8(ascii: "\n")
        let outcome = await command.run { piece in
            streams.output(piece)
            if keepsOutput { log.append(piece) }
            lastByte = piece.last ?? lastByte
        }
        if lastByte != UInt8(ascii: "\n") { streams.print("") }
        if outcome.ending == .stopped || Task.isCancelled {
            return streams.print("Test result: none, the command was still running when the runner had to stop")
        }
        if let reason = reason(outcome) {
            streams.print(reason)
            Array("\n\(reason)\n".utf8).withUnsafeBytes(log.append)
        }
        let result = SLAResult(outcome, at: time.now(), configuration: configuration)
        streams.print(
            "Test result: \(result.verdict) with exit code \(outcome.exitCode); "
                + "Execution time: \(outcome.duration.components.seconds)",
            succeeded: result.succeeded)
        if configuration.isDryRun {
            await show(result, log)
        } else {
            try await publish(result)
            try await store(log, key: result.logKey)
        }
    }

    /// The reason of a failure that the command's output does not show.
    private func reason(_ outcome: CommandOutcome) -> String? {
        switch outcome.ending {
        case .timedOut:
            "[sla-runner: the command ran longer than its limit"
                + (configuration.timeLimit.map { " of \($0.text)" } ?? "") + " and was killed]"
        case .failed(let error): "[sla-runner: the command could not be run: \(error)]"
        case .exited, .stopped: nil
        }
    }

    private func show(_ result: SLAResult, _ log: OutputLog) async {
        do {
            streams.print(try await publisher.topicARN())
        } catch {
            streams.warn("cannot form the ARN of topic \(configuration.topic): \(error)")
        }
        streams.print(result.json.description)
        for index in 0..<log.pieceCount { log.piece(index).withUnsafeBytes(streams.output) }
        streams.print(result.logKey)
    }

    private func store(_ log: OutputLog, key: String) async throws(SLARunnerError) {
        do {
            try await logs?.store(log, key: key)
        } catch let error as SLARunnerError where error.code == .refused {
            throw error
        } catch {
            streams.warn("the output is not stored as \(key): \(error)")
        }
    }
}

// MARK: - Publishing

extension Runner {
    private mutating func checkTopic() async throws(SLARunnerError) {
        if configuration.isDryRun { return }
        do {
            try await publisher.checkTopic()
        } catch let error as SLARunnerError where error.isFinal {
            throw error
        } catch {
            // A role that may only publish cannot read the topic, and AWS may be unreachable for a moment.
        }
    }

    private mutating func publish(_ result: SLAResult) async throws(SLARunnerError) {
        let dropped = pending.append(result.envelope)
        if dropped > 0 { streams.warn("the oldest unpublished result is dropped, too many are waiting") }
        do {
            try await pending.publish(to: publisher)
        } catch let error as SLARunnerError where error.isFinal {
            throw error
        } catch {
            streams.warn("\(pending.envelopes.count) unpublished, tried again after the next run: \(error)")
        }
    }
}

extension SLARunnerError {
    /// Whether trying again is in vain.
    fileprivate var isFinal: Bool { code == .topicDoesNotExist || code == .refused }
}

extension String {
    /// The text's words as Python prints a list of them, which the original does: `['echo', "it's"]`.
    var asPythonWords: String {
        let words = split(separator: " ", omittingEmptySubsequences: false).map { word in
            let quote: Character = word.contains("'") && !word.contains("\"") ? "\"" : "'"
            let escaped = word.unicodeScalars.map { scalar in
                switch scalar {
                case "\\": "\\\\"
                case "\n": "\\n"
                case "\r": "\\r"
                case "\t": "\\t"
                case "'" where quote == "'": "\\'"
                case _ where scalar.value < 0x20 || (0x7F...0xA0).contains(scalar.value):
                    "\\x" + [UInt8(scalar.value)].hex
                default: String(scalar)
                }
            }
            return "\(quote)\(escaped.joined())\(quote)"
        }
        return "[\(words.joined(separator: ", "))]"
    }
}

/// Why the runner cannot start or go on.
typealias SLARunnerError = CodedError<SLARunnerErrorCode>

/// The kinds of failure of the runner.
enum SLARunnerErrorCode: String, ErrorCode {
    /// Variables are missing or wrong; the message is ready to print, one line for each.
    case invalidEnvironment
    /// An argument on the command line is unknown.
    case invalidArgument
    /// The command needs a shell and there is none.
    case noShell
    /// SNS says for certain that the topic does not exist.
    case topicDoesNotExist
    /// The topic or the bucket refuses what is sent to it, and will not change its mind.
    case refused
    /// A response of AWS lacks a field that it must have.
    case unexpectedAnswer
}
