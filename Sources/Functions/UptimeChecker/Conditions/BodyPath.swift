import JSON
import JSONPath

/// The path after `[BODY]`, to a value in a JSON body.
enum BodyPath: Sendable, Hashable {
    /// Only names and indices, by Gatus's rules.
    case keys(KeyPath)
    /// Anything more, by RFC 9535.
    case query(JSONPath)

    /// Parses a path such as `.name`, `[0].name`, `..name` or `[?@.a == 'b'].c`.
    init(_ text: ArraySlice<UInt8>) throws(ConditionError) {
        let isKeys = text.first == UInt8(ascii: ".") && text.dropFirst().first != UInt8(ascii: ".")
        if let keys = KeyPath(isKeys ? text.dropFirst() : text) {
            self = .keys(keys)
        } else {
            do throws(JSONPathError) {
                self = .query(try JSONPath(text))
            } catch {
                throw ConditionError("after [BODY], \(error.message)", at: error.offset)
            }
        }
    }

    /// The values at a path.
    enum Found {
        case nothing
        /// The value of a path that can lead to one value only.
        case value(JSONValue)
        /// The values of a path that can lead to several, none included.
        case list([JSONValue])

        /// The value for comparisons: of several values an array, of one value the value itself; nil for none and null.
        var single: JSONValue? {
            switch self {
            case .nothing, .value(.null): .none
            case .value(let value): value
            case .list(let values) where values.count > 1: .array(values)
            case .list(let values): values.first { !$0.isNull }
            }
        }
    }
}

extension ObservedValues {
    /// The values in the body at a path; nothing when the body is not JSON.
    mutating func find(_ path: BodyPath) -> BodyPath.Found {
        guard let root = json() else { return .nothing }
        switch path {
        case .keys(let path): return path.value(in: root).map(BodyPath.Found.value) ?? .nothing
        case .query(let query):
            guard let values = query.values(in: root) else { return .nothing }
            if query.isSingular { return values.first.map(BodyPath.Found.value) ?? .nothing }
            return .list(values)
        }
    }
}

/// A path of names and indices, `data[0].id`, that is evaluated by Gatus's rules.
struct KeyPath: Sendable, Hashable {
    /// A name, which may be empty, and the indices after it.
    struct Step: Sendable, Hashable {
        var name: String
        var indices: [Int]
    }

    let steps: [Step]

    /// Parses a path; nil when it has more than names and indices.
    init?(_ text: ArraySlice<UInt8>) {
        var steps: [Step] = []
        for part in text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard let step = Self.step(part) else { return nil }
            steps.append(step)
        }
        self.steps = steps
    }

    private static func step(_ text: ArraySlice<UInt8>) -> Step? {
        let name = text.prefix { $0 != UInt8(ascii: "[") }
        var step = Step(name: String(decoding: name, as: UTF8.self), indices: [])
        var rest = text[name.endIndex...]
        while let first = rest.first {
            let digits = rest.dropFirst().prefix { $0 != UInt8(ascii: "]") }
            guard first == UInt8(ascii: "["), digits.endIndex < rest.endIndex,
                let index = Int(String(decoding: digits, as: UTF8.self)), index >= 0
            else { return nil }
            step.indices.append(index)
            rest = rest[(digits.endIndex + 1)...]
        }
        guard !text.isEmpty, step.name != "*" else { return nil }
        return step
    }

    /// The value that the path leads to; nil when there is none.
    ///
    /// As in Gatus, the names that follow an array without an index, a number or a boolean have no effect.
    func value(in root: JSONValue) -> JSONValue? {
        var value = root
        for (position, step) in steps.enumerated() {
            guard let next = Self.value(of: step, in: value) else { return nil }
            switch next {
            case .object: value = next
            case .null: return .none
            case .string: return position == steps.count - 1 ? next : .none
            case .array, .bool, .integer, .unsigned, .double: return next
            }
        }
        return value
    }

    private static func value(of step: Step, in container: JSONValue) -> JSONValue? {
        guard !step.indices.isEmpty else { return container.objectValue.map { $0[step.name] } ?? container }
        var value = step.name.isEmpty ? container : container[step.name]
        for index in step.indices { value = value?[index] }
        return value
    }
}

extension JSONValue {
    /// The value as text for comparisons: a string as it is, an object as compact JSON with sorted keys, an array in
    /// Go's format: `[a 1 map[k:v]]`.
    var conditionText: String {
        if case .object = self {
            return String(decoding: withWholeNumbers.serialized([.sortedKeys, .htmlSafe]), as: UTF8.self)
        }
        var text = ""
        append(to: &text)
        return text
    }

    /// A number in Gatus's format (`1e+06`) when that differs from ``conditionText``; otherwise nil.
    var gatusNumber: String? {
        guard let number = doubleValue else { return nil }
        let text = DecimalText(number).general
        return text == conditionText ? nil : text
    }

    private func append(to text: inout String) {
        switch self {
        case .null: text += "<nil>"
        case .string(let value): text += value
        case .bool, .integer, .unsigned: text += description
        case .double(let value): text += DecimalText(value).plain
        case .array(let elements):
            text += "["
            for (position, element) in elements.enumerated() {
                if position > 0 { text += " " }
                element.append(to: &text)
            }
            text += "]"
        case .object(let object):
            text += "map["
            let members = object.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (position, member) in members.enumerated() {
                if position > 0 { text += " " }
                text += member.key + ":"
                member.value.append(to: &text)
            }
            text += "]"
        }
    }

    /// The value with `1.0` as `1`, as Go writes it.
    private var withWholeNumbers: JSONValue {
        switch self {
        case .double: intValue.map(JSONValue.integer) ?? self
        case .array(let elements): .array(elements.map(\.withWholeNumbers))
        case .object(let object): .object(JSONObject(object.map { ($0.key, $0.value.withWholeNumbers) }))
        case .null, .bool, .integer, .unsigned, .string: self
        }
    }
}
