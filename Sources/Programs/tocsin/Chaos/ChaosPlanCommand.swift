import AWS
import ArgumentParser
import Basics
import ChaosActivities
import ConfigurationSources
import DurableExecution
import Experiments
import Glibc
import JSON
import LocalCloud
import Transport

struct ChaosPlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Tells what the experiment at SOURCE would hit, and changes nothing.",
        discussion: """
            Targets are found by calls that only read; what is chosen at random, by the seed that is printed. Beside them stand what undoes each change, what the guard has \
            against it, how long the run takes, what it costs as a durable function, and which IAM policy it needs. The \
            exit status is 1 when the run would be refused or when targets could not be found.

            Examples:
              tocsin chaos plan experiment.yaml
              tocsin chaos plan experiment.yaml --guard guard.yaml --json
              tocsin chaos plan experiment.yaml --policy > policy.json
            """)

    @Argument(help: "The experiment: a file, an http(s):// URL or s3://bucket/key.")
    var source: String

    @Option(
        name: .customLong("guard"),
        help: ArgumentHelp("What experiments may do: a file, s3://bucket/key or ssm:/name.", valueName: "source"))
    var guardSource: String?

    @OptionGroup var values: ValueOptions

    @Option(help: ArgumentHelp("Makes the random choices of a run with the same seed.", valueName: "number"))
    var seed: UInt64?

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Print only the IAM policy.")
    var policy = false

    @Flag(name: .customLong("no-verify-tls"), help: "Do not verify the certificate of the experiment's server.")
    var noVerifyTLS = false

    @ParentCommand var chaos: ChaosCommand

    func run() async throws {
        try await chaos.withSession(verifiesTLS: !noVerifyTLS) { session, log in
            var session = session
            if let seed { session.seed = seed }
            let experiment = try await session.load(source)
            let findings = session.findings(in: experiment, isStrict: false)
            for finding in findings where finding.severity == .error { log.write(.error, finding.text(source)) }
            if !findings.isValid { throw ExitCode.failure }
            let plan = try await plan(of: experiment, session)
            if policy {
                try printLine(String(decoding: plan.policy.serialized(.pretty), as: UTF8.self))
            } else if json {
                var json = plan.json.objectValue ?? [:]
                json["seed"] = JSONValue(session.seed)
                try printLine("\(JSONValue.object(json))")
            } else {
                let traits = TerminalTraits(of: STDOUT_FILENO, environment: session.environment)
                var lines = plan.lines(width: traits.size?.columns ?? 100, colour: traits.hasColour)
                // Only a run with this seed hits what was just shown.
                if plan.steps.contains(where: { !$0.targets.isEmpty }) {
                    lines += ["", "Random choices are those of `tocsin chaos run --seed \(session.seed)`."]
                }
                try printLine(lines.joined(separator: "\n"))
            }
            if plan.isRefused || plan.isIncomplete { throw ExitCode.failure }
        }
    }

    private func plan(of experiment: Experiment, _ session: ChaosSession) async throws -> ExperimentPlan {
        var limits: Guard?
        if let guardSource {
            limits = try await Guard.load(
                try SafetyOptions.source(guardSource, of: "--guard"), environment: session.environment,
                remote: .awsFiles(session.aws))
        }
        return try await session.plan(of: experiment, values.overrides(), limits)
    }
}
