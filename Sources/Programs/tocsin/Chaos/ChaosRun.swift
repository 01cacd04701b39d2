import Basics
import ArgumentParser
import DurableExecution
import ExperimentReport
import Experiments
import Glibc
import JSON
import LocalCloud
import SystemPackage
import Transport

/// One run from the terminal, from the file to the journal and the reports.
struct ChaosRun {
    let command: ChaosRunCommand
    let session: ChaosSession
    let log: RunLog
    /// The run's id.
    private let id = ChaosState.newRun(at: .now())

    /// What is told when nothing could be run, in the words of Chaos Toolkit's document for programs.
    private enum Stage: String {
        case load, validation, run

        var errorType: String {
            switch self {
            case .load: "InvalidSource"
            case .validation: "InvalidExperiment"
            case .run: "InterruptExecution"
            }
        }
    }

    /// Runs it.
    /// - Throws: `ExitCode` for everything that does not end with status 0.
    func run() async throws {
        try await stage(.run) { try checkOutputs() }
        let overrides = try command.values.overrides()
        // Programs that are started see the variables of files, too.
        for (name, value) in overrides.environment { setenv(name, value, 1) }
        for path in command.controlFile where access(path, R_OK) != 0 {
            printError("Error: the control file \(path) cannot be read: \(SystemError.last)")
            throw ExitCode(2)
        }
        let settings = try await stage(.load) {
            try ExperimentSettings(file: command.chaos.options.settingsPath(session.environment))
        }
        let experiment = try await stage(.load) { try await session.load(command.source, settings) }
        let notifications = RunNotifications(settings, http: session.http, time: .live(session.loop))
        func notify(_ event: RunNotifications.Event, _ payload: JSONObject, error: String? = nil) async {
            for fault in await notifications.send(event, .object(payload), error: error) { log.write(.debug, fault) }
        }
        await notify(.runStarted, experiment.withoutSecretValues)
        let (options, controls) = try await stage(.validation) {
            if !command.noValidation { try validate(experiment, overrides) }
            let controls = try command.controlFile.map { path in try ExperimentSettings.controls(file: path) }
            return (try command.options(for: experiment, settings), settings.controls + controls.joined())
        }
        let result = try await stage(.run) {
            try await execute(experiment, options, overrides, Controls(globals: controls))
        }
        // A process that is killed later, or waits for a server, must not cost the journal.
        let journalFailure = saveJournal(result)
        if journalFailure == nil, !result.isBroken { await forget() }
        let isCompleted = result.journal["status"] == "completed"
        await notify(isCompleted ? .runCompleted : .runFailed, result.journal)
        if result.journal["deviated"] == true { await notify(.runDeviated, result.journal) }
        try finish(result, journalFailure)
    }

    /// A run whose journal could not be written would leave nobody knowing what it did.
    private func checkOutputs() throws(ExperimentError) {
        for path in [command.journalPath, command.report].compactMap(\.self) {
            // A full disk takes a new name, and no content.
            let draft = "\(path).\(getpid())"
            do {
                try replaceFile(draft, with: [UInt8](repeating: 0x20, count: 1 << 14), draft: draft + "~")
                unlink(draft)
            } catch {
                throw ExperimentError(.notReadable, "nothing is run: \(path) cannot be written: \(error)")
            }
        }
    }

    /// Does a part of the run that may fail as a whole; what is wrong is told and ends with status 1.
    private func stage<R>(_ stage: Stage, _ body: () async throws -> R) async throws -> R {
        do {
            return try await body()
        } catch let error as ExperimentError {
            log.write(.error, error.message)
            try tellFailure(of: stage, error.message)
            throw ExitCode.failure
        } catch let error where !(error is ExitCode || error is CleanExit) {
            try tellFailure(of: stage, "\(error)")
            throw error
        }
    }

    private func tellFailure(of stage: Stage, _ message: String) throws {
        try tell(
            ExperimentReport.agentError(
                stage: stage.rawValue, type: stage.errorType, message: message, source: location))
    }

    private func validate(_ experiment: Experiment, _ overrides: VariableOverrides) throws {
        let findings = session.findings(
            in: experiment, isStrict: command.strict, variables: overrides.environment)
        for finding in findings where finding.severity == .warning { log.write(.warning, finding.text(command.source)) }
        let errors = findings.filter { $0.severity == .error }
        if !errors.isEmpty {
            throw ExperimentError(.invalid, String(errors.text(command.source).trimmingWhitespace))
        }
    }

    // MARK: - The run

