import Basics
import Configuration
import ConfigurationSources
import JSON
import YAML

/// Reads the components of a file, and collects what is wrong with them and what probably is.
///
/// Where servo-fargate refuses something, the fault has servo-fargate's sentence.
final class ConfigurationReader {
    let diagnostics = Diagnostics()
    /// Whether `cpu` and `mem` are ranges; otherwise they are lists of values.
    let usesRanges: Bool
    private let file: String
    private let cluster: String
    private var notes: [(line: Int?, text: String)] = []

    init(file: String, environment: Environment) {
        self.file = file
        cluster = environment["FARGATE_CLUSTER"] ?? "default"
        let ranges = environment["OPTUNE_ECS_USE_RANGES"]
        // The original takes any text for true, also "false".
        let isFalse = ranges.map { ["false", "0", "no", "off"].contains($0.lowercased()) } ?? false
        usesRanges = ranges != nil && !isFalse
        if let ranges, isFalse {
            notes.append(
                (
                    nil,
                    "OPTUNE_ECS_USE_RANGES is \"\(ranges)\", so cpu and mem are enums; "
                        + "servo-fargate took any text for true: remove the variable to be clear"
                ))
        }
    }

    /// The warnings in the order of lines, with the name of the file.
    var warnings: [String] {
        notes.enumerated().sorted { ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset) }
            .map { note in note.element.line.map { "\(file): line \($0): \(note.element.text)" } ?? note.element.text }
    }

    /// Notes what has no effect, or probably another one than was meant.
    func warn(_ section: ConfigurationSection, _ key: String, _ message: String) {
        notes.append((section.line(of: key), "\(section.path(of: key)): \(message)"))
    }

    /// Warns of keys that nothing reads: the original ignores them, too.
    func warnOfUnknownKeys(_ section: ConfigurationSection, known: [String]) {
        for key in section.keys where !known.contains(key) {
            let advice =
                known.nearest(to: key).map { "did you mean \($0)?" }
                ?? "it is ignored; known are \(known.joined(separator: ", "))"
            warn(section, key, "unknown key, \(advice)")
        }
    }

    /// The components, in the order of the file; those that cannot be read are left out.
    func components(of root: YAMLNode) -> [ComponentConfiguration] {
        if !root.isNull, root.members == nil {
            fault(root, "", "expected a mapping with the key fargate")
            return []
        }
        guard let top = root["fargate"], top.json.isTruthy else {
            let names = root.members?.compactMap(\.key.text) ?? []
            let advice = names.first { ["fargate"].nearest(to: $0.lowercased()) != nil && $0 != "fargate" }
            fault(
                root["fargate"] ?? root, "",
                "EC2 Server Configuration was not provided in \"\(file)\". Please refer to README.md"
                    + (advice.map { ": the key is fargate, not \($0)" } ?? ": there are no components under `fargate`"))
            return []
        }
        guard let members = top.members else {
            fault(
                top, "fargate",
                "Component Configuration was malformed in \"\(file)\". "
                    + "Expected dict, found \(top.json.pythonTypeName)")
            return []
        }
        var components: [ComponentConfiguration] = []
        for (key, value) in members {
            let name = key.text ?? ""
            guard let section = ConfigurationSection(value, path: "fargate.\(name)", diagnostics: diagnostics) else {
                continue
            }
            let component = ComponentReader(name: name, section: section, reader: self).component(cluster: cluster)
            // Two plans that were made of the same revision would undo each other.
            if let other = components.first(where: {
                $0.service == component.service && $0.cluster == component.cluster
            }) {
                section.fault(
                    "service_name",
                    "comp \(name): component \(other.name) has the same service: put the settings of both into one")
            }
            components.append(component)
        }
        return components
    }

    private func fault(_ node: YAMLNode, _ path: String, _ message: String) {
        diagnostics.fault(line: node.line, path: path, message)
    }
}
