import Basics
import JSON

extension JMESPath {
    /// The functions of the specification.
    enum Function: String, CaseIterable, Sendable {
        case abs, avg, ceil, contains, floor, join, keys, length, map, max, merge, min, reverse, sort, sum, type, values
        case endsWith = "ends_with"
        case maxBy = "max_by"
        case minBy = "min_by"
        case notNull = "not_null"
        case sortBy = "sort_by"
        case startsWith = "starts_with"
        case toArray = "to_array"
        case toNumber = "to_number"
        case toString = "to_string"
    }

    /// What a function takes as one argument.
    enum Parameter: Sendable {
        case any, number, string, array, object, reference
        case arrayOrString
        case arrayOrObjectOrString
        case numbers, strings
        /// All numbers or all strings.
        case sortable

        var name: String {
            switch self {
            case .any: "a value"
            case .number: "a number"
            case .string: "a string"
            case .array: "an array"
            case .object: "an object"
            case .reference: "an expression"
            case .arrayOrString: "an array or a string"
            case .arrayOrObjectOrString: "an array, an object or a string"
            case .numbers: "an array of numbers"
            case .strings: "an array of strings"
            case .sortable: "an array of numbers or an array of strings"
            }
        }

        func accepts(_ value: JSONValue) -> Bool {
            switch (self, value) {
            case (.any, _), (.array, .array), (.object, .object), (.string, .string): true
            case (.arrayOrString, .array), (.arrayOrString, .string): true
            case (.arrayOrObjectOrString, .array), (.arrayOrObjectOrString, .object): true
            case (.arrayOrObjectOrString, .string): true
            case (.number, _): value.kindName == "number"
            case (.numbers, .array(let elements)): elements.allSatisfy { $0.kindName == "number" }
            case (.strings, .array(let elements)): elements.allSatisfy { $0.kindName == "string" }
            case (.sortable, .array(let elements)): elements.areSortable
            default: false
            }
        }
    }
}

extension JMESPath.Function {
    var parameters: [JMESPath.Parameter] {
        switch self {
        case .abs, .ceil, .floor: [.number]
        case .avg, .sum: [.numbers]
        case .contains: [.arrayOrString, .any]
        case .endsWith, .startsWith: [.string, .string]
        case .join: [.string, .strings]
        case .keys, .merge, .values: [.object]
        case .length: [.arrayOrObjectOrString]
        case .map: [.reference, .array]
        case .max, .min, .sort: [.sortable]
        case .maxBy, .minBy, .sortBy: [.array, .reference]
        case .notNull, .toArray, .toNumber, .toString, .type: [.any]
        case .reverse: [.arrayOrString]
        }
    }

    /// Whether the last argument may be repeated.
    var isVariadic: Bool { self == .merge || self == .notNull }

    func takesReference(at index: Int) -> Bool {
        if case .reference = parameters[Swift.min(index, parameters.count - 1)] { true } else { false }
    }
}

extension [JSONValue] {
    /// Whether all are numbers, or all are strings.
    fileprivate var areSortable: Bool {
        guard let kind = first?.kindName else { return true }
        return (kind == "number" || kind == "string") && allSatisfy { $0.kindName == kind }
    }
}

extension JMESPath.Evaluation {
    /// Evaluates the arguments, checks their types and calls the function.
    mutating func result(of call: JMESPath.Call, in node: JSONValue) throws(JMESPath.Fault) -> JSONValue {
        var values: [JSONValue] = []
        var reference = JMESPath.Expression.current
        for (index, argument) in call.arguments.enumerated() {
            switch argument {
            case .reference(let expression): reference = expression
            case .value(let expression):
                let value = try value(of: expression, in: node)
                let parameter = call.function.parameters[Swift.min(index, call.function.parameters.count - 1)]
                guard parameter.accepts(value) else {
                    throw JMESPath.Fault(
                        "\(call.function.rawValue)() needs \(parameter.name), not \(value.summary)", at: call.offset)
                }
                if case .array(let elements) = value { try work(elements.count) }
                values.append(value)
            }
        }
        switch call.function {
        case .map:
            var results: [JSONValue] = []
            for element in values[0].elements { results.append(try value(of: reference, in: element)) }
            return .array(results)
        case .sortBy, .minBy, .maxBy: return try ordered(values[0].elements, by: reference, call)
        case .contains: return .bool(try contains(values[0], values[1]))
        case .toString:
            if case .string = values[0] { return values[0] }
            try measure(values[0])
            return .string(values[0].description)
        case .join: return .string(try join(values[1].elements, separator: values[0].text))
        default: return Self.result(of: call.function, values)
        }
    }

