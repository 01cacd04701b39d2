import AWS
public import Basics
import DurableExecution
import Glibc
import JSON
import Processes
import Transport

/// The program `adjust`, which a servo runs in place of servo-fargate's driver.
///
/// Source: `adjust.py` of opsani/servo, and `adjust` of servo-fargate.
public enum ServoDriver {
    /// The original's, which servos report.
    static let version = "0.0.1"
    /// Longer input is no adjustment.
    private static let maximumInputBytes = 64 << 20

    /// Runs to the end of the program and returns its exit status.
    /// - Parameter arguments: the command line without the program's name.
    public static func run(_ arguments: [String], environment: Environment) -> Int32 {
        openMissingDescriptors()
        signal(SIGPIPE, SIG_IGN)  // a servo that is gone must not end the way back
        let output = DriverOutput()
        // A servo asks for --info before each call: nothing else happens before it.
        switch DriverArguments(arguments) {
        case .wrong(let text):
            output.logText(text)
            return 2
        case .help: output.text(DriverArguments.helpText)
        case .version: output.text(version)
        case .info: output.line(["version": .string(version), "has_cancel": true])
        case .describe: return run(environment, output, describe)
        case .adjust:
            EarlyCancellation.install()
            let request: AdjustmentRequest
            do { request = try readRequest() } catch { return DriverResult.failed(error).print(on: output) }
            return run(environment, output) { try await adjust(request, $0) }
        case .recover(let application):
            EarlyCancellation.install()
            return run(environment, output) { try await recover(application, $0) }
        }
        return 0
    }

    private static func run(
        _ environment: Environment, _ output: DriverOutput,
        _ body: @escaping @Sendable (DriverSession) async throws -> DriverResult?
    ) -> Int32 {
        do {
            let result = try EventLoop.run { loop in
                let settings = try DriverSettings(environment: environment, loop: loop)
                for warning in settings.warnings { output.log("warning: \(warning)") }
                try await settings.checkCredentials()
                var adjuster = Adjuster(
                    settings.configuration, clients: try AdjusterClients(settings.aws), store: settings.store)
                adjuster.interval = settings.interval ?? adjuster.interval
                adjuster.lease = settings.lease ?? adjuster.lease
                return try await body(DriverSession(settings: settings, adjuster: adjuster, output: output, loop: loop))
            }
            return result?.print(on: output) ?? 0
        } catch { return DriverResult.failed(error).print(on: output) }
    }

    private static func describe(_ session: DriverSession) async throws -> DriverResult? {
        session.output.line(try await session.adjuster.describe { session.output.log("warning: \($0)") })
        return nil
    }

    private static func adjust(_ request: AdjustmentRequest, _ session: DriverSession) async throws -> DriverResult? {
        let configuration = session.settings.configuration
        let wanted = Set(request.components.filter { !$0.settings.isEmpty }.map(\.name))
        let components = configuration.components.map(\.name).filter(wanted.contains)
        let progress = DriverProgress(components, output: session.output, time: session.settings.aws.time)
        let outcomes = try await cancellable(session, progress) { cancellation in
            for component in components {
                progress.tell(
                    AdjustmentProgress(progress: 0, "adjusting fargate settings for component \(component)"))
            }
            for warning in request.unknownSettings(in: configuration) {
                session.output.failure(error: "none", type: "warning", warning)
            }
            return try await session.untilLeaseEnds(of: components, progress, unless: cancellation) {
                try await session.adjuster.adjust(
                    request, run: runID(session.settings.aws.time), cancellation: cancellation,
                    observer: progress.tell)
            }
        }
        let result = DriverResult.adjusted(outcomes)
        if result.failure == nil { progress.tell(AdjustmentProgress(progress: 100, "adjust complete")) }
        return result
    }