    /// Runs the experiment with a log and a ledger on this machine, so that another process can put things back.
    private func execute(
        _ experiment: Experiment, _ options: RunOptions, _ overrides: VariableOverrides, _ controls: Controls
    ) async throws -> ExperimentExecution.Result {
        let interruption = Interruption()
        let place = session.place
        let signals = try await session.forwardSignals(to: interruption, then: place.rollbackInterruption)
        defer { signals.cancel() }
        var prepared = ExperimentExecution.Plan(
            run: id, experiment: experiment, source: command.source, options: options,
            substitution: Substitution(configuration: [:], secrets: [:]), restore: command.restore)
        prepared.details = options.details
        prepared.journal = Files.absolute(command.journalPath)
        prepared.folder = Self.absolute(".")
        let plan = prepared
        let guarding = try await command.limits.readGuard(session)
        // Its writes wait for the disk, which takes longer than a short experiment.
        let needsLedger = experiment.mayLeaveChanges(in: session.registry)
        let ledger = needsLedger ? try session.state.ledger(time: .live(session.loop)) : nil
        let durable = try session.state.durableRun(id)
        let (run, time, session, limits) = (id, TimeSource.live(session.loop), session, command.limits)
        let resolution = session.resolution(overrides, guarding)
        log.write(.info, "Run \(id)")
        do {
            return try await shown(experiment) { events in
                let result = Locked<ExperimentExecution.Result?>(nil)
                _ = try await durable.execute(time: time) { scope in
                    let substitution = try await resolution.values(
                        for: experiment, session.providers, on: scope, events: events)
                    var plan = plan
                    plan.substitution = substitution
                    let safety = try limits.safety(of: experiment, run: run, substitution, guarding, session)
                    let execution = ExperimentExecution(
                        plan, providers: session.providers, controls: controls, environment: place, ledger: ledger,
                        safety: safety)
                    let value = try await execution.run(on: scope, interruption: interruption, events: events)
                    result.withLock { $0 = value }
                    return .null
                }
                guard let result = result.withLock({ $0 }) else { throw CancellationError() }
                return result
            }
        } catch let error as ExperimentError {
            // Nothing was run.
            if [.refused, .configuration, .invalid].contains(error.code) { await forget() }
            throw error
        }
    }

    /// Removes what another process would need to go on with the run.
    private func forget() async {
        let state = session.state
        state.removeLog(of: id)
        do { try await state.forget(id, at: .now()) } catch {
            log.write(.warning, "what is left of \(id) in \(state.folder) could not be removed: \(error)")
        }
    }

    /// Runs a body whose events go to the log, the live view and the events file.
    private func shown(
        _ experiment: Experiment,
        _ body: @escaping @Sendable (@escaping RunEventSink) async throws -> ExperimentExecution.Result
    ) async throws -> ExperimentExecution.Result {
        let options = command.chaos.options
        let screen =
            command.plain || options.verbose || options.logFormat == .json
            ? nil : RunScreen(experiment, run: id, environment: session.environment)
        let eventsFile = try openEventsFile()
        let (log, id) = (log, id)
        let events: RunEventSink = { event in
            log.write(event, onTerminal: screen == nil)
            screen?.take(event)
            if let eventsFile, let line = RunEventLines.line(event, of: id, at: .now()) { eventsFile.write(line) }
        }
        defer {
            if let eventsFile, let failure = eventsFile.failure {
                log.write(.error, "the events file \(eventsFile.path) is not complete: \(failure)")
            }
        }
        guard let screen else { return try await body(events) }
        return try await screen.whileShown { try await body(events) }
    }

    private func openEventsFile() throws -> LineFile? {
        guard let path = command.eventsFile else { return nil }
        do { return try LineFile(path, [.create, .truncate]) } catch {
            printError("Error: the events file \(path) cannot be written: \(error)")
            throw ExitCode(2)
        }
    }

    // MARK: - The end

    /// Writes the journal.
    /// - Returns: why it could not be written; nil when it was.
    private func saveJournal(_ result: ExperimentExecution.Result) -> String? {
        do {
            try writeJournal(result.journal, to: command.journalPath)
            return nil
        } catch {
            let failure = "the journal \(command.journalPath) cannot be written: \(error)"
            log.write(.error, failure)
            return failure
        }
    }

    /// Writes the reports, and ends with the run's status.
    private func finish(_ result: ExperimentExecution.Result, _ journalFailure: String?) throws {
        var isSuccess = result.isSuccess && !result.isBroken && journalFailure == nil
        let journal = JSONValue.object(result.journal)
        if let path = command.report, let format = ReportFormat(ofFile: path) {
            let text = format.text(of: [journal], title: "", paths: [command.journalPath])
            do { try writeOutput(text, to: path) } catch { isSuccess = false }
        }
        if result.isBroken {
            log.write(.critical, "Something is still broken: `tocsin chaos recover --list` shows it.")
        }
        try tell(
            ExperimentReport.agentSummary(
                of: journal, source: location,
                journalPath: journalFailure == nil ? Self.absolute(command.journalPath) : nil,
                eventsPath: command.eventsFile.map(Self.absolute), exitCode: isSuccess ? 0 : 1,
                journalFailure: journalFailure))
        if !isSuccess { throw ExitCode.failure }
    }

    /// Prints the document for programs, where one is wanted.
    private func tell(_ document: JSONValue) throws {
        guard command.output == .agent else { return }
        try printLine(String(decoding: document.serialized(.pretty), as: UTF8.self))
    }

    private var location: String {
        command.source.contains("://") || command.source == "-" ? command.source : Self.absolute(command.source)
    }

    /// As Python's `os.path.abspath`.
    private static func absolute(_ path: String) -> String {
        FilePath(Files.absolute(path)).lexicallyNormalized().string
    }
}
