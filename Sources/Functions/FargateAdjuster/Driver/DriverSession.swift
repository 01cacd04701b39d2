import AWS
import Basics
import DurableExecution
import Transport

/// One call of the driver, from the configuration on.
struct DriverSession: Sendable {
    let settings: DriverSettings
    let adjuster: Adjuster
    let output: DriverOutput
    let loop: EventLoop

    /// Runs a body again while it is refused for a run of another process, until that process has had the time to renew
    /// its lease: a servo whose driver was killed starts the next one at once.
    /// - Parameters:
    ///   - components: those whose services the run may be on.
    ///   - cancellation: ends the wait.
    func untilLeaseEnds(
        of components: [String], _ progress: DriverProgress, unless cancellation: DurableSignal,
        _ body: () async throws -> [AdjustmentOutcome]
    ) async throws -> [AdjustmentOutcome] {
        let time = settings.aws.time
        let end = time.now() + adjuster.lease + .seconds(5)
        while true {
            do { return try await body() } catch let error as AdjusterError where error.code == .refused {
                guard time.now() < end, let open = try await openRuns(of: components).first else { throw error }
                progress.tell(AdjustmentProgress(progress: 0, "waiting until \(end) for its end: \(open)"))
                let pause = min(.seconds(5), adjuster.lease / 4)
                try await DurableScope(inMemory: time).wait("lease", for: pause, unless: cancellation)
                if cancellation.isRaised {
                    throw AdjusterError(.refused, "cancelled while waiting for its end: \(open)")
                }
            }
        }
    }

    /// What goes on, or was left open, on the services of components; one line for each.
    func openRuns(of components: [String]) async throws -> [String] {
        guard let ledger = adjuster.ledger else { return [] }
        let names = services(of: components)
        return try await ledger.openRuns().sorted { $0.key < $1.key }.compactMap { arn, entry in
            let name = ECSServiceName(arn)
            guard names.contains(where: { $0.isSame(as: name) }) else { return nil }
            return "the run \(entry.run) of \(entry.owner) is open on \(name)"
        }
    }

    /// The services of components: a record that others share may have ones of the same name elsewhere.
    func services(of components: [String]) -> [ECSServiceName] {
        components.compactMap { settings.configuration.component($0) }.map {
            ECSServiceName($0).inRegion(adjuster.clients.region)
        }
    }
}
