import Basics
public import DurableExecution
public import JSON
public import StateStore

/// Describes and adjusts the services of a configuration.
///
/// An adjustment is a durable run: whatever process dies, another one goes on with it by
/// ``recover(_:cancellation:observer:)``, and each service ends healthy on the new values or back on the old ones.
public struct Adjuster: Sendable {
    /// Gets what a run tells.
    public typealias Observer = @Sendable (AdjustmentProgress) -> Void

    let configuration: AdjusterConfiguration
    let clients: AdjusterClients
    let ledger: AdjustmentLedger?
    let time: TimeSource
    /// The time between two looks at a deployment.
    public var interval = Duration.seconds(5)
    /// How long others wait for a process that says nothing more, before they end its run.
    public var lease = Duration.seconds(60)
    /// How long a run goes on trying while its record cannot be written.
    public var patience = Duration.seconds(300)

    /// An adjuster.
    /// - Parameter store: where runs are recorded; nil to record nothing, so that what a killed process leaves is not
    ///   put back.
    public init(_ configuration: AdjusterConfiguration, clients: AdjusterClients, store: StateStore?) {
        (self.configuration, self.clients, time) = (configuration, clients, clients.time)
        ledger = store.map { AdjustmentLedger($0, time: clients.time) }
    }

    /// The present values of all settings: `{"application": {"components": {…}}}`.
    /// - Parameter warn: gets what is odd about them, such as a value that its rule does not have.
    /// - Throws: ``AdjusterError``; `CancellationError`.
    public func describe(warn: (String) -> Void = { _ in }) async throws -> JSONValue {
        let clients = clients
        let described = try await configuration.components.concurrentMap(atMost: Self.concurrency) {
            component -> (JSONValue, [String]) in
            let snapshot = try await clients.snapshot(
                of: component.service, in: component.cluster, withScaling: false)
            return (try component.description(of: snapshot), component.strayValues(in: snapshot))
        }
        var components: JSONObject = [:]
        for (component, (description, warnings)) in zip(configuration.components, described) {
            components[component.name] = description
            for warning in warnings { warn(warning) }
        }
        return ["application": ["components": .object(components)]]
    }

    /// What an adjustment would do, in the order of the configuration; nothing is changed.
    /// - Throws: ``AdjusterError``; `CancellationError`.
    public func plan(_ request: AdjustmentRequest) async throws -> [ServicePlan] {
        try await Self.plans(configuration.components, request, clients)
    }

    /// Adjusts services, and ends when each is healthy on the new values or back on the old ones.
    ///
    /// All are planned before the first is touched. When one fails, those that succeeded are put back, too.
    /// A run that another process left open on one of the services is ended first.
    /// - Parameters:
    ///   - shown: the plans that somebody has agreed to: if others would be carried out now, nothing is begun.
    ///   - run: its id, which the record has.
    ///   - cancellation: raised to end the run with everything put back.
    /// - Throws: ``AdjusterError``: when nothing was begun, or `unavailable` when the run cannot be recorded any more,
    ///   which is then to be ended by ``recover(_:cancellation:observer:)``.
    public func adjust(
        _ request: AdjustmentRequest, shown: [ServicePlan]? = nil, run: String, cancellation: DurableSignal,
        observer: @escaping Observer
    ) async throws -> [AdjustmentOutcome] {
        var order = AdjustmentRun.Order(run: run, components: try asked(by: request), request: request)
        guard let ledger else {
            order.plans = try await plansAgreed(shown, request)
            observer(
                AdjustmentProgress(
                    progress: 0,
                    "warning: nothing is recorded: if this process dies, nobody puts the services back, and another "
                        + "adjuster may change them meanwhile"))
            return try await execute(order, .memory, cancellation, observer)
        }
        try await endRuns(before: order, in: ledger, cancellation, observer)
        order.plans = try await plansAgreed(shown, request)
        do {
            let outcomes = try await execute(
                order, .store(ledger.store, key: AdjustmentLedger.runKey(run), lease: lease), cancellation, observer)
            if outcomes.allSatisfy({ $0.state == .unchanged }) {
                // Nothing was claimed, so no history leads to its record.
                await ledger.removeRecord(AdjustmentLedger.runKey(run))
            } else {
                await ledger.forgetSteps(of: run)
            }
            return outcomes
        } catch {
            // What was not begun, nobody is to go on with.
            if (try? await ledger.hasClaims(of: run, in: clients.region)) == false {
                await ledger.removeRecord(AdjustmentLedger.runKey(run))
            }
            throw error
        }
    }
}

// MARK: - Plans

extension Adjuster {
    /// So many calls are sent at the same time.
    static let concurrency = 8

    /// Reads, checks and plans.
    /// - Throws: ``AdjusterError`` with the faults of all components.
    static func plans(
        _ components: [ComponentConfiguration], _ request: AdjustmentRequest, _ clients: AdjusterClients
    ) async throws -> [ServicePlan] {
        let asked = components.filter { component in request.components.contains { $0.name == component.name } }
        let results = try await asked.concurrentMap(atMost: concurrency) {
            component -> Result<ServicePlan, AdjusterError> in
            let settings = request.components.filter { $0.name == component.name }.flatMap(\.settings)
            do {
                // Auto scaling matters only to a change of the number of tasks: else ECS's own number counts.
                let snapshot = try await clients.patiently {
                    try await clients.snapshot(
                        of: component.service, in: component.cluster,
                        withScaling: settings.contains { $0.name == "replicas" })
                }
                return .success(
                    try ServicePlan(component, settings: settings, snapshot: snapshot, region: clients.region))
            } catch let error as AdjusterError {
                return .failure(error)
            } catch let error as CancellationError {
                throw error
            } catch {
                return .failure(
                    AdjusterError(.unavailable, "\(component.name): \(error)", underlying: error))
            }
        }
        let errors = results.compactMap { if case .failure(let error) = $0 { error } else { nil } }
        guard let first = errors.first else { return try results.map { try $0.get() } }
        guard errors.count > 1 else { throw first }
        throw AdjusterError(first.code, errors.map(\.message).joined(separator: "\n"), underlying: first)
    }

    /// The components that a request names.
    private func asked(by request: AdjustmentRequest) throws(AdjusterError) -> [ComponentConfiguration] {
        try configuration.components(named: request.components.map(\.name))
    }
}
