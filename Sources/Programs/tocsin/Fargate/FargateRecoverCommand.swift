import ArgumentParser
import Basics
import DurableExecution
import FargateAdjuster
import JSON

struct FargateRecoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Ends the runs that killed processes have left half done.",
        discussion: """
            A service that is healthy on the new values stays so; any other one goes back to the former values, and \
            that is watched. A run whose process lives is left alone; whether it does is known within a minute. The \
            exit status is 0 when nothing is left open, 1 when a run had to go back, 3 when a service is still broken.

            Examples:
              tocsin fargate recover
              tocsin fargate recover web
              tocsin fargate recover --state dynamodb:fargate-adjustments --region eu-central-1 --json
            """)

    @Argument(help: "Services by name or ARN; without any, all of the record.")
    var services: [String] = []

    @OptionGroup var options: FargateOptions

    @Flag(help: "Print the outcomes as JSON.")
    var json = false

    @OptionGroup var watching: FargateWatching

    func run() async throws {
        let command = self
        try await FargateSession.run(options, services: services) { session in
            let (adjuster, interval) = (
                try session.adjuster(AdjusterConfiguration(components: [])), command.watching.interval.duration
            )
            let names = try await session.names(of: command.services)
            let live = try await session.liveRuns(of: names)
            let screen = DeploymentScreen(
                run: "recovery", components: [], plain: command.watching.plain, environment: session.environment)
            let cancellation = DurableSignal()
            let signals = try await session.forwardSignals(
                to: cancellation, screen, recovery: "tocsin fargate recover\(session.options.commandLine)")
            defer { signals.cancel() }
            let outcomes = try await screen.whileShown {
                var adjuster = adjuster
                adjuster.interval = interval
                return try await adjuster.recover(names, cancellation: cancellation) { screen.take($0) }
            }
            if command.json {
                try printLine("\(JSONValue.array(outcomes.map(\.json)))")
            } else if !outcomes.isEmpty {
                try printLines(environment: session.environment) { outcomes.lines(width: $0, colour: $1) }
            } else if live.isEmpty {
                try printLine("No run is left open.")
            }
            for run in live {
                printError(
                    "\(ECSServiceName(run.service).name) is left alone: the run \(run.entry.run) of "
                        + "\(run.entry.owner) goes on."
                )
            }
            try outcomes.throwExitCode()
        }
    }
}

extension FargateSession {
    /// The services whose runs are to be ended; nil for all.
    fileprivate func names(of services: [String]) async throws -> [String]? {
        guard !services.isEmpty else { return nil }
        // Names of components stand for their services where there is a file that has them.
        guard options.config != nil else { return services }
        return try await configuration(of: services).components.map { component in
            // With its cluster: the record may have a service of the same name in another one.
            ECSServiceName(arn: component.service) != nil ? component.service : "\(ECSServiceName(component))"
        }
    }
}
