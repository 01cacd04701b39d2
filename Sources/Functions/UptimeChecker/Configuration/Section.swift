import Basics
import JSON
import YAML

/// A mapping of the configuration: typed getters that note every fault, and keys nobody asked for as unknown.
///
/// In each getter, a key that is absent or null means the default. Values are read as yaml.v3 reads them into Go's
/// types, with Gatus's structures in mind.
final class Section {
    /// Where the mapping is: `endpoints[0](shop).client`, empty for the whole file.
    var path: String
    let line: Int
    let findings: Findings
    private let members: [(key: YAMLNode, value: YAMLNode)]
    private var known: [String] = []

    /// nil, with a fault noted, for anything but a mapping.
    init?(_ node: YAMLNode, path: String, findings: Findings) {
        guard case .mapping(let members) = node.kind else {
            findings.fault(line: node.line, path: path, "expected a mapping of keys to values")
            return nil
        }
        self.path = path
        self.members = members
        self.findings = findings
        line = node.line
    }

    /// The value of a key, unless it is null, for getters; from now on the key is known.
    func node(_ key: String) -> YAMLNode? {
        known.append(key)
        return members.first { $0.key.text == key && !$0.value.isNull }?.value
    }

    func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// Notes a fault of a key, or of a name in its mapping; when the key is absent, of this mapping.
    func fault(_ key: String, of name: String? = nil, _ message: String) {
        let place = members.first { $0.key.text == key }?.key.line ?? line
        findings.fault(line: place, path: path(of: key) + (name.map { ".\($0)" } ?? ""), message)
    }

    /// Any scalar's text.
    func text(_ key: String) -> String? {
        guard let node = node(key) else { return nil }
        if node.text == nil { fault(key, "expected a text") }
        return node.text
    }

    /// A truth value, also in the words of YAML 1.1 when they stand without quotes.
    func flag(_ key: String) -> Bool? {
        guard let node = node(key) else { return nil }
        if case .scalar(let scalar) = node.kind {
            if let value = scalar.value.boolValue { return value }
            switch scalar.text {
            case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON": return true
            case "n", "N", "no", "No", "NO", "off", "Off", "OFF": return false
            default: break
            }
        }
        fault(key, "expected true or false")
        return nil
    }

    /// A duration in Go's form.
    func duration(_ key: String) -> Duration? {
        guard let node = node(key) else { return nil }
        if case .scalar(let scalar) = node.kind, let text = scalar.value.stringValue,
            let nanoseconds = DurationText.nanoseconds(text.utf8)
        {
            return .nanoseconds(nanoseconds)
        }
        fault(key, "expected a duration with its unit, such as 500ms, 30s, 5m or 1h30m")
        return nil
    }

