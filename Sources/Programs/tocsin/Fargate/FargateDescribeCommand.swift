import ArgumentParser
import Basics
import FargateAdjuster
import JSON

struct FargateDescribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Shows services: the values of their settings, what is allowed, revision, tasks, scaling and price.",
        discussion: """
            Nothing is changed. With --json it prints what `adjust --describe` prints. The exit status is 1 when one \
            of the services could not be read.

            Examples:
              tocsin fargate describe
              tocsin fargate describe web --config config.yaml --json
              tocsin fargate describe web api --cluster shop --region eu-central-1
              tocsin fargate describe arn:aws:ecs:eu-central-1:123456789012:service/shop/web
            """)

    @Argument(help: "Components of the file, or services of ECS.")
    var services: [String] = []

    @OptionGroup var options: FargateOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let (services, json) = (services, json)
        try await FargateSession.run(options, services: services) { session in
            let configuration = try await session.configuration(of: services)
            if json {
                let description = try await session.working("Reading") {
                    // Nothing is recorded: a place for records is not needed, and not made.
                    try await Adjuster(configuration, clients: session.clients, store: nil)
                        .describe { printError("Warning: \($0)") }
                }
                return try printLine("\(description)")
            }
            var hasFailed = false
            for (index, component) in configuration.components.enumerated() {
                do {
                    let view = try await session.working("Reading \(component.name)") {
                        let snapshot = try await session.clients.snapshot(of: component.service, in: component.cluster)
                        return try FargateDescription(component, snapshot, region: session.clients.region)
                    }
                    try printLines(environment: session.environment) { width, colour in
                        (index == 0 ? [] : [""]) + view.lines(width: width, colour: colour)
                    }
                } catch let error as AdjusterError {
                    // The others are shown all the same.
                    hasFailed = true
                    printError("Error: \(component.name): \(error.message)")
                }
            }
            if hasFailed { throw ExitCode.failure }
        }
    }
}

extension FargateSession {
    /// Does something that may take long: what is told from the third second on, where standard error is a terminal.
    func working<Result: Sendable>(
        _ text: String, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withProgressLine(environment: environment) { progress in
            progress("\(text) …")
            return try await body()
        }
    }
}
