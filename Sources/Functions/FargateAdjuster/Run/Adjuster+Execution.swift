import Basics
public import DurableExecution
import JSON
import StateStore

extension Adjuster {
    /// Ends the runs that killed processes have left open: those on the new values that are healthy stay, others go
    /// back.
    ///
    /// Runs of processes that live are left alone, and those on services of another region.
    /// - Parameter services: only those of these services, by name, `cluster/name` or ARN; nil for all in the store.
    /// - Throws: ``AdjusterError`` `unavailable` when a run could not be ended, and stays open; `StateStoreError`;
    ///   `CancellationError`.
    public func recover(
        _ services: [String]? = nil, cancellation: DurableSignal, observer: @escaping Observer
    ) async throws -> [AdjustmentOutcome] {
        try await recover(only: services?.map { ECSServiceName($0) }, cancellation, observer)
    }

    /// As ``recover(_:cancellation:observer:)``.
    func recover(
        only services: [ECSServiceName]?, _ cancellation: DurableSignal, _ observer: @escaping Observer
    ) async throws -> [AdjustmentOutcome] {
        guard let ledger else { return [] }
        let open = try await ledger.openRuns()
        let meant = open.filter { service, _ in
            services?.contains { $0.isSame(as: ECSServiceName(service)) } ?? true
        }
        var outcomes: [AdjustmentOutcome] = []
        var failures: [AdjusterError] = []
        func leaveAlone(_ services: [String], _ reason: String) {
            for service in services.sorted() {
                observer(
                    AdjustmentProgress(progress: 0, "\(ECSServiceName(service)) is left alone: \(reason)"))
            }
        }
        for run in Set(meant.values.map(\.run)).sorted() {
            let entries = open.filter { $0.value.run == run }
            if let region = entries.keys.compactMap({ ECSServiceName($0).region }).first(where: { $0 != clients.region }
            ) {
                leaveAlone(
                    Array(entries.keys),
                    "the run \(run) is in \(region), and this looks at \(clients.region): recover it there")
                continue
            }
            do {
                if let ended = try await end(run, entries, in: ledger, cancellation, observer) {
                    outcomes += ended
                } else {
                    leaveAlone(Array(entries.keys), "the run \(run) goes on elsewhere")
                }
            } catch let error as AdjusterError { failures.append(error) }
        }
        if services == nil { try await ledger.removeUnclaimedRecords() }
        guard let first = failures.first else { return outcomes }
        let ended = outcomes.map { "; \($0.component) has ended: \($0.message)" }.joined()
        throw AdjusterError(
            first.code, failures.map(\.message).joined(separator: "; ") + ended, underlying: first)
    }

    /// Ends what dead processes have left open on the services of an order.
    /// - Throws: `refused` when the process of one lives.
    func endRuns(
        before order: AdjustmentRun.Order, in ledger: AdjustmentLedger, _ cancellation: DurableSignal,
        _ observer: @escaping Observer
    ) async throws {
        let clients = clients
        let found = try await order.components.concurrentMap(atMost: Self.concurrency) {
            component -> (String, AdjustmentLedger.Entry?) in
            let service = try await clients.patiently {
                try await clients.service(component.service, in: component.cluster)
            }
            return (service.name, try await ledger.openRun(of: service.arn))
        }
        var ended: Set = [order.run]
        for case (let service, let entry?) in found where ended.insert(entry.run).inserted {
            let entries = try await ledger.openRuns().filter { $0.value.run == entry.run }
            guard try await end(entry.run, entries, in: ledger, cancellation, observer) != nil else {
                throw AdjusterError(.refused, entry.refusal(of: service))
            }
        }
    }

    /// Ends one run.
    /// - Parameter entries: its claims, by service.
    /// - Returns: nil when its process lives.
    private func end(
        _ run: String, _ entries: [String: AdjustmentLedger.Entry], in ledger: AdjustmentLedger,
        _ cancellation: DurableSignal, _ observer: @escaping Observer
    ) async throws -> [AdjustmentOutcome]? {
        guard let first = entries.min(by: { $0.key < $1.key })?.value else { return [] }
        if try await ledger.isAlive(first) { return nil }
        try await readServices(of: run, entries)
        let key = first.recordKey
        let isRecorded = try await ledger.store.document(key, until: time.now() + .seconds(30)) != nil
        var order = first.order ?? AdjustmentRun.Order(run: run, components: [], request: .init(components: []))
        let plans = entries.sorted { $0.key < $1.key }.compactMap(\.value.plan)
        if !isRecorded { order.plans = plans }
        observer(
            AdjustmentProgress(
                progress: 0,
                "the run \(run) of \(first.owner), begun at \(first.startedAt), was left open: it is ended first"))
        let record = DurableRun.store(ledger.store, key: key, lease: lease)
        let outcomes: [AdjustmentOutcome]
        do {
            do {
                outcomes = try await execute(order, record, cancellation, observer, recovering: first)
            } catch {
                guard ((error as? AdjusterError)?.underlying as? DurableError)?.code == .mismatch else { throw error }
                // Another version of this program has recorded it: the claims have all that is needed to end it.
                await ledger.removeRecord(key)
                order.plans = plans
                outcomes = try await execute(order, record, cancellation, observer, recovering: first)
            }
        } catch let error as AdjusterError where error.code == .refused { return nil }
        // A run that had ended, and whose claims are still there.
        for outcome in outcomes { try await ledger.release(outcome.service, run: run, outcome) }
        await ledger.forgetSteps(of: run)
        return outcomes
    }