    /// The functions that only look at their arguments, which have the right types.
    private static func result(of function: JMESPath.Function, _ values: [JSONValue]) -> JSONValue {
        let value = values[0]
        switch function {
        case .abs: return value.absolute
        case .ceil: return value.rounded(.up)
        case .floor: return value.rounded(.down)
        case .sum: return sum(value.elements)
        case .avg:
            guard !value.elements.isEmpty, let sum = sum(value.elements).doubleValue else { return .null }
            return .double(sum / Double(value.elements.count))
        case .endsWith: return .bool(value.text.utf8.reversed().starts(with: values[1].text.utf8.reversed()))
        case .startsWith: return .bool(value.text.utf8.starts(with: values[1].text.utf8))
        case .keys: return .array((value.objectValue ?? [:]).keys.map { .string($0) })
        case .values: return .array((value.objectValue ?? [:]).values)
        case .length:
            let text = value.stringValue?.unicodeScalars.count
            return JSONValue(text ?? value.objectValue?.count ?? value.elements.count)
        case .max: return value.elements.firstMaximum { $0.isLess(than: $1) } ?? .null
        case .min: return value.elements.min { $0.isLess(than: $1) } ?? .null
        case .sort: return .array(value.elements.sorted { $0.isLess(than: $1) })
        case .merge:
            var object = JSONObject()
            for (key, member) in values.flatMap({ $0.objectValue ?? [:] }) { object[key] = member }
            return .object(object)
        case .notNull: return values.first { !$0.isNull } ?? .null
        case .reverse:
            guard let text = value.stringValue else { return .array(value.elements.reversed()) }
            var scalars = String.UnicodeScalarView()
            scalars.append(contentsOf: text.unicodeScalars.reversed())
            return .string(String(scalars))
        case .toArray: return value.arrayValue == nil ? [value] : value
        case .toNumber:
            guard case .string(let text) = value else { return value.kindName == "number" ? value : .null }
            let number = try? JSONValue(parsing: text)
            return number?.kindName == "number" ? number ?? .null : .null
        default: return .string(value.kindName)  // type()
        }
    }

    /// Integers stay exact as long as they fit.
    private static func sum(_ numbers: [JSONValue]) -> JSONValue {
        var total: Int64 = 0
        for number in numbers {
            guard case .integer(let integer) = number,
                case let (sum, overflow) = total.addingReportingOverflow(integer),
                !overflow
            else { return .double(numbers.reduce(0) { $0 + ($1.doubleValue ?? 0) }) }
            total = sum
        }
        return .integer(total)
    }

    private mutating func contains(_ subject: JSONValue, _ sought: JSONValue) throws(JMESPath.Fault) -> Bool {
        if case .string(let text) = subject {
            guard case .string(let part) = sought else { return false }
            try work(text.utf8.count / 64)
            return text.containsBytes(part)
        }
        for element in subject.elements where try areEqual(element, sought) { return true }
        return false
    }

    private mutating func join(_ parts: [JSONValue], separator: String) throws(JMESPath.Fault) -> String {
        try work(parts.reduce(separator.utf8.count * parts.count) { $0 + $1.text.utf8.count } / 64)
        return parts.map(\.text).joined(separator: separator)
    }

    /// sort_by, min_by and max_by: the keys must be all numbers or all strings.
    private mutating func ordered(
        _ elements: [JSONValue], by reference: JMESPath.Expression, _ call: JMESPath.Call
    ) throws(JMESPath.Fault) -> JSONValue {
        var pairs: [(key: JSONValue, element: JSONValue)] = []
        for element in elements {
            let key = try value(of: reference, in: element)
            guard [pairs.first?.key ?? key, key].areSortable else {
                throw JMESPath.Fault(
                    "\(call.function.rawValue)() needs numbers or strings alone to order by, found \(key.summary)",
                    at: call.offset)
            }
            pairs.append((key, element))
        }
        switch call.function {
        case .sortBy: return .array(pairs.sorted { $0.key.isLess(than: $1.key) }.map(\.element))
        case .minBy: return pairs.min { $0.key.isLess(than: $1.key) }?.element ?? .null
        default: return pairs.firstMaximum { $0.key.isLess(than: $1.key) }?.element ?? .null
        }
    }
}

extension Sequence {
    /// The first of the largest elements, as in the Python package; the standard library's `max` gives the last one.
    fileprivate func firstMaximum(by isLess: (Element, Element) -> Bool) -> Element? {
        var largest: Element?
        for element in self where largest.map({ isLess($0, element) }) ?? true { largest = element }
        return largest
    }
}

extension JSONValue {
    fileprivate var elements: [JSONValue] { arrayValue ?? [] }
    fileprivate var text: String { stringValue ?? "" }

    /// The value in a message: its kind, and what the elements of an array are.
    ///
    /// Without the value itself, which may be a secret.
    fileprivate var summary: String {
        guard case .array(let elements) = self else { return isNull ? "null" : kindName.withArticle }
        var kinds: [String] = []
        for kind in elements.map(\.kindName) where !kinds.contains(kind) { kinds.append(kind) }
        return kinds.isEmpty ? "an empty array" : "an array of \(kinds.joined(separator: " and "))"
    }

    fileprivate var absolute: JSONValue {
        switch self {
        case .integer(let value): JSONValue(value.magnitude)
        case .double(let value): .double(Swift.abs(value))
        default: self
        }
    }

    /// A whole number, as an integer where it fits.
    fileprivate func rounded(_ rule: FloatingPointRoundingRule) -> JSONValue {
        guard case .double(let value) = self else { return self }
        let whole = value.rounded(rule)
        return Int64(exactly: whole).map { .integer($0) } ?? .double(whole)
    }
}

extension String {
    fileprivate var withArticle: String { ["array", "object"].contains(self) ? "an \(self)" : "a \(self)" }
}
