import Basics

/// Parses a JSON text strictly (RFC 8259) into nodes, in one pass and without recursion.
struct JSONScanner {
    let text: UnsafeBufferPointer<UInt8>
    private let depthLimit: Int
    var position = 0
    var nodes: ContiguousArray<JSONNode> = []
    /// The characters of strings with escapes: allocated in the length of the text at the first one, used up to
    /// `unescapedCount`.
    var unescaped: [UInt8] = []
    var unescapedCount = 0

    /// The index of the innermost open container.
    ///
    /// While it is open, its payload has the index of the container around it and the count so far.
    private var open = Self.none
    private var depth = 0
    private static let none = 0xFFFF_FFFF

    init(_ text: UnsafeBufferPointer<UInt8>, depthLimit: Int) {
        self.text = text
        self.depthLimit = depthLimit
        nodes.reserveCapacity(text.count / 8 + 4)
    }

    /// Reads the whole text.
    mutating func scan() throws(JSONError) {
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        repeat { try scanValue() } while try !scanValueEnd()
        skipWhitespace()
        if position < text.count {
            throw failure(.trailingContent, "only white space may follow the value, found \(found)")
        }
    }

    /// Reads a scalar, or an empty container, or the start of a container up to its first value.
    private mutating func scanValue() throws(JSONError) {
        while true {
            skipWhitespace()
            switch peek {
            case UInt8(ascii: "{"):
                try openContainer(.object)
                if peek == UInt8(ascii: "}") { return closeContainer() }
                try scanKey()
            case UInt8(ascii: "["):
                try openContainer(.array)
                if peek == UInt8(ascii: "]") { return closeContainer() }
            case UInt8(ascii: "\""): return try scanString()
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try scanNumber()
            case UInt8(ascii: "t"): return try scanWord("true", .true)
            case UInt8(ascii: "f"): return try scanWord("false", .false)
            case UInt8(ascii: "n"): return try scanWord("null", .null)
            default: throw unexpected("a value")
            }
        }
    }

    /// Reads from the end of a value to the start of the next one.
    /// - Returns: true when no container is open.
    private mutating func scanValueEnd() throws(JSONError) -> Bool {
        while open != Self.none {
            nodes[open].payload += 1
            skipWhitespace()
            let isObject = nodes[open].kind == .object
            if peek == UInt8(ascii: ",") {
                position += 1
                if isObject { try scanKey() }
                return false
            }
            guard peek == UInt8(ascii: isObject ? "}" : "]") else {
                throw unexpected(isObject ? "\",\" or \"}\"" : "\",\" or \"]\"")
            }
            closeContainer()
        }
        return true
    }

    private mutating func openContainer(_ kind: JSONNode.Kind) throws(JSONError) {
        depth += 1
        guard depth <= depthLimit else {
            throw failure(.tooDeep, "more than \(depthLimit) arrays and objects are open")
        }
        nodes.append(JSONNode(kind: kind, offset: UInt32(position), payload: JSONNode.pair(open, 0)))
        open = nodes.count - 1
        position += 1
        skipWhitespace()
    }

    private mutating func closeContainer() {
        let node = nodes[open]
        nodes[open].payload = JSONNode.pair(nodes.count, node.low)
        open = node.high
        depth -= 1
        position += 1
    }

    private mutating func scanKey() throws(JSONError) {
        skipWhitespace()
        guard peek == UInt8(ascii: "\"") else { throw unexpected("a key in double quotes") }
        try scanString()
        skipWhitespace()
        guard peek == UInt8(ascii: ":") else { throw unexpected("\":\"") }
        position += 1
    }

    private mutating func scanWord(_ word: StaticString, _ kind: JSONNode.Kind) throws(JSONError) {
        let start = position
        for offset in 0..<word.utf8CodeUnitCount {
            guard peek == word.utf8Start[offset] else { throw unexpected("\"\(word)\"") }
            position += 1
        }
        nodes.append(JSONNode(kind: kind, offset: UInt32(start), payload: 0))
    }

    /// The byte at the position; at the end 0, which JSON allows nowhere.
    @inline(__always)
    var peek: UInt8 { position < text.count ? text[position] : 0 }

    @inline(__always)
    private mutating func skipWhitespace() {
        while position < text.count, text[position] <= UInt8(ascii: " ") {
            switch text[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
            default: return
            }
        }
    }
}

extension JSONScanner {
    /// An error at the current position.
    func failure(_ code: JSONError.Code, _ message: String) -> JSONError {
        let (line, column) = text.lineAndColumn(at: position)
        return JSONError(code: code, message: message, line: line, column: column)
    }

    /// An error that names what is expected at the current position.
    func unexpected(_ expected: String) -> JSONError {
        failure(
            position < text.count ? .unexpectedCharacter : .unexpectedEnd, "expected \(expected), found \(found)")
    }

    /// The character at the current position, for messages.
    var found: String {
        guard position < text.count else { return "the end of the text" }
        let byte = text[position]
        guard (0x20..<0x7F).contains(byte) else { return "byte 0x" + String(byte, radix: 16, uppercase: true) }
        return "\"\(Unicode.Scalar(byte))\""
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Line and column of a place, both from 1; columns are Unicode scalars.
    func lineAndColumn(at offset: Int) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for byte in self[..<Swift.min(offset, count)] {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return (line, column)
    }
}
