import Basics
import Configuration
import JSON

/// A part of a file that Gatus would check and Tocsin does not.
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
    /// Why it is not checked, and what to do.
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
    /// Reads the enabled entries of `external-endpoints`.
    ///
    /// Only their names matter, so no other key is looked at.
    static func entries(of file: ConfigurationSection) -> [UncheckedEntry] {
        file.sections("external-endpoints").compactMap { endpoint in
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
        guard !entries.isEmpty else { return nil }
        return "nothing can be checked: the file has only \(counted(entries.count, "external endpoint")), which Tocsin "
            + "does not run; write what it should check under `endpoints` or `suites`"
    }
}

extension UptimeConfiguration {
    /// What Gatus would check and Tocsin does not, a line each.
    public var notCheckedLines: [String] { notChecked.map { "\($0.title): \($0.reason)" } }
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
