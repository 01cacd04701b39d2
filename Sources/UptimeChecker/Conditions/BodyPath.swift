import JSON

/// What follows `[BODY]`: the way to a value in a JSON body.
enum BodyPath: Sendable, Hashable {
    /// Names and indices: Gatus's rules.
    case keys(KeyPath)
    /// Anything more: RFC 9535.
    case query(JSONPath)

    /// Parses a path such as `.name`, `[0].name`, `..name` or `[?@.a == 'b'].c`.
    init(_ text: ArraySlice<UInt8>) throws(ConditionError) {
        let isKeys = text.first == UInt8(ascii: ".") && text.dropFirst().first != UInt8(ascii: ".")
        if let keys = KeyPath(isKeys ? text.dropFirst() : text) {
            self = .keys(keys)
        } else {
            self = .query(try JSONPath(text))
        }
    }

    /// What was found at a path.
    enum Found {
        case nothing
        /// The value of a path that can lead to one only.
        case value(JSONValue)
        /// The values of one that may lead to several.
        case list([JSONValue])

        /// What stands for it in a comparison: a value other than null, or the list when it has more than one.
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
    /// What the body has at a path; nothing when it is no JSON.
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
