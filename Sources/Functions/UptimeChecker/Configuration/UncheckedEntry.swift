import Basics
import Configuration
import JSON

/// A part of a file that Gatus would check and Tocsin does not.
///
/// Reports show it beside the results, so that nobody takes a report without failures for more than it is.
public struct UncheckedEntry: Sendable, Hashable {
    /// What the part is.
    enum Kind: String, Sendable {
        /// Of `suites`.
        case suite
        /// Of `external-endpoints`.
        case externalEndpoint = "external-endpoint"
        /// A key of an endpoint that is checked without it.
        case setting
    }

    let kind: Kind
    /// The name of the suite, the external endpoint or the endpoint that has the setting.
    let name: String
    let group: String?
    /// The path of a setting in its endpoint, such as `client.store-cookies`; empty for the other kinds.
    var setting = ""
    let line: Int?
    /// Why it is not checked, and what to do.
    let reason: String
}

extension UncheckedEntry {
    /// Gatus's key of group and name.
    var key: String { Endpoint.key(group: group, name: name) }

    /// `suite shop/checkout`, `shop/web: client.store-cookies`.
    var title: String { title(of: group.map { "\($0)/\(name)" } ?? name) }

    /// The title without the group.
    var shortTitle: String { title(of: name) }

    private func title(of name: String) -> String {
        switch kind {
        case .suite: "suite \(name)"
        case .externalEndpoint: "external endpoint \(name)"
        case .setting: "\(name): \(setting)"
        }
    }

    /// `{"kind": "suite"|"external-endpoint"|"setting", "name", "group"?, "setting"?, "line"?, "reason"}`.
    var json: JSONValue {
        var object: JSONObject = ["kind": .string(kind.rawValue), "name": .string(name)]
        object["group"] = group.map { .string($0) }
        if kind == .setting { object["setting"] = .string(setting) }
        object["line"] = line.map { .init($0) }
        object["reason"] = .string(reason)
        return .object(object)
    }
}

extension UncheckedEntry {
    /// Reads the enabled entries of `suites` and `external-endpoints`.
    ///
    /// Only their names matter, so no other key is looked at.
    static func entries(of file: ConfigurationSection) -> [UncheckedEntry] {
        file.sections("suites").compactMap { suite in
            let endpoints = counted(suite.list("endpoints").count, "endpoint")
            return entry(
                .suite, suite, "suites are not run: write its \(endpoints) under `endpoints` if each can stand alone")
        }
            + file.sections("external-endpoints").compactMap { endpoint in
                entry(.externalEndpoint, endpoint, "its results are pushed to Gatus, and Tocsin takes none")
            }
    }

    private static func entry(_ kind: Kind, _ section: ConfigurationSection, _ reason: String) -> UncheckedEntry? {
        guard section.flag("enabled") ?? true else { return nil }
        return UncheckedEntry(
            kind: kind, name: section.text("name") ?? "?", group: section.text("group"), line: section.line,
            reason: reason)
    }

    /// Why a file without endpoints has nothing to check although it is not empty; nil when nothing is in it.
    static func onlyUnchecked(_ entries: [UncheckedEntry]) -> String? {
        let kinds = [(Kind.suite, "suite"), (.externalEndpoint, "external endpoint")].compactMap { kind, noun in
            let count = entries.count { $0.kind == kind }
            return count > 0 ? counted(count, noun) : nil
        }
        guard !kinds.isEmpty else { return nil }
        return "nothing can be checked: the file has only \(kinds.joined(separator: " and ")), which Tocsin does not "
            + "run; write what it should check under `endpoints`"
    }
}

extension UptimeConfiguration {
    /// What Gatus would check and Tocsin does not, a line each.
    public var notCheckedLines: [String] { notChecked.map { "\($0.title): \($0.reason)" } }
}

extension UptimeRun {
    /// What of the file is not checked, among endpoints, suites and external endpoints with one of the names and in one
    /// of the groups.
    /// - Parameters:
    ///   - keys: the endpoints that are checked, from ``keys(named:inGroups:)``.
    ///   - names: names, `group/name`s or Gatus's keys; empty for all.
    ///   - groups: empty for all.
    public func notChecked(
        besides keys: [String], named names: [String], inGroups groups: [String]
    ) -> [UncheckedEntry] {
        let keys = Set(keys)
        return configuration.notChecked.filter { entry in
            if entry.kind == .setting { return keys.contains(entry.key) }
            let own = [entry.name, entry.key] + (entry.group.map { ["\($0)/\(entry.name)"] } ?? [])
            return (names.isEmpty || own.contains(where: names.contains))
                && (groups.isEmpty || entry.group.map(groups.contains) ?? false)
        }
    }
}