    /// A whole number in a range.
    func integer(_ key: String, in range: ClosedRange<Int64>) -> Int? {
        guard let node = node(key) else { return nil }
        if case .scalar(let scalar) = node.kind, let number = scalar.value.intValue, range.contains(number) {
            return Int(number)
        }
        fault(key, "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    /// A list; an empty one when absent.
    func list(_ key: String) -> [YAMLNode] {
        guard let node = node(key) else { return [] }
        if case .sequence(let elements) = node.kind { return elements.filter { !$0.isNull } }
        fault(key, "expected a list")
        return []
    }

    /// A list of texts, each with its line.
    func texts(_ key: String) -> [(text: String, line: Int, path: String)] {
        list(key).enumerated().compactMap { index, node in
            let path = "\(path(of: key))[\(index)]"
            if let text = node.text { return (text, node.line, path) }
            findings.fault(line: node.line, path: path, "expected a text: put it into quotes if it begins with [ or {")
            return nil
        }
    }

    /// A list of texts that are names of an enumeration's cases.
    func choices<Choice: RawRepresentable & CaseIterable & Hashable>(_ key: String) -> Set<Choice>
    where Choice.RawValue == String {
        Set(
            texts(key).compactMap { entry in
                if let choice = Choice(rawValue: entry.text) { return choice }
                let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
                findings.fault(line: entry.line, path: entry.path, "expected one of \(names)")
                return nil
            })
    }

    /// A mapping of texts to texts, in order; null is an empty text.
    func pairs(_ key: String) -> [(name: String, value: String)] {
        guard let node = node(key) else { return [] }
        guard case .mapping(let members) = node.kind else {
            fault(key, "expected a mapping of names to texts")
            return []
        }
        return members.compactMap { name, value in
            if let name = name.text, let text = value.text { return (name, value.isNull ? "" : text) }
            findings.fault(line: value.line, path: "\(path(of: key)).\(name.text ?? "")", "expected a text")
            return nil
        }
    }

    /// The mapping of a key.
    func section(_ key: String) -> Section? {
        node(key).flatMap { Section($0, path: path(of: key), findings: findings) }
    }

    /// Accepts a key that has no effect here.
    func ignore(_ key: String, _ reason: String) {
        known.append(key)
        guard let member = members.first(where: { $0.key.text == key }) else { return }
        findings.notUsed(line: member.key.line, path: path(of: key), reason)
    }

    /// Notes every key that no getter asked for; with `anchors`, those are let pass that are there for aliases.
    func close(allowing anchors: Bool = false) {
        for (key, value) in members {
            let name = key.text ?? ""
            if known.contains(name) || anchors && (value.hasAnchor || name.hasPrefix("x-")) { continue }
            findings.fault(line: key.line, path: path(of: name), "unknown key, \(advice(for: name))")
        }
    }

    /// The known key that a name was probably meant to be, or all of them.
    private func advice(for name: String) -> String {
        let distances = known.map { (key: $0, distance: $0.editDistance(to: name)) }
        if let nearest = distances.min(by: { $0.distance < $1.distance }), nearest.distance <= 1 + name.utf8.count / 5 {
            return "did you mean \(nearest.key)?"
        }
        return "expected one of \(known.joined(separator: ", "))"
    }
}

/// What is found while a configuration is read: its faults, and what is not used.
final class Findings {
    /// A fault with its place; never a value, which could be a secret.
    private struct Fault {
        var line: Int
        var path: String
        var message: String
    }

    private struct Unused {
        var line: Int
        var text: String
        var count = 1
    }

    private var faults: [Fault] = []
    private var unused: [Unused] = []

    /// Notes a fault: `line 7: endpoints[0](shop).url: …`; of several at one place the first, which the others follow from.
    func fault(line: Int, path: String, _ message: String) {
        guard !faults.contains(where: { $0.line == line && $0.path == path }) else { return }
        faults.append(Fault(line: line, path: path, message: message))
    }

    /// Notes a key that is accepted without effect; the same of several endpoints is noted once.
    func notUsed(line: Int, path: String, _ reason: String) {
        let text = "\(Self.withoutIndices(path)) (\(reason))"
        if let known = unused.firstIndex(where: { $0.text == text }) {
            unused[known].count += 1
        } else {
            unused.append(Unused(line: line, text: text))
        }
    }

    /// The faults in the order of lines, one a line; nil when there are none.
    var faultText: String? {
        guard !faults.isEmpty else { return nil }
        let lines = faults.enumerated().sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }
            .map(\.element).map { "line \($0.line): \($0.path.isEmpty ? "" : $0.path + ": ")\($0.message)" }
        guard lines.count > 1 else { return lines[0] }
        return (["\(lines.count) faults:"] + lines).joined(separator: "\n")
    }

    /// One entry for each key without effect, in the order of lines.
    var notUsed: [String] {
        unused.sorted { $0.line < $1.line }.map { entry in
            "line \(entry.line)" + (entry.count > 1 ? " and \(entry.count - 1) more" : "") + ": \(entry.text)"
        }
    }

    /// `endpoints[3](shop/api).ui.badge` as `endpoints[].ui.badge`.
    private static func withoutIndices(_ path: String) -> String {
        let label = path.firstIndex(of: "(") ?? path.endIndex
        let rest = path.lastIndex(of: ")").map { path[$0...].dropFirst() } ?? ""
        return path[..<label].filter { !$0.isNumber } + rest
    }
}
