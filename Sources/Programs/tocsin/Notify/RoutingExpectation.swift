import Basics
import Configuration
import ConfigurationSources
import JSON
import Notifier
import RegularExpressions
import YAML

/// What `tocsin notify test` expects of the notifications of an event; nothing by default.
struct RoutingExpectation {
    /// Of an expectations file: an event and what is expected of it.
    struct Case {
        let event: String
        let expectation: RoutingExpectation
    }

    /// Exactly these; empty for nobody.
    var outputs: Set<String>?
    /// These at least.
    var someOutputs: Set<String> = []
    /// Exactly these, over all outputs.
    var mentions: Set<String>?
    /// These at least.
    var someMentions: Set<String> = []
    var severity: Severity?
    var source: String?
    var title: TextPattern?

    init() {}

    /// Whether it says that nobody gets the event.
    var expectsNobody: Bool { outputs?.isEmpty == true }

    /// What is not as expected, a sentence each.
    func failures(of entry: RoutingTrace.Entry) -> [String] {
        var failures: [String] = []
        let reached = entry.destinations.map(\.output)
        let place = reached.isEmpty ? "it reaches nobody" : "it goes to \(reached.joined(separator: ", "))"
        if let outputs, outputs != Set(reached) {
            let wanted = outputs.isEmpty ? "nobody" : outputs.sorted().joined(separator: ", ")
            failures.append("expected outputs: \(wanted); \(place)")
        }
        for output in someOutputs.sorted() where !reached.contains(output) {
            failures.append("expected output \(output); \(place)")
        }
        let called = Set(entry.destinations.flatMap(\.mentions))
        let calls = called.isEmpty ? "it calls nobody" : "it calls \(called.sorted().joined(separator: ", "))"
        if let mentions, mentions != called {
            let wanted = mentions.isEmpty ? "nobody" : mentions.sorted().joined(separator: ", ")
            failures.append("expected mentions: \(wanted); \(calls)")
        }
        for mention in someMentions.sorted() where !called.contains(mention) {
            failures.append("expected mention \(mention); \(calls)")
        }
        let severities = entry.destinations.isEmpty ? [entry.severity] : entry.destinations.map(\.severity)
        if let severity, let other = severities.first(where: { $0 != severity }) {
            failures.append("expected severity \(severity.rawValue); it is \(other.rawValue)")
        }
        if let source, source != entry.source { failures.append("expected source \(source); it is \(entry.source)") }
        let titles = entry.destinations.isEmpty ? [entry.title] : entry.destinations.map(\.title)
        if let title, let other = titles.first(where: { !title.matches($0) }) {
            failures.append("expected title \(title.text); it is \(other)")
        }
        return failures
    }
}

extension RoutingExpectation {
    /// Reads `--expect`.
    /// - Throws: `UnusableExpectation` for one that says nothing.
    init(arguments: [String]) throws {
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[1].isEmpty else {
                throw UnusableExpectation(message: "--expect \(argument): write KEY=VALUE, such as output=ops")
            }
            do { try set(parts[0], parts[1]) } catch {
                throw UnusableExpectation(message: "--expect \(argument): \(error.message)")
            }
        }
    }

    private static let keys = ["output", "mention", "severity", "source", "title"]

    private mutating func set(_ key: String, _ value: String) throws(UnusableExpectation) {
        switch key {
        case "output" where value == "none": outputs = []
        case "output": someOutputs.insert(value)
        case "mention" where value == "none": mentions = []
        case "mention": someMentions.insert(value.hasPrefix("@") ? value : "@" + value)
        case "severity":
            guard let known = Severity(rawValue: value) else {
                let all = Severity.allCases.map(\.rawValue).joined(separator: ", ")
                throw UnusableExpectation(message: "there is no severity \(value), only \(all)")
            }
            severity = known
        case "source": source = value
        case "title":
            do { title = try TextPattern(value) } catch {
                throw UnusableExpectation(message: "it is no regular expression: \(error)")
            }
        default:
            let near = Self.keys.nearest(to: key).map { ", did you mean \($0)?" } ?? ""
            throw UnusableExpectation(message: "there is no key \(key)\(near)")
        }
    }

    /// Reads an expectations file, a list.
    /// - Parameter file: its path; those of events begin at its folder.
    static func cases(in bytes: [UInt8], file: String) throws -> [Case] {
        let diagnostics = Diagnostics()
        let list: JSONObject = ["events": try YAMLNode(parsing: bytes).json]
        let root = ConfigurationSection(list, path: "", diagnostics: diagnostics)
        let folder = file.lastIndex(of: "/").map { file[...$0] } ?? ""
        let cases = root.sections("events").map { section -> Case in
            defer { section.close() }
            let event = section.requiredText("event", expected: "the path of an event")
            return Case(
                event: event.hasPrefix("/") ? event : folder + event, expectation: RoutingExpectation(section))
        }
        do { try diagnostics.check() } catch {
            throw UnusableExpectation(message: "\(file) cannot be used: \(error)")
        }
        return cases
    }

    private init(_ section: ConfigurationSection) {
        if section.has("outputs") { outputs = Set(section.texts("outputs", acceptsOne: true).map(\.text)) }
        if section.has("mentions") {
            mentions = Set(
                section.texts("mentions", acceptsOne: true).map { $0.text.hasPrefix("@") ? $0.text : "@" + $0.text })
        }
        if section.has("severity") { severity = section.choice("severity", default: Severity.info) }
        source = section.text("source")
        if let text = section.text("title") {
            do { title = try TextPattern(text) } catch {
                section.fault("title", "is no regular expression: \(error)")
            }
        }
    }
}

/// Why an expectation cannot be used.
struct UnusableExpectation: Error, CustomStringConvertible {
    let message: String
    var description: String { message }
}
