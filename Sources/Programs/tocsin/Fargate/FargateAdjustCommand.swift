import ArgumentParser
import Basics
import DurableExecution
import FargateAdjuster
import Glibc
import JSON
import TextTables
import Transport

struct FargateAdjustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adjust",
        abstract: "Changes a service after showing the plan and asking; ends healthy, or back where it was.",
        discussion: """
            All is planned before anything is touched. Then a revision is registered and deployed, and watched until \
            all its tasks are healthy. If it fails, takes too long, or is ended by Ctrl-C, SIGTERM or SIGUSR1, the \
            former revision comes back, and that is watched, too. A second signal leaves at once; `tocsin fargate \
            recover` goes on then, as it does when this process is killed.

            Exit status: 0 healthy on the new values, or nothing to change; 1 not changed, or back where it was; 3 \
            still broken, somebody has to look; 64 the call is wrong, or a value is not possible. With \
            --detailed-exitcode a --dry-run that would change something ends with 2.

            Examples:
              tocsin fargate adjust web --cpu 1 --memory 2
              tocsin fargate adjust web --cluster shop --cpu 1 --memory 2 --replicas 3 --env GOGC=90
              tocsin fargate adjust web --cluster shop --env app:GOGC=90 --timeout 10m --yes --json
              tocsin fargate adjust web --replicas 5 --dry-run --detailed-exitcode
              tocsin fargate adjust web --recommended
              tocsin fargate adjust --request wanted.json --yes
            """)

    @Argument(help: "A component of the file, or a service of ECS; not needed where the file has one component.")
    var service: String?

    @OptionGroup(title: "Wanted values") var wanted: WantedValues
    @OptionGroup(title: "Services") var options: FargateOptions

    @Flag(name: .shortAndLong, help: "Ask nothing.")
    var yes = false

    @Flag(help: "Show the plan, and change nothing.")
    var dryRun = false

    @Flag(
        name: .customLong("detailed-exitcode"),
        help: "With --dry-run, end with 0 when nothing would be changed, with 2 when there is something.")
    var detailedExitCode = false

    @Flag(help: "Print the outcomes, or with --dry-run the plans, as JSON; needs --yes or --dry-run.")
    var json = false

    @OptionGroup var watching: FargateWatching

    func validate() throws {
        if json, !yes, !dryRun {
            throw ValidationError("--json needs --yes or --dry-run: a question would stand between the JSON.")
        }
        if detailedExitCode, !dryRun { throw ValidationError("--detailed-exitcode goes with --dry-run.") }
    }

    func run() async throws {
        let (command, services) = (self, service.map { [$0] } ?? [])
        try await FargateSession.run(options, services: services) { session in
            var (configuration, isDirect) = try await session.selection(of: services)
            let request = try await command.request(&configuration, isDirect: isDirect, session)
            guard let request else { return }
            try await FargateAdjustment(
                command: command, session: session, configuration: configuration,
                adjuster: try session.adjuster(configuration), request: request
            ).run()
        }
    }

    /// What is wanted: of the command line, a file, or Compute Optimizer.
    /// - Returns: nil when there is nothing to do.
    private func request(
        _ configuration: inout AdjusterConfiguration, isDirect: Bool, _ session: FargateSession
    ) async throws -> AdjustmentRequest? {
        guard wanted.recommended else { return try wanted.adjustments(of: &configuration, isDirect: isDirect) }
        wanted.apply(to: &configuration)
        let component = try configuration.only()
        let (recommendation, snapshot) = try await session.working("Asking Compute Optimizer") {
            let snapshot = try await session.clients.snapshot(of: component.service, in: component.cluster)
            return (try await session.clients.recommendation(for: component, snapshot), snapshot)
        }
        if !json {
            try printLines(environment: session.environment) { width, _ in
                recommendation.lines(for: snapshot.service.name, width: width) + [""]
            }
        }
        let request = AdjustmentRequest(components: [.init(component.name, recommendation.settings)])
        guard recommendation.settings.isEmpty else { return request }
        try printLine(json ? "[]" : "Nothing to change.")
        return nil
    }
}

extension SizeRecommendation {
    /// For people: the finding with its reasons, what is recommended, and what was not taken over.
    func lines(for service: String, width: Int) -> [String] {
        var lines = "Compute Optimizer on \(service): \(summary)".wrapped(to: width, indent: 2)
        if let refreshedAt {
            lines += "  as of \(refreshedAt.iso8601(fractionDigits: 0))".wrapped(to: width, indent: 2)
        }
        return lines + notes.flatMap { "  note: \($0)".wrapped(to: max(20, width - 2), indent: 2).map { "  " + $0 } }
    }
}
