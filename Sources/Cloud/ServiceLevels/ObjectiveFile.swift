public import Basics
import Configuration
import ConfigurationSources
import JSON
import YAML

/// Why a file of objectives cannot be used.
public typealias ServiceLevelsError = CodedError<ServiceLevelsErrorCode>

/// The kinds of ``ServiceLevelsError``.
public enum ServiceLevelsErrorCode: String, ErrorCode {
    /// The file is no YAML, or has faults; the text has all of them, by line.
    case invalid
}

/// A file of Sloth or OpenSLO, as these tools take it.
public struct ObjectiveFile: Sendable {
    /// An objective, and the line on which it begins.
    public struct Entry: Sendable, Hashable {
        /// What the file says.
        public var objective: Objective
        /// From 1.
        public var line: Int?
    }

    /// In the order of the file.
    public var objectives: [Entry]
    /// Keys that have no effect, and why: `line 3: spec.timeWindow[].calendar (…)`.
    public var notUsed: [String]

    /// Reads a file of one or more documents, each of Sloth (`prometheus/v1`, `sloth.slok.dev/v1`) or OpenSLO
    /// (`openslo/v1`, `openslo/v1alpha`).
    /// - Parameter file: its name, for messages.
    /// - Throws: `invalid`, with every fault of the file.
    public init(parsing bytes: [UInt8], file: String) throws(ServiceLevelsError) {
        let documents: [YAMLNode]
        do { documents = try YAMLNode.documents(parsing: bytes) } catch {
            throw ServiceLevelsError(.invalid, "\(file): \(error)", underlying: error)
        }
        let diagnostics = Diagnostics()
        let sections = Self.sections(documents, diagnostics)
        objectives = []
        let openSLO = OpenSLOReader(sections.filter { Self.form(of: $0) == .openSLO })
        for section in sections {
            switch Self.form(of: section) {
            case .sloth: objectives += SlothReader.objectives(in: section)
            case .slothResource: objectives += SlothReader.objectives(inResource: section)
            case .openSLO: objectives += openSLO.objectives(in: section)
            case nil:
                diagnostics.fault(
                    line: section.line, path: section.path(of: section.has("version") ? "version" : "apiVersion"),
                    "expected version: prometheus/v1 or apiVersion: sloth.slok.dev/v1 (Sloth), or apiVersion: "
                        + "openslo/v1 or openslo/v1alpha (OpenSLO)")
            }
        }
        openSLO.close()
        Self.refuseDuplicates(objectives, diagnostics)
        if objectives.isEmpty, diagnostics.faults.isEmpty {
            diagnostics.fault(line: nil, path: "", "there is no objective in it")
        }
        notUsed = diagnostics.notUsed
        do { try diagnostics.check() } catch {
            throw ServiceLevelsError(.invalid, "\(file): \(error)", underlying: error)
        }
    }

    /// Whether a file looks like one of Sloth or OpenSLO, and not like one of rules.
    public static func isObjectiveFile(_ bytes: [UInt8]) -> Bool {
        guard let documents = try? YAMLNode.documents(parsing: bytes) else { return false }
        return sections(documents, Diagnostics()).contains { form(of: $0) != nil }
    }

    private enum Form { case sloth, slothResource, openSLO }

    private static func form(of section: ConfigurationSection) -> Form? {
        if section.value("version")?.text == "prometheus/v1" { return .sloth }
        switch section.value("apiVersion")?.text {
        case "sloth.slok.dev/v1": return .slothResource
        case "openslo/v1", "openslo/v1alpha": return .openSLO
        default: return nil
        }
    }

    /// Every document, or every element of one that is a list; empty documents are skipped.
    private static func sections(_ documents: [YAMLNode], _ diagnostics: Diagnostics) -> [ConfigurationSection] {
        var result: [ConfigurationSection] = []
        for (number, document) in documents.enumerated() where !document.isNull {
            let start = documents.count == 1 ? "" : "document \(number + 1)"
            if case .sequence(let elements) = document.kind {
                for (index, element) in elements.enumerated() {
                    ConfigurationSection(element, path: "\(start)[\(index)]", diagnostics: diagnostics)
                        .map { result.append($0) }
                }
            } else {
                ConfigurationSection(document, path: start, diagnostics: diagnostics).map { result.append($0) }
            }
        }
        return result
    }

    private static func refuseDuplicates(_ entries: [Entry], _ diagnostics: Diagnostics) {
        var lines: [String: Int?] = [:]
        for entry in entries {
            let key = "\(entry.objective.service)/\(entry.objective.name)"
            guard let first = lines.updateValue(entry.line, forKey: key) else { continue }
            diagnostics.fault(
                line: entry.line, path: "",
                "a second objective \(key), after the one on line \(first ?? 0): rename one of them")
        }
    }
}

extension ConfigurationSection {
    /// A share that must be good, in per cent, such as 99.9.
    func percent(_ key: String) -> Double? {
        guard let value = value(key) else { return nil }
        if let number = value.json.doubleValue, number > 0, number < 100 { return (number / 100).roundedForPeople }
        fault(key, expected: "a percentage above 0 and below 100, such as 99.9")
        return nil
    }

    /// Labels; a list of values becomes one value with commas.
    func labels(_ key: String) -> [String: String] {
        guard let labels = section(key) else { return [:] }
        return Dictionary(
            labels.keys.map { name in
                (name, labels.texts(name, acceptsOne: true).map(\.text).joined(separator: ","))
            }
        ) { $1 }
    }

    /// Refuses a window that burn rates cannot be made for.
    func checkWindow(_ window: Duration, _ key: String) {
        if window < BurnRates.shortestObjective {
            fault(
                key,
                "burn rates are made for windows of a day and more, because shorter ones would have to look at less "
                    + "than two minutes: use a longer window, or an ordinary alarm")
        }
    }
}
