import ArgumentParser
import Basics
import DurableExecution
import FargateAdjuster
import JSON
import LocalCloud
import TextTables
import Transport

/// One adjustment in the terminal, from the plan to the outcomes.
struct FargateAdjustment: Sendable {
    let command: FargateAdjustCommand
    let session: FargateSession
    let configuration: AdjusterConfiguration
    let adjuster: Adjuster
    let request: AdjustmentRequest

    /// - Throws: `ExitCode` for everything that does not end with status 0.
    func run() async throws {
        let plans = try await plans()
        if command.dryRun { return try end(dry: plans ?? []) }
        if let plans, !command.json { try show(plans) }
        let touched = plans?.filter { !$0.isEmpty }
        if let touched, !touched.isEmpty, !command.yes { try confirm(question(touched)) }
        let components = try configuration.components(named: request.components.map(\.name))
        // A process that was killed a moment ago must not be taken for one that lives.
        _ = try await session.liveRuns(
            of: plans?.map(\.snapshot.service.arn) ?? components.map(\.service))
        let outcomes = try await deploy(components, command.yes ? nil : plans)
        if command.json {
            try printLine("\(JSONValue.array(outcomes.map(\.json)))")
        } else if touched?.isEmpty != true || outcomes.contains(where: { $0.state != .unchanged }) {
            try printLines(environment: session.environment) { outcomes.lines(width: $0, colour: $1) }
        }
        try outcomes.throwExitCode()
    }

    /// The plans; nil where a service cannot be planned for now because an earlier run is open, which the adjustment
    /// ends first.
    private func plans() async throws -> [ServicePlan]? {
        do {
            return try await session.working("Reading the services") { try await adjuster.plan(request) }
        } catch let error as AdjusterError where error.code == .refused {
            if command.yes, !command.dryRun { return nil }
            let names = request.components.compactMap { configuration.component($0.name)?.service }
            let ledger = AdjustmentLedger(try session.store(), time: .live(session.loop))
            for run in (try? await session.openRuns(of: names, in: ledger)) ?? [] {
                printError(
                    "The run \(run.entry.run) of \(run.entry.owner) is open on \(ECSServiceName(run.service).name). "
                        + "If its process is gone, end it first: tocsin fargate recover\(session.options.commandLine)")
            }
            throw error
        }
    }

    private func show(_ plans: [ServicePlan]) throws {
        try printLines(environment: session.environment) { width, colour in
            Array(plans.map { $0.lines(width: max(40, width), colour: colour) }.joined(separator: [""]))
        }
    }

    private func end(dry plans: [ServicePlan]) throws {
        if command.json { try printLine("\(JSONValue.array(plans.map(\.json)))") } else { try show(plans) }
        if command.detailedExitCode, plans.contains(where: { !$0.isEmpty }) { throw ExitCode(2) }
    }

    private func question(_ plans: [ServicePlan]) -> String {
        let names = plans.map { plan in
            "\(plan.snapshot.service.name.isEmpty ? plan.component.service : plan.snapshot.service.name)".printable
        }
        return "Change \(names.joined(separator: ", ")) in \(session.clients.region)?"
    }

    /// - Parameter confirmed: the plans that were shown and agreed to; nil where nobody was asked.
    private func deploy(
        _ components: [ComponentConfiguration], _ confirmed: [ServicePlan]?
    ) async throws -> [AdjustmentOutcome] {
        let run = ChaosState.newRun(at: .now())
        let screen = DeploymentScreen(
            run: run, components: components.map(\.name), plain: command.watching.plain,
            environment: session.environment)
        let cancellation = DurableSignal()
        let signals = try await session.forwardSignals(
            to: cancellation, screen, recovery: "tocsin fargate recover\(session.options.commandLine)")
        defer { signals.cancel() }
        return try await screen.whileShown { [adjuster, request, interval = command.watching.interval.duration] in
            var adjuster = adjuster
            adjuster.interval = interval
            return try await adjuster.adjust(request, shown: confirmed, run: run, cancellation: cancellation) {
                screen.take($0)
            }
        }
    }
}
