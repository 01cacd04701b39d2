import Basics
import JSON
import JSONPath

/// What a target gets of an event: all of it, a part, something else, or a text with parts of it.
///
/// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
enum EventInput: Sendable, Equatable {
    case event
    /// `Input`.
    case constant(String)
    /// `InputPath`.
    case path(JSONPath)
    /// `InputTransformer`: paths by the names that stand in the text as `<name>`.
    case template(String, [String: JSONPath])

    /// Reads an element of `ListTargetsByRule`.
    init(describing target: JSONValue) throws(EventRule.Unplayable) {
        if let constant = target["Input"]?.stringValue {
            self = .constant(constant)
        } else if let path = target["InputPath"]?.stringValue {
            if path == "$" { self = .event } else { self = .path(try Self.path(path)) }
        } else if let transformer = target["InputTransformer"] {
            var paths: [String: JSONPath] = [:]
            for (name, path) in transformer["InputPathsMap"]?.objectValue ?? [:] {
                paths[name] = try Self.path(path.stringValue ?? "")
            }
            self = .template(transformer["InputTemplate"]?.stringValue ?? "", paths)
        } else {
            self = .event
        }
    }

    private static func path(_ text: String) throws(EventRule.Unplayable) -> JSONPath {
        guard text.hasPrefix("$"), let path = try? JSONPath(Array(text.utf8).dropFirst()) else {
            throw EventRule.Unplayable(reason: "\(text) is no path such as $.detail.state")
        }
        return path
    }

    /// The text for a target.
    /// - Parameter time: when the event came.
    func text(of event: JSONValue, rule: EventRule, at time: Timestamp) -> String {
        switch self {
        case .event: return event.description
        case .constant(let text): return text
        case .path(let path): return (Self.value(path, in: event) ?? .null).description
        case .template(let template, let paths):
            return Self.filled(template) { name in
                switch name {
                case "aws.events.rule-arn": .string(rule.arn)
                case "aws.events.rule-name": .string(rule.name)
                case "aws.events.event.ingestion-time": .string(time.iso8601)
                case "aws.events.event.json": event
                case "aws.events.event": Self.withoutDetail(event)
                default: paths[name].map { Self.value($0, in: event) ?? "" }
                }
            }
        }
    }

    /// The variable `<aws.events.event>` has no `detail`, in the cloud too.
    private static func withoutDetail(_ event: JSONValue) -> JSONValue {
        guard var members = event.objectValue else { return event }
        members["detail"] = nil
        return .object(members)
    }

    private static func value(_ path: JSONPath, in event: JSONValue) -> JSONValue? {
        let values = path.values(in: event) ?? []
        return path.isSingular ? values.first : .array(values)
    }

    /// Puts values into the places `<name>`: inside of quotes as text, elsewhere as JSON.
    /// - Parameter value: nil for a name that is none, whose place stays.
    private static func filled(_ template: String, _ value: (String) -> JSONValue?) -> String {
        var result = ""
        var isQuoted = false
        var rest = template[...]
        while let character = rest.popFirst() {
            if character == "<", let end = rest.firstIndex(of: ">"), let found = value(String(rest[..<end])) {
                result += isQuoted ? quoted(found) : found.description
                rest = rest[rest.index(after: end)...]
                continue
            }
            result.append(character)
            if character == "\\", let next = rest.popFirst() {
                result.append(next)
            } else if character == "\"" {
                isQuoted.toggle()
            }
        }
        return result
    }

    /// A value as it stands inside of quotes.
    private static func quoted(_ value: JSONValue) -> String {
        let text = JSONValue.string(value.stringValue ?? value.description).description
        return String(text.dropFirst().dropLast())
    }
}
