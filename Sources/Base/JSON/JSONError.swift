/// Why JSON could not be parsed, decoded or encoded, and where.
public struct JSONError: Error, Sendable {
    /// The kinds of failure.
    public enum Code: String, Sendable {
        /// The input ends in the middle of a value.
        case unexpectedEnd
        /// A byte that JSON does not allow at this place.
        case unexpectedCharacter
        /// Something other than white space follows the value.
        case trailingContent
        /// A number that breaks the grammar (`01`, `1.`, `+1`).
        case invalidNumber
        /// A number whose magnitude is beyond any `Double` (`1e400`).
        case numberOutOfRange
        /// A backslash with an undefined character after it.
        case invalidEscape
        /// A `\u` escape that is one half of a surrogate pair.
        case loneSurrogate
        /// An unescaped character below U+0020 in a string.
        case controlCharacter
        /// Bytes that are not UTF-8.
        case invalidUTF8
        /// More nesting than `JSONLimits.depth`.
        case tooDeep
        /// More bytes than `JSONLimits.bytes`.
        case tooLarge
        /// Decoding: the value has another type.
        case typeMismatch
        /// Decoding: the object lacks a key, or the array an element.
        case notFound
        /// Decoding: null where a value is needed.
        case nullValue
        /// Decoding: the number does not fit the type exactly.
        case numberDoesNotFit
        /// Decoding or encoding: the type itself refused the value (`NaN`, an unknown enum case, a malformed date).
        case invalidValue
    }

    /// The kind of failure.
    public let code: Code
    /// One sentence: what was expected and what was found.
    public let message: String
    /// The path in the value, such as `Records[3].body`; empty at the top and for syntax errors.
    public let path: String
    /// The line in the input, from 1; nil when there is no input text.
    public let line: Int?
    /// The column in that line, from 1, counted in Unicode scalars; nil when there is no input text.
    public let column: Int?
    /// The error that a type's own `init(from:)` or `encode(to:)` threw.
    public let underlying: (any Error)?

    /// Makes an error; only code and message are needed.
    public init(
        code: Code, message: String, path: String = "", line: Int? = nil, column: Int? = nil,
        underlying: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.path = path
        self.line = line
        self.column = column
        self.underlying = underlying
    }
}

extension JSONError: CustomStringConvertible {
    /// The whole error on one line: `Records[3].body: expected String, found number (line 1, column 40)`.
    public var description: String {
        var text = path.isEmpty ? message : "\(path): \(message)"
        if let line, let column { text += " (line \(line), column \(column))" }
        return text
    }
}

/// Bounds on what a parser accepts.
///
/// They keep input from outside from exhausting memory or stack.
public struct JSONLimits: Sendable, Hashable {
    /// The highest possible limit on nesting: per level, destroying a value takes up to 300 bytes of stack, and
    /// comparing two values about 1 KB.
    public static let maximumDepth = 2_000

    /// 512 levels and 64 MiB.
    public static let `default` = JSONLimits()

    /// The most levels of arrays and objects; `[[1]]` has 2.
    ///
    /// Clamped to 0...`maximumDepth`.
    public let depth: Int
    /// The longest input in bytes.
    ///
    /// Parsing it may take some thirty times as much memory.
    ///
    /// Clamped to 0...2 GiB - 1.
    public let bytes: Int

    /// Limits; parameters that are left out keep their defaults.
    public init(depth: Int = 512, bytes: Int = 64 << 20) {
        self.depth = min(max(depth, 0), Self.maximumDepth)
        self.bytes = min(max(bytes, 0), Int(Int32.max))
    }
}
