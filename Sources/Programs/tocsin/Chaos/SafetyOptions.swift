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

    /// What permits and ends a run of an experiment.
    func safety(
        of experiment: Experiment, run: String, _ substitution: Substitution, _ session: ChaosSession
    ) async throws -> RunSafety {
        var conditions = try StopConditions(experiment: experiment)
        if !stopOn.isEmpty {
            let own = StopConditions(alarms: stopOn)
            conditions = conditions.isEmpty ? own : conditions.joined(with: own)
        }
        var sources = RunSafety.Sources(conditions: conditions)
        sources.guardSource = try guardSource.map { try Self.source($0, of: "--guard") }
        sources.lever = try session.lever(lever)
        sources.state = try session.state.control()
        // On this machine a look costs nothing; elsewhere each one is a request.
        sources.interval = lever == nil ? .seconds(1) : .seconds(5)
        let providers = session.providers
        var safety = try await RunSafety(
            sources, run: run, registry: providers.registry, environment: session.environment, aws: session.aws,
            time: .live(session.loop)
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
