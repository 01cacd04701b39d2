import Basics
import Configuration
import JSON

/// A part of a file that `tocsin check` does not check.
///
/// Reports show it beside the results, so that nobody takes a report without failures for more than it is.
public struct UncheckedEntry: Sendable, Hashable {
    /// What the part is.
    enum Kind: String, Sendable {
        /// Of `external-endpoints`.
        case externalEndpoint = "external-endpoint"
    }

    let kind: Kind
    let name: String
    let group: String?
    let line: Int?
    /// Why it is not checked.
    let reason: String
}

extension UncheckedEntry {
    /// Gatus's key of group and name.
    var key: String { Endpoint.key(group: group, name: name) }

    /// `external endpoint shop/backup`.
    var title: String { title(of: group.map { "\($0)/\(name)" } ?? name) }

    /// The title without the group.
    var shortTitle: String { title(of: name) }

    private func title(of name: String) -> String {
        switch kind {
        case .externalEndpoint: "external endpoint \(name)"
        }
    }

    /// `{"kind": "external-endpoint", "name", "group"?, "line"?, "reason"}`.
    var json: JSONValue {
        var object: JSONObject = ["kind": .string(kind.rawValue), "name": .string(name)]
        object["group"] = group.map { .string($0) }
        object["line"] = line.map { .init($0) }
        object["reason"] = .string(reason)
        return .object(object)
    }
}

extension UncheckedEntry {
    fileprivate init(_ endpoint: ExternalEndpoint) {
        self.init(
            kind: .externalEndpoint, name: endpoint.name, group: endpoint.group, line: endpoint.line,
            reason: "its results are pushed to the function or to tocsin up, so there is nothing to check from here")
    }
}

extension UptimeConfiguration {
    /// What `tocsin check` cannot check: external endpoints that are enabled.
    var notChecked: [UncheckedEntry] { ownExternal.filter(\.isEnabled).map { UncheckedEntry($0) } }

    /// Why `tocsin check` has nothing to do although the file is not empty; nil when it has.
    var nothingToCheck: String? {
        guard shard == nil, endpoints.isEmpty, suites.isEmpty, !external.isEmpty else { return nil }
        return
            "nothing can be checked: the file has only \(counted(external.count, "external endpoint")), whose results "
            + "are pushed to the function or to tocsin up"
    }
}

extension UptimeRun {
    /// What of the file is not checked, with one of the names and in one of the groups.
    /// - Parameters:
    ///   - names: names, `group/name`s or Gatus's keys; empty for all.
    ///   - groups: empty for all.
    public func notChecked(named names: [String], inGroups groups: [String]) -> [UncheckedEntry] {
        configuration.notChecked.filter { entry in
            let own = [entry.name, entry.key] + (entry.group.map { ["\($0)/\(entry.name)"] } ?? [])
            return (names.isEmpty || own.contains(where: names.contains))
                && (groups.isEmpty || entry.group.map(groups.contains) ?? false)
        }
    }
}