    /// Reads the services of a run that is to be ended: what cannot be seen here cannot be put back from here.
    /// - Throws: `unavailable`; then nobody has touched the run, and its record still has all that ends it.
    private func readServices(of run: String, _ entries: [String: AdjustmentLedger.Entry]) async throws {
        for (service, entry) in entries.sorted(by: { $0.key < $1.key }) {
            let cluster = entry.plan?.snapshot.service.cluster ?? ECSServiceName(service).cluster ?? "default"
            let isLeftOpen = "the run \(run) is left open, because \(service) cannot be read with these credentials"
            do {
                let found = try await clients.service(service, in: cluster)
                guard ECSServiceName(found.arn).isSame(as: ECSServiceName(service)) else {
                    throw AdjusterError(.unavailable, "\(isLeftOpen): there is only \(found.arn)")
                }
            } catch let error as AdjusterError where error.underlying != nil || error.code != .unavailable {
                throw AdjusterError(.unavailable, "\(isLeftOpen): \(error.message)", underlying: error.underlying)
            }
        }
    }

    /// Executes a run; again and again while its record cannot be written.
    /// - Throws: `refused` when another process executes it.
    func execute(
        _ order: AdjustmentRun.Order, _ durable: DurableRun, _ cancellation: DurableSignal,
        _ observer: @escaping Observer, recovering entry: AdjustmentLedger.Entry? = nil
    ) async throws -> [AdjustmentOutcome] {
        // Within ECS's call rates, however many services there are.
        let many = min(.seconds(25), .milliseconds(200) * order.components.count)
        let isOwn = entry?.hasOwnRecord ?? true
        let run = AdjustmentRun(
            order: order, clients: clients, ledger: ledger, cancellation: cancellation, observer: observer,
            interval: order.components.count > 25 ? max(interval, many) : interval,
            pause: isOwn ? nil : Self.recordedPause, isRecovery: entry != nil,
            record: entry?.recordKey ?? AdjustmentLedger.runKey(order.run))
        var failedSince: Timestamp?
        while true {
            do { return try await execute(run, durable) } catch {
                guard let error = Self.durableError(error) else { throw error }
                // The lease that this process could not give back.
                let isOwn = error.code == .inUse && failedSince != nil
                guard error.code == .unavailable || isOwn else { throw Self.error(error, order.run) }
                let since = failedSince ?? time.now()
                failedSince = since
                guard time.now() - since < patience else { throw Self.error(error, order.run) }
                observer(AdjustmentProgress(progress: 0, "the run cannot be recorded, trying again: \(error)"))
                try await time.sleep(.seconds(5))
            }
        }
    }

    /// The pauses between looks, as the function records them: another process repeats what the record has.
    private static let recordedPause: AdjustmentRun.Pause = { scope, service, interval in
        try await scope.wait("next look at \(service)", for: interval)
    }

    private func execute(_ run: AdjustmentRun, _ durable: DurableRun) async throws -> [AdjustmentOutcome] {
        let outcome = try await durable.execute(time: time) { scope in
            try JSONEncoder().encodeToValue(try await run.execute(on: scope))
        }
        guard case .completed(let result) = outcome else {
            throw AdjusterError(.unavailable, "the run \(run.order.run) was suspended, which this process does not do")
        }
        return try JSONDecoder().decode([AdjustmentOutcome].self, from: result)
    }

    /// What keeps a run from being recorded; nil for other errors.
    private static func durableError(_ error: any Error) -> DurableError? {
        if let error = error as? StateStoreError {
            let mayEnd = error.code == .throttled || error.code == .unavailable
            return DurableError(mayEnd ? .unavailable : .refused, error.message, underlying: error)
        }
        return error as? DurableError
    }

    private static func error(_ error: DurableError, _ run: String) -> AdjusterError {
        if error.code == .inUse {
            return AdjusterError(
                .refused, "another process executes the run \(run): \(error.message)", underlying: error)
        }
        return AdjusterError(
            .unavailable,
            "the run \(run) cannot be recorded: \(error.message). What it has begun is not ended: adjust again, or "
                + "recover, as soon as the store can be written", underlying: error)
    }
}
