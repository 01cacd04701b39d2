import ArgumentParser
import Basics
import ConfigurationSources
import Experiments
import Transport

/// What limits a run, and what ends it.
struct SafetyOptions: ParsableArguments {
    @Option(
        name: .customLong("guard"),
        help: ArgumentHelp(
            "What experiments may do: a file, s3://bucket/key or ssm:/name. Without one nothing is limited.",
            valueName: "source"))
    var guardSource: String?

    @Option(
        help: ArgumentHelp(
            "Says run, hold or stop, and is asked again and again: a file, s3://bucket/key or ssm:/name. By default "
                + "the lever of this machine, which `tocsin chaos stop --all` moves.", valueName: "source"))
    var lever: String?

    @Option(
        name: .customLong("stop-on"),
        help: ArgumentHelp(
            "End the run when this alarm of CloudWatch is in ALARM; may be repeated.", valueName: "alarm"))
    var stopOn: [String] = []

    @Option(help: ArgumentHelp("How long people have to approve an activity.", valueName: "time"))
    var approvalTimeout = TimeSpan(.seconds(3_600))

    /// Reads the location of a guard or lever.
    static func source(_ text: String, of option: String) throws -> ConfigurationSource {
        if let source = ConfigurationSource(text) { return source }
        printError("Error: \(option) is \"\(text)\": expected \(ConfigurationSource.expected)")
        throw ExitCode(2)
    }

    /// Reads the guard; nil when there is none.
    func readGuard(_ session: ChaosSession) async throws -> Guard? {
        guard let guardSource else { return nil }
        return try await Guard.load(
            try Self.source(guardSource, of: "--guard"), environment: session.environment,
            remote: .awsFiles(session.aws))
    }

    /// What ends a run: what the experiment names, and `--stop-on`.
    func stopConditions(of experiment: Experiment) throws(ExperimentError) -> StopConditions {
        let conditions = try StopConditions(experiment: experiment)
        guard !stopOn.isEmpty else { return conditions }
        let own = StopConditions(alarms: stopOn)
        return conditions.isEmpty ? own : conditions.joined(with: own)
    }

    /// What permits and ends a run of an experiment.
    func safety(
        of experiment: Experiment, run: String, _ substitution: Substitution, _ guarding: Guard?,
        _ session: ChaosSession
    ) throws -> RunSafety {
        var sources = RunSafety.Sources(conditions: try stopConditions(of: experiment))
        sources.guarding = guarding
        sources.lever = try session.lever(lever)
        sources.state = try session.state.control()
        // On this machine a look costs nothing; elsewhere each one is a request.
        sources.interval = lever == nil ? .seconds(1) : .seconds(5)
        var asking = session.providers
        asking.guarding = guarding
        let providers = asking
        var safety = RunSafety.from(
            sources, run: run, registry: providers.registry, aws: session.aws, time: .live(session.loop)
        ) { try await substitution.ask($0, providers) }
        safety.approvalTimeout = approvalTimeout.duration
        return safety
    }
}

extension ChaosSession {
    /// The lever at a place; that of this machine, which may be missing, by default.
    func lever(_ text: String?) throws -> Lever {
        guard let text else {
            return Lever(
                .file(state.lever), mayBeMissing: true, environment: environment, remote: .awsFiles(aws))
        }
        return Lever(
            try SafetyOptions.source(text, of: "--lever"), environment: environment, remote: .awsFiles(aws))
    }

    /// Who gives commands, for the messages of runs.
    var person: String { environment["USER"].flatMap { $0.isEmpty ? nil : $0 } ?? "somebody" }
}
