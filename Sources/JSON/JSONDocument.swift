/// A parsed text: its bytes and its nodes.
///
/// Decoders may outlive the call that made them, so they share this.
final class JSONDocument: Sendable {
    let bytes: [UInt8]
    let nodes: ContiguousArray<JSONNode>
    /// The characters of those strings that had escapes in the text.
    let unescaped: [UInt8]
    let userInfo: [CodingUserInfoKey: any Sendable]

    /// Parses one JSON text, strictly.
    init(
        parsing bytes: [UInt8], limits: JSONLimits, userInfo: [CodingUserInfoKey: any Sendable] = [:]
    ) throws(JSONError) {
        guard bytes.count <= limits.bytes else {
            throw JSONError(
                code: .tooLarge, message: "the text has \(bytes.count) bytes, more than the limit of \(limits.bytes)")
        }
        (nodes, unescaped) = try bytes.withUnsafeBufferPointer { text throws(JSONError) in
            var scanner = JSONScanner(text, depthLimit: limits.depth)
            try scanner.scan()
            return (scanner.nodes, scanner.unescaped)
        }
        self.bytes = bytes
        self.userInfo = userInfo
    }

    /// The index of the node that follows a value and all it contains.
    func next(after index: Int) -> Int {
        let node = nodes[index]
        return node.kind == .array || node.kind == .object ? node.high : index + 1
    }

    /// Calls `body` with the characters of a string node.
    func withBytes<R>(of node: JSONNode, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        (node.isUnescaped ? unescaped : bytes).withUnsafeBufferPointer {
            body(UnsafeBufferPointer(rebasing: $0[node.high..<node.high + node.low]))
        }
    }

    /// The text of a string node; the scanner has validated it.
    func string(_ node: JSONNode) -> String {
        withBytes(of: node) { characters in
            String(
                copying: unsafe UTF8Span(
                    unchecked: Span(_unsafeElements: characters), isKnownASCII: node.isASCII))
        }
    }

    /// The number of a number node.
    func number(_ node: JSONNode) -> JSONNumber? {
        switch node.kind {
        case .integer: .integer(Int64(bitPattern: node.payload))
        case .unsigned: .unsigned(node.payload)
        case .double: .double(Double(bitPattern: node.payload))
        case .null, .false, .true, .string, .array, .object: nil
        }
    }
}

extension JSONDocument {
    /// The value at a node as a tree.
    ///
    /// Going backwards, the elements of a container are complete before the container is met, and lie on top of the
    /// stack, the first one uppermost. So no depth of nesting takes any call stack.
    func value(at index: Int) -> JSONValue {
        var stack: [JSONValue] = []
        for node in nodes[index..<next(after: index)].reversed() {
            switch node.kind {
            case .null: stack.append(.null)
            case .false: stack.append(.bool(false))
            case .true: stack.append(.bool(true))
            case .integer: stack.append(.integer(Int64(bitPattern: node.payload)))
            case .unsigned: stack.append(.unsigned(node.payload))
            case .double: stack.append(.double(Double(bitPattern: node.payload)))
            case .string: stack.append(.string(string(node)))
            case .array:
                let elements = [JSONValue](stack.suffix(node.low).reversed())
                stack.removeLast(node.low)
                stack.append(.array(elements))
            case .object:
                var object = JSONObject()
                object.members.reserveCapacity(node.low)
                for _ in 0..<node.low {
                    if case .string(let key) = stack.removeLast() { object[key] = stack.removeLast() }
                }
                stack.append(.object(object))
            }
        }
        return stack.removeLast()
    }
}
