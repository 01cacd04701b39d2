import Basics
public import JSON
import Transport

/// A pattern of EventBridge, which selects events by their fields.
///
/// It has the shape of the events: all of its fields must match, each by one of the values in its list.
/// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
public struct EventPattern: Sendable, Equatable {
    /// As it was written.
    let source: JSONValue
    private let root: Group

    /// Why EventBridge would refuse a pattern.
    public struct Fault: Error, Equatable {
        /// What is wrong and where, for people: `detail.amount: numeric expects …`.
        public let message: String

        init(_ path: [String], _ message: String) {
            self.message = (path.isEmpty ? "" : path.joined(separator: ".") + ": ") + message
        }
    }

    private struct Group: Sendable {
        var fields: [(name: String, field: Field)] = []
        /// For each `$or`, the groups of which one must match.
        var alternatives: [[Group]] = []
    }

    private indirect enum Field: Sendable {
        case group(Group)
        case values([ValueTest])
    }

    /// - Throws: what is wrong with it.
    public init(_ json: JSONValue) throws(Fault) {
        guard let object = json.objectValue, !object.isEmpty else {
            throw Fault([], "expected a mapping of an event's fields to lists of values")
        }
        source = json
        root = try Self.group(object, [])
    }

    /// Equal when they are written alike.
    public static func == (left: EventPattern, right: EventPattern) -> Bool { left.source == right.source }

    // MARK: Reading

    private static func group(_ object: JSONObject, _ path: [String]) throws(Fault) -> Group {
        var group = Group()
        for (name, value) in object {
            let place = path + [name]
            switch value {
            case .array(let elements) where name == "$or" && elements.allSatisfy({ $0.objectValue != nil }):
                guard elements.count > 1 else { throw Fault(place, "expected two or more mappings to choose from") }
                var choices: [Group] = []
                for element in elements { choices.append(try Self.group(element.objectValue ?? [:], place)) }
                group.alternatives.append(choices)
            case .array(let elements):
                guard !elements.isEmpty else { throw Fault(place, "an empty list matches nothing") }
                var tests: [ValueTest] = []
                for element in elements { tests.append(try ValueTest(element, place)) }
                group.fields.append((name, .values(tests)))
            case .object(let members):
                guard !members.isEmpty else { throw Fault(place, "an empty mapping selects nothing") }
                group.fields.append((name, .group(try Self.group(members, place))))
            default: throw Fault(place, "expected a list of values, such as [\(value)]")
            }
        }
        return group
    }

    // MARK: Matching

    /// Whether an event is one of those that the pattern selects.
    public func matches(_ event: JSONValue) -> Bool { Self.matches(root, event.objectValue ?? [:]) }

    private static func matches(_ group: Group, _ object: JSONObject) -> Bool {
        group.fields.allSatisfy { matches($0.field, object[$0.name]) }
            && group.alternatives.allSatisfy { choices in choices.contains { matches($0, object) } }
    }

    private static func matches(_ field: Field, _ value: JSONValue?) -> Bool {
        switch field {
        case .group(let group):
            // Of a list of objects, one must have all of it.
            if case .array(let elements)? = value, !elements.isEmpty { return elements.contains { matches(field, $0) } }
            // A field below one that is absent is absent, too.
            return matches(group, value?.objectValue ?? [:])
        case .values(let tests):
            let leaves = leaves(of: value)
            return tests.contains { $0.matches(leaves) }
        }
    }

    /// The values that a list is compared with: of a list its elements, of an object none.
    private static func leaves(of value: JSONValue?) -> [JSONValue] {
        switch value {
        case .array(let elements)?: elements.flatMap { leaves(of: $0) }
        case .object?, nil: []
        case let value?: [value]
        }
    }
}

/// One of the values in a pattern's list.
private enum ValueTest: Sendable {
    case equals(JSONValue)
    case text(TextTest)
    case numeric([(sign: ComparisonOperator, limit: Double)])
    case cidr(AddressBlock)
    case exists(Bool)
    /// None of these; the field must be there.
    case anythingBut([ValueTest])

    private typealias Fault = EventPattern.Fault

    init(_ value: JSONValue, _ path: [String]) throws(EventPattern.Fault) {
        switch value {
        case .array: throw Fault(path, "a list in a list of values cannot match")
        case .object(let members):
            guard let (name, operand) = members.first, members.count == 1 else {
                throw Fault(path, "expected one operator in each mapping, such as {\"prefix\": \"a\"}")
            }
            self = try Self.test(name, operand, path)
        default: self = .equals(value)
        }
    }

    private static func test(
        _ name: String, _ operand: JSONValue, _ path: [String]
    ) throws(EventPattern.Fault) -> ValueTest {
        switch name {
        case "exists":
            guard let isThere = operand.boolValue else { throw Fault(path, "exists expects true or false") }
            return .exists(isThere)
        case "numeric": return .numeric(try bounds(operand, path))
        case "cidr":
            guard let range = operand.stringValue.flatMap({ AddressBlock($0) }) else {
                throw Fault(path, "cidr expects a range of addresses, such as 10.0.0.0/24")
            }
            return .cidr(range)
        case "anything-but": return .anythingBut(try excluded(operand, path))
        default: return .text(try TextTest(name, operand, path))
        }
    }