    private static func recover(_ application: String, _ session: DriverSession) async throws -> DriverResult? {
        guard session.settings.store != nil else {
            throw AdjusterError(.invalidConfiguration, "there is no record to recover from: set ADJUST_STATE")
        }
        let components = session.settings.configuration.components
        let progress = DriverProgress(components.map(\.name), output: session.output, time: session.settings.aws.time)
        let outcomes = try await cancellable(session, progress) { cancellation in
            progress.tell(
                AdjustmentProgress(progress: 0, "ending what is left open of the services of \(application)"))
            let names = components.map(\.name)
            // Of all attempts: the next one does not find again what this one has ended.
            var outcomes: [AdjustmentOutcome] = []
            do {
                return try await session.untilLeaseEnds(of: names, progress, unless: cancellation) {
                    let ended = try await session.adjuster.recover(
                        only: session.services(of: names), cancellation, progress.tell)
                    for outcome in ended { session.output.log("\(outcome.component): \(outcome.message)") }
                    outcomes += ended
                    guard let open = try await session.openRuns(of: names).first else { return outcomes }
                    throw AdjusterError(.refused, open)
                }
            } catch let error as AdjusterError where !outcomes.isEmpty {
                let ended = outcomes.map { "\($0.component): \($0.message)" }.joined(separator: "; ")
                throw AdjusterError(error.code, "\(error.message); ended before that: \(ended)", underlying: error)
            }
        }
        let result = DriverResult.recovered(outcomes)
        if result.failure == nil {
            progress.tell(AdjustmentProgress(progress: 100, outcomes.isEmpty ? "nothing was open" : "recovered"))
        }
        return result
    }

    /// Runs a body whose waits signals end, while progress is told.
    private static func cancellable(
        _ session: DriverSession, _ progress: DriverProgress,
        _ body: @escaping @Sendable (DurableSignal) async throws -> [AdjustmentOutcome]
    ) async throws -> [AdjustmentOutcome] {
        let cancellation = DriverCancellation(
            output: session.output, progress: progress,
            location: session.settings.store.map { _ in
                session.settings.location
            })
        let signals =
            isIgnored(SIGHUP)
            ? try await session.loop.signals(SIGUSR1, SIGTERM, SIGINT)
            : try await session.loop.signals(SIGUSR1, SIGTERM, SIGINT, SIGHUP)
        EarlyCancellation.end()
        return try await withThrowingTaskGroup(of: [AdjustmentOutcome]?.self) { group in
            group.addTask { try await body(cancellation.signal) }
            group.addTask {
                await cancellation.listen(to: signals)
                return nil
            }
            group.addTask {
                await progress.keepAlive()
                return nil
            }
            defer { group.cancelAll() }
            while let ended = try await group.next() { if let ended { return ended } }
            return []
        }
    }

    private static func runID(_ time: TimeSource) -> String { "adjust-\(time.now().iso8601Basic)-\(getpid())" }
}

// MARK: - Input

extension ServoDriver {
    /// Reads standard input to its end.
    /// - Throws: an error with the original's words.
    private static func readRequest() throws -> AdjustmentRequest {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try contents(ofDescriptor: STDIN_FILENO, limit: maximumInputBytes) } catch {
            throw UnreadableInput(description: "OSError) standard input: \(error)")
        }
        return try request(bytes)
    }

    /// What was read, as a request.
    static func request(_ bytes: [UInt8]) throws -> AdjustmentRequest {
        let json: JSONValue
        do throws(JSONError) { json = try JSONValue(parsing: bytes) } catch {
            let place = error.line.map { ": line \($0) column \(error.column ?? 1)" } ?? ""
            let reason = Self.emptyInput(bytes) ?? error.message + place
            throw UnreadableInput(description: "JSONDecodeError) \(reason)")
        }
        guard json.isTruthy else { throw AdjusterError(.invalidInput, "Received no settings to adjust.") }
        return try AdjustmentRequest(json)
    }

    /// Python's words for the commonest fault, an input without any JSON; nil for another one.
    private static func emptyInput(_ bytes: [UInt8]) -> String? {
        guard bytes.allSatisfy({ [0x20, 0x09, 0x0A, 0x0D].contains($0) }) else { return nil }
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        let column = (lines.last?.count ?? 0) + 1
        return "Expecting value: line \(lines.count) column \(column) (char \(bytes.count))"
    }

    /// Input that is no JSON.
    private struct UnreadableInput: Error, CustomStringConvertible {
        let description: String

        init(description: String) {
            self.description = "failed to parse input:Failed to read input descriptor on stdin -> (" + description
        }
    }
}

extension AdjustmentRequest {
    /// The original's warning for each component of which a setting is not in the configuration.
    func unknownSettings(in configuration: AdjusterConfiguration) -> [String] {
        components.compactMap { wanted in
            guard let component = configuration.component(wanted.name) else { return nil }
            let known = Set(["cpu", "mem", "memory", "replicas"] + component.environment.map(\.name))
            let unknown = wanted.settings.map(\.name).filter { !known.contains($0) }
            guard !unknown.isEmpty else { return nil }
            return "component \(wanted.name) input contains unknown setting(s): \(unknown.joined(separator: ", "))"
        }
    }
}
