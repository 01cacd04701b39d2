import Basics

/// What a run checks: endpoints, and suites behind them.
struct CheckSelection: Sendable {
    var endpoints: [Endpoint] = []
    var suites: [Suite] = []
    /// External endpoints, of which only the heartbeat is watched.
    var external: [ExternalEndpoint] = []

    var count: Int { endpoints.count + suites.count }

    /// Gatus's keys, in the order of the results.
    var keys: [String] { endpoints.map(\.key) + suites.map(\.key) }

    /// Those that are in one of the groups; all without groups.
    func inGroups(_ groups: [String]) -> CheckSelection {
        guard !groups.isEmpty else { return self }
        return CheckSelection(
            endpoints: endpoints.filter { $0.group.map(groups.contains) ?? false },
            suites: suites.filter { $0.group.map(groups.contains) ?? false })
    }
}

extension CheckEngine {
    /// Runs a selection, and gives the results in up to two parts: those of endpoints as soon as all are there, then
    /// those of suites.
    func run(
        _ selection: CheckSelection, until deadline: Timestamp, into parts: AsyncStream<[CheckResult]>.Continuation
    ) async {
        var early = 0
        var known: [String: CheckResult] = [:]
        let results = await run(selection.endpoints, suites: selection.suites, until: deadline) { result in
            guard early == 0, !selection.suites.isEmpty, !result.isSuite else { return }
            known[result.key] = result
            guard known.count == selection.endpoints.count else { return }
            early = known.count
            parts.yield(selection.endpoints.compactMap { known[$0.key] })
        }
        if early < results.count || results.isEmpty { parts.yield(Array(results.dropFirst(early))) }
        parts.finish()
    }
}

extension UptimeConfiguration {
    /// Endpoints and suites that are enabled, or those with one of the names.
    /// - Parameter isFunction: whether results of external endpoints are pushed to the caller. Those with a heartbeat
    ///   are chosen then, too.
    /// - Throws: `UptimeCheckerError` when there is none of a name.
    func selection(named names: [String], isFunction: Bool = false) throws(UptimeCheckerError) -> CheckSelection {
        let awaited = isFunction ? ownExternal.filter { $0.isEnabled && $0.heartbeat != nil } : []
        guard !names.isEmpty else {
            return CheckSelection(
                endpoints: endpoints.filter(\.isEnabled), suites: suites.filter(\.isEnabled), external: awaited)
        }
        let wanted = Set(names)
        var unknown = wanted
        func isChosen(_ own: [String]) -> Bool {
            unknown.subtract(own)
            return own.contains(where: wanted.contains)
        }
        let chosen = CheckSelection(
            endpoints: endpoints.filter { isChosen([$0.name, $0.displayName, $0.key]) },
            suites: suites.filter { isChosen([$0.name, $0.displayName, $0.key]) },
            external: awaited.filter { isChosen([$0.name, $0.displayName, $0.key]) })
        guard unknown.isEmpty else {
            let list = unknown.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
            throw UptimeCheckerError(
                .unknownEndpoint, "no endpoint or suite is named \(list): \(advice(for: unknown))")
        }
        return chosen
    }

    private func advice(for names: Set<String>) -> String {
        if let other = notChecked.first(where: { names.contains($0.name) }) { return "\(other.title) is not checked" }
        if let suite = suites.first(where: { $0.steps.contains { names.contains($0.name) } }) {
            return "the endpoints of a suite run together, so give the suite's name, \(suite.displayName)"
        }
        if let shard {
            return "this is shard \(shard), and the name may be of another one: tocsin check FILE --shard \(shard) "
                + "shows which are here"
        }
        return "give a name or group/name"
    }

    /// Whether an endpoint or a suite is in a group.
    func hasGroup(_ group: String) -> Bool {
        endpoints.contains { $0.group == group } || suites.contains { $0.group == group }
    }
}
