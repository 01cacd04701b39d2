import Basics
import JSON
import RegularExpressions
import YAML

/// Reads nodes of a rules file and notes every fault with its line and path.
struct RulesReader {
    private var found: [(line: Int, text: String)] = []

    /// By line.
    var faults: [String] { found.sorted { $0.line < $1.line }.map { "line \($0.line): \($0.text)" } }

    mutating func fault(_ node: YAMLNode, _ path: String, _ problem: String) {
        found.append((node.line, "\(path.isEmpty ? "the file" : path) \(problem)"))
    }

    /// The members of a mapping by their keys; other keys than the known ones are faults.
    mutating func members(_ node: YAMLNode, _ path: String, known: Set<String>? = nil) -> [String: YAMLNode] {
        guard case .mapping(let members) = node.kind else {
            if !node.isNull { fault(node, path, "is not a mapping") }
            return [:]
        }
        var result: [String: YAMLNode] = [:]
        for (key, value) in members {
            let name = key.text ?? ""
            if known?.contains(name) ?? true {
                result[name] = value
            } else {
                let expected = (known ?? []).sorted().joined(separator: ", ")
                fault(key, join(path, name), "is not known, expected \(expected)")
            }
        }
        return result
    }

    /// The elements of a list; anything else is a list of itself.
    func elements(_ node: YAMLNode, _ path: String) -> [(node: YAMLNode, path: String)] {
        guard case .sequence(let nodes) = node.kind else { return [(node, path)] }
        return nodes.enumerated().map { ($1, "\(path)[\($0)]") }
    }

    /// The texts of a list of them, or of one.
    mutating func texts(_ node: YAMLNode, _ path: String) -> [(node: YAMLNode, path: String, text: String)] {
        var texts: [(node: YAMLNode, path: String, text: String)] = []
        for (node, path) in elements(node, path) {
            if let text = node.text, !text.isEmpty, !node.isNull {
                texts.append((node, path, text))
            } else {
                fault(node, path, "is not a text")
            }
        }
        return texts
    }

    mutating func flag(_ node: YAMLNode?, _ path: String) -> Bool {
        guard let node else { return false }
        if let flag = node.json.boolValue { return flag }
        fault(node, path, "is \"\(node.text ?? "")\", expected true or false")
        return false
    }

    mutating func severity(_ node: YAMLNode, _ path: String, _ text: String) -> Severity? {
        if let severity = Severity(rawValue: text.lowercased()) { return severity }
        let names = Severity.allCases.map(\.rawValue).joined(separator: ", ")
        fault(node, path, "is \"\(text)\", expected one of \(names)")
        return nil
    }

    mutating func patterns(_ node: YAMLNode, _ path: String) -> [Pattern] {
        var patterns: [Pattern] = []
        for (node, path, text) in texts(node, path) {
            do throws(RegularExpressionError) {
                patterns.append(try Pattern(text))
            } catch {
                fault(node, path, "is no regular expression: \(error)")
            }
        }
        return patterns
    }

    func join(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
