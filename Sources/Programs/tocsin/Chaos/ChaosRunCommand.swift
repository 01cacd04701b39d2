import AWS
import AWSUserCredentials
public import ArgumentParser
import Basics
import ChaosActivities
import ConfigurationSources
import DurableExecution
public import Experiments
import Glibc
import JSON
import LocalCloud
import SystemPackage
import Transport

struct ChaosRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs the experiment at SOURCE, and writes its journal.",
        discussion: """
            SOURCE is a file, an http(s):// URL or s3://bucket/key, JSON or YAML. Ctrl-C ends the experiment and plays \
            its rollbacks; a second one ends the rollbacks.

            Examples:
              tocsin chaos run experiment.yaml
              tocsin chaos run experiment.yaml --hypothesis-strategy continuously --hypothesis-frequency 5 --fail-fast
              tocsin chaos run experiment.yaml --var url=http://127.0.0.1:8080 --rollback-strategy always
            """
    )

    @Argument(help: "The experiment.")
    var source: String

    @Option(help: ArgumentHelp("Where the journal goes.", valueName: "path"))
    var journalPath = "./journal.json"

    @Option(help: ArgumentHelp("Leave out probes, actions, activities (both) or pauses (pause).", valueName: "what"))
    var dry: RunOptions.Dry?

    @Flag(help: "Run without validating first.")
    var noValidation = false

    @Flag(name: .customLong("no-verify-tls"), help: "Do not verify the certificate of the experiment's server.")
    var noVerifyTLS = false

    @Option(help: ArgumentHelp("When rollbacks are played: default, always, never, deviated.", valueName: "strategy"))
    var rollbackStrategy: RunOptions.RollbackStrategy?

    @Option(
        name: .customLong("var"),
        help: ArgumentHelp("A value of the configuration: name=value or name:type=value.", valueName: "name=value"))
    var variables: [String] = []

    @Option(help: ArgumentHelp("Values in a JSON or YAML file, or variables in a .env file.", valueName: "path"))
    var varFile: [String] = []

    @Option(help: ArgumentHelp("Controls in a JSON or YAML file.", valueName: "path"))
    var controlFile: [String] = []

    @Option(
        help: ArgumentHelp(
            "When the hypothesis is checked: default, before-method-only, after-method-only, during-method-only, "
                + "continuously.", valueName: "strategy"))
    var hypothesisStrategy: HypothesisStrategyWord?

    @Option(help: ArgumentHelp("Seconds between two checks during the method.", valueName: "seconds"))
    var hypothesisFrequency = 1.0

    @Flag(help: "Let the first deviation during the method end it.")
    var failFast = false

    @Option(
        help: ArgumentHelp(
            "When changes that no rollback puts back are undone: interrupted, always, never.", valueName: "when"))
    var restore = RestorePolicy.interrupted

    @Option(help: ArgumentHelp("Write what happens to this file, a line of JSON for each event.", valueName: "path"))
    var eventsFile: String?

    @Flag(help: "Show lines on a terminal, too, instead of the live view.")
    var plain = false

    @Flag(help: "Do what is sane where Chaos Toolkit surprises; `tocsin chaos validate --strict` lists it.")
    var strict = false

    @ParentCommand var chaos: ChaosCommand

    func run() async throws {
        let environment = Environment.current().variables
        if let folder = chaos.options.changeDir, chdir(folder) != 0 {
            throw usageError("The folder \(folder) cannot be entered: \(SystemError.last)")
        }
        let log = RunLog(chaos.options, environment: environment)
        let loop = try EventLoop.onOwnThread()
        let result = try await withTaskExecutorPreference(loop) {
            try await run(on: loop, environment, log)
        }
        do {
            try writeJournal(result.journal, to: journalPath)
        } catch {
            printError("Error: the journal \(journalPath) cannot be written: \(error)")
            throw ExitCode.failure
        }
        if result.isBroken {
            log.write(.critical, "Something is still broken: `tocsin chaos recover --list` shows it.")
        }
        if !result.isSuccess || result.isBroken { throw ExitCode.failure }
    }

    private func run(
        on loop: EventLoop, _ environment: [String: String], _ log: RunLog
    ) async throws -> ExperimentExecution.Result {
        let session = ChaosSession(loop: loop, environment: environment, verifiesTLS: !noVerifyTLS)
        let experiment: Experiment
        do {
            experiment = try await session.load(source)
        } catch let error as ExperimentError {
            log.write(.error, error.message)
            throw ExitCode.failure
        }
        if !noValidation { try validate(experiment, session, log) }
        let interruption = Interruption()
        let place = session.place
        let signals = try await session.forwardSignals(to: interruption, then: place.rollbackInterruption)
        defer { signals.cancel() }
        let screen =
            plain || chaos.options.verbose || chaos.options.logFormat == .json
            ? nil : RunScreen(experiment, environment: environment)
        let eventsFile = try openEventsFile()
        let execution = try execution(of: experiment, session, place, interruption)
        let run: @Sendable () async throws -> ExperimentExecution.Result = {
            try await execution { event in
                log.write(event, onTerminal: screen == nil)
                screen?.take(event)
                if let eventsFile, let line = RunEventLines.line(event, at: .now()) {
                    _ = try? eventsFile.writeAll((line + "\n").utf8)
                }
            }
        }
        guard let screen else { return try await run() }
        return try await screen.whileShown(run)
    }

    private func validate(_ experiment: Experiment, _ session: ChaosSession, _ log: RunLog) throws {
        let findings = session.findings(in: experiment, isStrict: strict)
        for finding in findings where finding.severity == .error { log.write(.error, finding.text(source)) }
        if !findings.isValid { throw ExitCode.failure }
    }

    /// Runs the experiment with a log and a ledger on this machine, so that another process can put things back.
    private func execution(
        of experiment: Experiment, _ session: ChaosSession, _ place: RunEnvironment, _ interruption: Interruption
    ) throws -> @Sendable (@escaping RunEventSink) async throws -> ExperimentExecution.Result {
        let run = ChaosState.newRun(at: .now())
        var plan = ExperimentExecution.Plan(
            run: run, experiment: experiment, source: source, options: options,
            substitution: Substitution(configuration: experiment.configuration, secrets: experiment.secrets),
            restore: restore)
        plan.details = options.details
        plan.journal = Files.absolute(journalPath)
        let ledger = try session.state.ledger(time: .live(session.loop))
        let execution = ExperimentExecution(plan, providers: session.providers, environment: place, ledger: ledger)
        let durable = try session.state.durableRun(run)
        return { events in
            let result = Locked<ExperimentExecution.Result?>(nil)
            _ = try await durable.execute(time: .live(session.loop)) { scope in
                let value = try await execution.run(on: scope, interruption: interruption, events: events)
                result.withLock { $0 = value }
                return .null
            }
            guard let result = result.withLock({ $0 }) else { throw CancellationError() }
            if !result.isBroken { session.state.removeLog(of: run) }
            return result
        }
    }

    private func openEventsFile() throws -> FileDescriptor? {
        guard let eventsFile else { return nil }
        do {
            return try FileDescriptor.open(
                eventsFile, .writeOnly, options: [.create, .truncate],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        } catch {
            throw usageError("The events file \(eventsFile) cannot be written: \(error)")
        }
    }

    private var options: RunOptions {
        var options = RunOptions()
        options.dry = dry
        options.isStrict = strict
        options.failsFast = failFast
        options.hypothesisFrequency = .nanoseconds(Int64(max(0, min(hypothesisFrequency, 1e6)) * 1e9))
        if let hypothesisStrategy { options.hypothesis = hypothesisStrategy.strategy }
        if let rollbackStrategy {
            options.rollbacks = rollbackStrategy
            options.rollsBackWhenInterrupted = false
        }
        return options
    }
}

extension RunOptions.Dry: ExpressibleByArgument {}

extension RunOptions.RollbackStrategy: ExpressibleByArgument {}

extension RestorePolicy: ExpressibleByArgument {}

/// A hypothesis strategy as Chaos Toolkit's command line takes it: without `skip`, with an old misspelling.
struct HypothesisStrategyWord: ExpressibleByArgument {
    let strategy: RunOptions.HypothesisStrategy

    init?(argument: String) {
        guard let strategy = RunOptions.HypothesisStrategy(word: argument), strategy != .skip else { return nil }
        self.strategy = strategy
    }

    static var allValueStrings: [String] {
        RunOptions.HypothesisStrategy.allCases.map(\.rawValue).filter { $0 != "skip" }
    }
}
