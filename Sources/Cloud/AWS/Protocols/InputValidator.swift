import Basics
import JSON

/// Checks an input against its shape before anything is sent, as botocore does, and reports all faults at once.
struct InputValidator {
    /// A step from a value to one inside it.
    ///
    /// Kept as a value because the path's text is needed only for a fault.
    private enum Step {
        case member(String), index(Int), key(String)
    }

    private let graph: ShapeGraph
    private var path: [Step] = []
    private var faults: [String] = []

    /// Checks one input.
    /// - Throws: `invalidParameter` with one line for each fault: ``Missing required parameter in input: "TopicArn"``.
    static func validate(_ input: JSONValue, _ shape: ShapeReference, in graph: ShapeGraph) throws(AWSError) {
        var validator = InputValidator(graph: graph)
        validator.check(input, shape)
        guard validator.faults.isEmpty else {
            throw AWSError(.invalidParameter, validator.faults.joined(separator: "\n"))
        }
    }

    private init(graph: ShapeGraph) { self.graph = graph }

    private mutating func check(_ value: JSONValue, _ reference: ShapeReference, at step: Step) {
        path.append(step)
        check(value, reference)
        path.removeLast()
    }

    private mutating func check(_ value: JSONValue, _ reference: ShapeReference) {
        let shape = graph[reference]
        if reference.flags.contains(.jsonValue) || shape.isDocument { return }
        switch (shape.kind, value) {
        case (.structure, .object(let members)): check(members, of: shape)
        case (.list, .array(let elements)):
            check("length", Double(elements.count), shape.minimum)
            for (index, value) in elements.enumerated() { check(value, shape.members[0], at: .index(index)) }
        case (.map, .object(let members)):
            for (key, value) in members {
                check(.string(key), shape.members[0], at: .key(key))
                check(value, shape.members[1], at: .member(key))
            }
        case (.string, .string(let text)):
            // A label of a host name needs at least one character. Without a minimum nothing is counted: it is slow.
            let minimum = shape.minimum ?? (reference.flags.contains(.hostLabel) ? 1 : nil)
            if minimum != nil { check("length", Double(text.unicodeScalars.count), minimum) }
        case (.integer, .integer), (.integer, .unsigned), (.double, .integer), (.double, .unsigned), (.double, .double):
            if shape.minimum != nil { check("value", value.doubleValue ?? 0, shape.minimum) }
        case (.boolean, .bool): break
        case (.timestamp, _) where Timestamp(wire: value) != nil: break
        case (.blob, .string(let text)) where Base64.decode(text) != nil: break
        default:
            faults.append(
                "Invalid type for parameter \(name), value: \(value), type: \(value.kindName), "
                    + "valid types: \(shape.kind.acceptedTypes)"
            )
        }
    }

    private mutating func check(_ members: JSONObject, of shape: Shape) {
        var names: String { shape.members.map(\.name).joined(separator: ", ") }
        if shape.isUnion, members.count != 1 {
            faults.append("Set exactly one parameter of the union \(name), one of: \(names)")
        }
        for member in shape.required where members[member] == nil {
            faults.append("Missing required parameter in \(name): \"\(member)\"")
        }
        for (key, _) in members where shape.member(key) == nil {
            faults.append("Unknown parameter in \(name): \"\(key)\", must be one of: \(names)")
        }
        for (key, value) in members {
            if let member = shape.member(key) { check(value, member, at: .member(key)) }
        }
    }

    private mutating func check(_ what: String, _ number: Double, _ minimum: Double?) {
        guard let minimum, number < minimum else { return }
        func short(_ number: Double) -> String { Int64(exactly: number).map(String.init) ?? String(number) }
        faults.append(
            "Invalid \(what) for parameter \(name), value: \(short(number)), valid min \(what): \(short(minimum))"
        )
    }

    /// The path as in `MetricData[0].Dimensions`; `input` at the top.
    private var name: String {
        if path.isEmpty { return "input" }
        let text = path.map { step in
            switch step {
            case .member(let name): "." + name
            case .index(let index): "[\(index)]"
            case .key(let key): " (key: \(key))"
            }
        }
        return String(text.joined().drop { $0 == "." })
    }
}

extension Shape.Kind {
    fileprivate var acceptedTypes: String {
        switch self {
        case .structure, .map: "object"
        case .list: "array"
        case .string: "string"
        case .integer: "integer"
        case .double: "number"
        case .boolean: "boolean"
        case .timestamp: "ISO 8601 string or seconds since 1970"
        case .blob: "base64 string"
        }
    }
}
