import AWS
import ArgumentParser
import Basics
import FargateAdjuster
import JSON
import Transport

struct FargateHistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Shows who changed services, what, and how it ended; the newest first.",
        discussion: """
            Runs come from the record (--state), with those that go on. Where it has none of a service, the service's \
            last deployments are shown as ECS has them, which needs ecs:ListServiceDeployments. Without a service and \
            without a file, all services of the record are shown. The exit status is 1 when one of them could not be \
            read.

            Examples:
              tocsin fargate history
              tocsin fargate history web --cluster shop --limit 5
              tocsin fargate history web --state s3://ops-state/fargate --json
            """)

    @Argument(help: "Components of the file, or services of ECS.")
    var services: [String] = []

    @OptionGroup var options: FargateOptions

    @Option(help: ArgumentHelp("So many runs of each service at most.", valueName: "number"))
    var limit = 20

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit: expected a number from 1.") }
    }

    func run() async throws {
        let command = self
        try await FargateSession.run(options, services: services) { session in
            let histories = try await session.working("Reading the record") {
                try await session.histories(of: command.services, limit: command.limit)
            }
            let incomplete = histories.filter(\.isIncomplete)
            if command.json {
                try printLine("\(JSONValue.array(histories.flatMap { $0.events.map(\.json) }))")
                for history in incomplete { printError("Error: \(history.name): \(history.note ?? "")") }
            } else if histories.isEmpty {
                try printLine("No run is recorded, and no service was named.")
            } else {
                try printLines(environment: session.environment) { width, colour in
                    Array(histories.map { $0.lines(width: width, colour: colour) }.joined(separator: [""]))
                }
            }
            if !incomplete.isEmpty { throw ExitCode.failure }
        }
    }
}

extension FargateSession {
    /// What is known of services, one after the other.
    fileprivate func histories(of services: [String], limit: Int) async throws -> [FargateHistory] {
        let ledger = AdjustmentLedger(try store(), time: .live(loop))
        guard !services.isEmpty || options.cluster != nil || hasConfiguration else {
            var histories: [FargateHistory] = []
            for service in try await ledger.services() {
                let entries = try await ledger.history(of: service)
                histories.append(try await history(ECSServiceName(service).name, service, entries, limit, ledger))
            }
            return histories
        }
        var histories: [FargateHistory] = []
        for component in try await configuration(of: services).components {
            let known = ECSServiceName(component.service)
            let cluster = known.cluster ?? component.cluster.split(separator: "/").last.map(String.init)
            let entries = try await ledger.history(
                of: ECSServiceName(arn: component.service) != nil ? component.service : known.name
            )
            .filter { entry in
                // Another cluster can have a service of the same name.
                let planned = entry.plan?.snapshot.service.cluster.split(separator: "/").last.map(String.init)
                return planned == nil || cluster == nil || planned == cluster
            }
            if entries.isEmpty {
                histories.append(await deployments(of: component, limit))
            } else {
                histories.append(try await history(component.name, component.service, entries, limit, ledger))
            }
        }
        return histories
    }

    private func history(
        _ name: String, _ service: String, _ entries: [AdjustmentLedger.Entry], _ limit: Int, _ ledger: AdjustmentLedger
    ) async throws -> FargateHistory {
        var events: [FargateHistory.Event] = []
        for entry in entries.prefix(limit) {
            let holder = entry.outcome == nil ? try await holder(of: entry, in: ledger, service) : nil
            events.append(FargateHistory.Event(service: service, entry, holder: holder, now: .now()))
        }
        return FargateHistory(name: name, events: events)
    }

    /// Who goes on with an open run.
    private func holder(
        of entry: AdjustmentLedger.Entry, in ledger: AdjustmentLedger, _ service: String
    ) async throws -> FargateHistory.Holder {
        let lease = try await ledger.leaseEnd(of: entry)
        if Timestamp.now() < (lease ?? entry.claimedUntil) {
            // The runs of the function have their leases elsewhere.
            return lease == nil ? .function(until: entry.claimedUntil) : .process
        }
        return .nobody(recovery: "tocsin fargate recover \(ECSServiceName(service).name)\(options.commandLine)")
    }

    /// The service's last deployments as ECS has them.
    private func deployments(of component: ComponentConfiguration, _ limit: Int) async -> FargateHistory {
        var history = FargateHistory(name: component.name)
        do {
            let output = try await AWSClient(.ecs, configuration: aws).call(
                "ListServiceDeployments",
                [
                    "cluster": .string(component.cluster), "service": .string(component.service),
                    "maxResults": JSONValue(min(limit, 100)),
                ], deadline: .now() + .seconds(60))
            history.events = (output["serviceDeployments"]?.arrayValue ?? []).prefix(limit).map { deployment in
                FargateHistory.Event(service: component.service, deployment: deployment)
            }
            history.note = "the record has no run of it; ECS has these deployments"
            if history.events.isEmpty { history.note = "the record has no run of it, and ECS no deployment" }
        } catch {
            history.note = "the record has no run of it, and ECS's deployments could not be listed: \(error)"
            history.isIncomplete = true
        }
        return history
    }
}