    private static func bounds(
        _ operand: JSONValue, _ path: [String]
    ) throws(EventPattern.Fault) -> [(sign: ComparisonOperator, limit: Double)] {
        let elements = operand.arrayValue ?? []
        let fault = Fault(path, "numeric expects one or two signs, each with a number, such as [\">\", 0, \"<=\", 5]")
        guard [2, 4].contains(elements.count) else { throw fault }
        var bounds: [(sign: ComparisonOperator, limit: Double)] = []
        for index in stride(from: 0, to: elements.count, by: 2) {
            let text = elements[index].stringValue ?? ""
            guard let limit = elements[index + 1].doubleValue, text != "!=", text != "==",
                let sign = text == "=" ? .equal : ComparisonOperator(rawValue: text)
            else { throw fault }
            bounds.append((sign, limit))
        }
        return bounds
    }

    private static func excluded(_ operand: JSONValue, _ path: [String]) throws(EventPattern.Fault) -> [ValueTest] {
        let fault = Fault(
            path, "anything-but expects texts, numbers, or one of \(TextTest.operators.joined(separator: ", "))")
        switch operand {
        case .object(let members):
            guard let (name, inner) = members.first, members.count == 1 else { throw fault }
            var tests: [ValueTest] = []
            for value in inner.arrayValue ?? [inner] { tests.append(.text(try TextTest(name, value, path))) }
            guard !tests.isEmpty else { throw fault }
            return tests
        case .array(let elements):
            let isPlain = elements.allSatisfy { $0.stringValue != nil || $0.doubleValue != nil }
            guard !elements.isEmpty, isPlain else { throw fault }
            return elements.map { .equals($0) }
        case .string, .integer, .unsigned, .double: return [.equals(operand)]
        case .bool, .null: throw fault
        }
    }

    /// - Parameter leaves: the values of the field; empty when it is absent.
    func matches(_ leaves: [JSONValue]) -> Bool {
        if case .exists(let isThere) = self { return isThere != leaves.isEmpty }
        return leaves.contains(where: matches)
    }

    private func matches(_ value: JSONValue) -> Bool {
        switch self {
        case .equals(let wanted): return wanted.hasSameValue(as: value)
        case .text(let test): return value.stringValue.map(test.matches) ?? false
        case .numeric(let bounds):
            guard let number = value.doubleValue else { return false }
            return bounds.allSatisfy { $0.sign.holds(number, $0.limit) }
        case .cidr(let range):
            guard let address = value.stringValue.flatMap({ SocketAddress(ip: $0, port: 0) }) else { return false }
            return range.contains(address)
        case .exists: return false
        case .anythingBut(let tests): return !tests.contains { $0.matches(value) }
        }
    }
}

/// A test of a text, byte by byte as EventBridge compares.
private enum TextTest: Sendable {
    case prefix([UInt8], ignoresCase: Bool)
    case suffix([UInt8], ignoresCase: Bool)
    case equalsIgnoringCase([UInt8])
    case wildcard(Glob)

    static let operators = ["prefix", "suffix", "equals-ignore-case", "wildcard"]

    init(_ name: String, _ operand: JSONValue, _ path: [String]) throws(EventPattern.Fault) {
        guard Self.operators.contains(name) else {
            let known = Self.operators + ["anything-but", "numeric", "cidr", "exists"]
            throw EventPattern.Fault(path, "there is no operator \(name); there are \(known.joined(separator: ", "))")
        }
        let inner = ["prefix", "suffix"].contains(name) ? operand["equals-ignore-case"] : nil
        guard let text = (inner ?? operand).stringValue else {
            throw EventPattern.Fault(path, "\(name) expects a text")
        }
        let bytes = Array((inner != nil ? text.lowercased() : text).utf8)
        switch name {
        case "prefix": self = .prefix(bytes, ignoresCase: inner != nil)
        case "suffix": self = .suffix(bytes, ignoresCase: inner != nil)
        case "equals-ignore-case": self = .equalsIgnoringCase(Array(text.lowercased().utf8))
        default: self = .wildcard(try Self.wildcard(text, path))
        }
    }

    /// Reads a text in which `*` stands for any characters, `\*` for a star and `\\` for a backslash.
    private static func wildcard(_ text: String, _ path: [String]) throws(EventPattern.Fault) -> Glob {
        var parts: [Glob.Part] = []
        var rest = text.unicodeScalars[...]
        while let character = rest.popFirst() {
            switch character {
            case "*":
                guard parts.last != .anyText else {
                    throw EventPattern.Fault(path, "wildcard: two stars in a row")
                }
                parts.append(.anyText)
            case "\\":
                guard let next = rest.popFirst(), next == "*" || next == "\\" else {
                    throw EventPattern.Fault(path, "wildcard: a backslash stands before a star or a backslash")
                }
                parts.append(.character(next))
            default: parts.append(.character(character))
            }
        }
        return Glob(parts)
    }

    func matches(_ text: String) -> Bool {
        switch self {
        case .prefix(let part, let ignoresCase):
            (ignoresCase ? Array(text.lowercased().utf8) : Array(text.utf8)).starts(with: part)
        case .suffix(let part, let ignoresCase):
            (ignoresCase ? Array(text.lowercased().utf8) : Array(text.utf8)).reversed().starts(with: part.reversed())
        case .equalsIgnoringCase(let whole): text.lowercased().utf8.elementsEqual(whole)
        case .wildcard(let glob): glob.matches(text)
        }
    }
}
