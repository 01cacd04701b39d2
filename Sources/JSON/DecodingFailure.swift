/// A failure at a node.
///
/// It becomes a `JSONError`, with path and line, only when somebody reads it: types that try one shape after another
/// fail often and look at no error.
struct DecodingFailure: Error, CustomStringConvertible {
    let code: JSONError.Code
    let message: String
    let document: JSONDocument
    let index: Int
    /// A key or place in the container at the node that is not there.
    var missing: PathStep?
    var underlying: (any Error)?

    var description: String { error.description }

    /// The same as a public error.
    var error: JSONError {
        var path = document.path(to: index)
        if let missing { path.append(missing) }
        let (line, column) = document.bytes.withUnsafeBufferPointer { [offset = document.nodes[index].offset] in
            $0.lineAndColumn(at: Int(offset))
        }
        return JSONError(
            code: code, message: message, path: path.text, line: line, column: column, underlying: underlying)
    }
}

extension DecodingFailure {
    /// A failure that a type's own `init(from:)` threw.
    init(_ error: any Error, document: JSONDocument, index: Int) {
        let (code, message): (JSONError.Code, String) =
            switch error {
            case DecodingError.typeMismatch(_, let context): (.typeMismatch, context.debugDescription)
            case DecodingError.keyNotFound(_, let context): (.notFound, context.debugDescription)
            case DecodingError.valueNotFound(_, let context): (.nullValue, context.debugDescription)
            case DecodingError.dataCorrupted(let context): (.invalidValue, context.debugDescription)
            case let error as JSONError: (error.code, "\(error)")
            default: (.invalidValue, "\(error)")
            }
        self.init(code: code, message: message, document: document, index: index, underlying: error)
    }
}

extension JSONDocument {
    func mismatch(_ expected: String, at index: Int) -> DecodingFailure {
        let found = nodes[index].kind.name
        return DecodingFailure(
            code: found == "null" ? .nullValue : .typeMismatch, message: "expected \(expected), found \(found)",
            document: self, index: index)
    }

    func doesNotFit(_ type: String, at index: Int) -> DecodingFailure {
        let number = value(at: index).description
        return DecodingFailure(
            code: .numberDoesNotFit, message: "\(number) does not fit \(type)", document: self, index: index)
    }

    /// The way from the top to a value, found by walking down the containers that hold it.
    func path(to target: Int) -> [PathStep] {
        var path: [PathStep] = []
        var container = 0
        while container < target {
            let isObject = nodes[container].kind == .object
            var child = isObject ? container + 2 : container + 1
            var place = 0
            while next(after: child) <= target {
                child = next(after: child) + (isObject ? 1 : 0)
                place += 1
            }
            path.append(isObject ? .key(string(nodes[child - 1])) : .index(place))
            container = child
        }
        return path
    }
}

extension JSONNode.Kind {
    /// The kind's name in messages.
    var name: String {
        switch self {
        case .null: "null"
        case .false, .true: "boolean"
        case .integer, .unsigned, .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
