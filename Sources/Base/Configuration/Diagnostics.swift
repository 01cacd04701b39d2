/// Collects what is wrong in a configuration while it is read, so that all of it can be told at once.
public final class Diagnostics {
    /// The faults in the order in which they were found.
    public private(set) var faults: [ConfigurationFault] = []

    /// Whether faults quote the wrong value.
    ///
    /// Not for a text into which variables were expanded: a value could be a secret.
    let showsValues: Bool

    private struct Unused {
        let line: Int?
        let text: String
        var count = 1
    }

    private var unused: [Unused] = []

    /// Empty.
    public init(showsValues: Bool = true) { self.showsValues = showsValues }

    /// Notes a fault.
    ///
    /// Of several faults at one place only the first is kept, because the others follow from it.
    /// - Parameters:
    ///   - line: nil for what is in no file.
    ///   - path: empty for the whole configuration.
    public func fault(line: Int?, path: String, _ message: String) {
        add(ConfigurationFault(line: line, path: path, text: path.isEmpty ? message : ": \(message)"))
    }

    func add(_ fault: ConfigurationFault) {
        if !faults.contains(where: { $0.line == fault.line && $0.path == fault.path }) { faults.append(fault) }
    }

    /// Notes a key that is accepted without effect; the same key of several list elements becomes one entry.
    public func notUsed(line: Int?, path: String, _ reason: String) {
        let text = "\(Self.withoutIndices(path)) (\(reason))"
        if let known = unused.firstIndex(where: { $0.text == text }) {
            unused[known].count += 1
        } else {
            unused.append(Unused(line: line, text: text))
        }
    }

    /// The keys without effect in the order of lines: `line 3 and 2 more: endpoints[].ui.badge (there is no page)`.
    public var notUsed: [String] {
        unused.sorted { $0.line ?? 0 < $1.line ?? 0 }.map { entry in
            (entry.line.map { "line \($0)" } ?? "") + (entry.count > 1 ? " and \(entry.count - 1) more" : "")
                + ": \(entry.text)"
        }
    }

    /// Throws the faults, if there are any.
    public func check() throws(ConfigurationError) {
        if !faults.isEmpty { throw ConfigurationError(faults: faults) }
    }

    /// `endpoints[3](shop/api).ui.badge` as `endpoints[].ui.badge`.
    private static func withoutIndices(_ path: String) -> String {
        let label = path.firstIndex(of: "(") ?? path.endIndex
        let rest = path.lastIndex(of: ")").map { path[$0...].dropFirst() } ?? ""
        return path[..<label].filter { !$0.isNumber } + rest
    }
}

/// One value that is missing or wrong.
public struct ConfigurationFault: Sendable, Hashable, CustomStringConvertible {
    /// The line in the file, from 1; nil for a variable.
    public let line: Int?
    /// Where the value is: the name of a variable, or a path such as `routes[0].match.severity`.
    public let path: String
    /// Whether the value is absent.
    public let isMissing: Bool
    /// What follows the path.
    private let text: String

    init(line: Int?, path: String, isMissing: Bool = false, text: String) {
        (self.line, self.path, self.isMissing, self.text) = (line, path, isMissing, text)
    }

    /// `line 6: routes[0].match.severity is "bad", expected one of ok, info`; never a secret.
    public var description: String { (line.map { "line \($0): " } ?? "") + path + text }
}

/// Every fault of a configuration at once.
public struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    /// The faults; those of a file in the order of lines.
    public let faults: [ConfigurationFault]

    /// An error with these faults, which are put in the order of their lines.
    public init(faults: [ConfigurationFault]) {
        let order = faults.enumerated().sorted { ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset) }
        self.faults = order.map(\.element)
    }

    /// How many faults the description has: more would hide them in a terminal, and not fit into a log line.
    private static let shownFaults = 50

    /// Variables in one line; the faults of a file one to a line, after their number, the first 50.
    public var description: String {
        let lines = faults.prefix(Self.shownFaults).map(\.description)
        guard faults.contains(where: { $0.line != nil }) else {
            let rest = faults.count - lines.count
            return lines.joined(separator: "; ") + (rest > 0 ? "; and \(rest) more" : "")
        }
        if faults.count == 1 { return lines[0] }
        let title =
            "\(faults.count) faults" + (lines.count < faults.count ? ", the first \(lines.count) of them:" : ":")
        return ([title] + lines).joined(separator: "\n")
    }
}
