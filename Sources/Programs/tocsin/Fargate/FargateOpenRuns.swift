import Basics
import FargateAdjuster
import Transport

/// A run that goes on, or whose process has died.
struct OpenRun: Sendable {
    /// ARN.
    let service: String
    let entry: AdjustmentLedger.Entry
}

extension FargateSession {
    /// The open runs of services whose processes live; waits until that is known of each.
    ///
    /// The lease of a killed process lasts up to a minute more. One that lives renews it before.
    /// - Parameter services: by name, `cluster/name` or ARN; nil for all of the record.
    func liveRuns(of services: [String]?) async throws -> [OpenRun] {
        let (ledger, time) = (AdjustmentLedger(try store(), time: .live(loop)), TimeSource.live(loop))
        var live: [OpenRun] = []
        // With the end of the lease as it was first seen.
        var undecided: [(run: OpenRun, end: Timestamp)] = []
        for run in try await openRuns(of: services, in: ledger) {
            guard let end = try await ledger.leaseEnd(of: run.entry) else {
                // One of Lambda's: only the time of its claim tells.
                if time.now() < run.entry.claimedUntil { live.append(run) }
                continue
            }
            if time.now() < end { undecided.append((run, end)) }
        }
        if let last = undecided.map(\.end).max() {
            let names = Set(undecided.map { ECSServiceName($0.run.service).name }).sorted().joined(separator: ", ")
            let seconds = max(1, (last - time.now()).components.seconds)
            printError("A run is open on \(names). Looking whether its process lives, for up to \(seconds) s …")
        }
        while !undecided.isEmpty {
            try await time.sleep(.seconds(1))
            var rest: [(run: OpenRun, end: Timestamp)] = []
            for (run, end) in undecided {
                if try await ledger.leaseEnd(of: run.entry) != end {
                    // It has renewed its lease, or has ended meanwhile.
                    if try await ledger.isAlive(run.entry) { live.append(run) }
                } else if time.now() < end {
                    rest.append((run, end))
                }
            }
            undecided = rest
        }
        return live
    }

    /// The runs without an outcome.
    func openRuns(of services: [String]?, in ledger: AdjustmentLedger) async throws -> [OpenRun] {
        var open: [OpenRun] = []
        let areARNs = services?.allSatisfy { ECSServiceName(arn: $0) != nil } ?? false
        // An ARN is one document; names have to be looked for in all.
        let known = areARNs ? services ?? [] : try await ledger.services()
        for service in known
        where services?.contains(where: { ECSServiceName($0).isSame(as: ECSServiceName(service)) }) ?? true {
            open += try await ledger.history(of: service).filter { $0.outcome == nil }.map {
                OpenRun(service: service, entry: $0)
            }
        }
        return open
    }
}
