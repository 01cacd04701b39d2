extension UptimeRun {
    /// `$NAME`s in the file that are not set, each with its line.
    public var unsetVariables: [String] { configuration.unsetVariables }

    /// The keys of the endpoints with one of the names and in one of the groups, for ``results(named:until:each:)``.
    /// - Parameters:
    ///   - names: names, `group/name`s or Gatus's keys; empty for all that are enabled.
    ///   - groups: empty for all.
    /// - Throws: `UptimeCheckerError` when that leaves none, or there is none of a name or in a group.
    public func keys(named names: [String], inGroups groups: [String]) throws(UptimeCheckerError) -> [String] {
        let candidates = try configuration.endpoints(named: names)
        if let group = groups.first(where: { group in !configuration.endpoints.contains { $0.group == group } }) {
            throw UptimeCheckerError(.unknownEndpoint, "no endpoint is in the group \"\(group)\"")
        }
        let chosen = candidates.filter { groups.isEmpty || $0.group.map(groups.contains) ?? false }
        guard !chosen.isEmpty else {
            throw UptimeCheckerError(
                .unknownEndpoint,
                !names.isEmpty
                    ? "no endpoint with the name is in the group"
                    : groups.isEmpty ? "no endpoint is enabled" : "no endpoint of the group is enabled")
        }
        return chosen.map(\.key)
    }
}
