import Basics
public import JSON

/// A node of a YAML document (yaml.org, 1.2.2), with its place.
///
/// Aliases are replaced by the nodes that they refer to, and merge keys (`<<`) are applied. JSON is read as well.
public struct YAMLNode: Sendable {
    /// What a node is.
    public enum Kind: Sendable {
        /// A string, number, boolean or null.
        case scalar(YAMLScalar)
        /// A list.
        case sequence([YAMLNode])
        /// Members in order; keys are scalars, no two with the same text.
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    /// The line on which the node starts, from 1.
    ///
    /// For an alias, the line of the node that it refers to.
    public let line: Int
    /// The column, from 1, in Unicode scalars.
    public let column: Int
    /// What the node is.
    public let kind: Kind
    /// Whether the node, or a node in it, has an anchor.
    ///
    /// Such a node may exist only for its aliases.
    public let hasAnchor: Bool

    init(_ kind: Kind, line: Int, column: Int, hasAnchor: Bool = false) {
        self.line = line
        self.column = column
        self.kind = kind
        self.hasAnchor = hasAnchor
    }

    /// Parses a document.
    ///
    /// An empty text is null.
    /// - Throws: ``YAMLError`` with line and column, also for a second document, duplicate keys, and anything beyond
    ///   the limits.
    public init(
        parsing bytes: [UInt8], limits: YAMLLimits = .default, schema: YAMLSchema = .core
    ) throws(YAMLError) {
        guard bytes.count <= limits.bytes else {
            throw YAMLError(
                code: .limit, message: "the text has \(bytes.count) bytes, more than \(limits.bytes): split it",
                line: 1, column: 1
            )
        }
        var composer = try YAMLComposer(YAMLEventReader(bytes.resolvingSurrogates()), limits: limits, schema: schema)
        self = try composer.document()
    }
}

extension YAMLNode {
    /// Parses a stream of documents, which `---` separates; each has anchors of its own.
    ///
    /// The limits are those of all documents together.
    /// - Throws: ``YAMLError`` with line and column.
    public static func documents(
        parsing bytes: [UInt8], limits: YAMLLimits = .default, schema: YAMLSchema = .core
    ) throws(YAMLError) -> [YAMLNode] {
        guard bytes.count <= limits.bytes else {
            throw YAMLError(
                code: .limit, message: "the text has \(bytes.count) bytes, more than \(limits.bytes): split it",
                line: 1, column: 1
            )
        }
        var composer = try YAMLComposer(YAMLEventReader(bytes.resolvingSurrogates()), limits: limits, schema: schema)
        return try composer.documents()
    }

    /// The value of a key in a mapping.
    public subscript(key: String) -> YAMLNode? {
        guard case .mapping(let members) = kind else { return nil }
        return members.first { $0.key.text.map { $0.utf8.elementsEqual(key.utf8) } ?? false }?.value
    }

    /// The text of a scalar of any kind.
    public var text: String? {
        guard case .scalar(let scalar) = kind else { return nil }
        return scalar.text
    }

    /// Whether the node is null: `~`, `null` or empty.
    public var isNull: Bool {
        guard case .scalar(let scalar) = kind else { return false }
        return scalar.value == .null
    }

    /// The document as JSON.
    ///
    /// Keys become strings. Infinity and not-a-number are written as null.
    public var json: JSONValue {
        switch kind {
        case .scalar(let scalar): scalar.value
        case .sequence(let elements): .array(elements.map(\.json))
        case .mapping(let members): .object(JSONObject(members.map { ($0.key.text ?? "", $0.value.json) }))
        }
    }
}

/// What plain texts and tags mean.
public enum YAMLSchema: Sendable {
    /// YAML 1.2's core schema with the additions of Go's yaml.v3; see ``YAMLScalar/value``.
    case core
    /// YAML 1.1 as `yaml.safe_load` of Python's PyYAML reads it: `yes`, `on` and the like are booleans, `017` is 15,
    /// `12:30` is 750, and `1e3` is a text.
    ///
    /// Dates become ISO texts, keys the texts that Python's JSON has for them (`true`, `null`, `1.5`), sets lists of
    /// their keys, and `!!binary` text. Of duplicate keys the last wins, at the place of the first. Unknown tags,
    /// anchors that are defined twice and the plain texts `=` and `<<` as values are refused. Of mappings that a list
    /// under `<<` merges the first wins, as YAML demands; PyYAML 6.0.4 alone takes the last for keys of more than one
    /// letter.
    case pyYAML
}

/// A scalar: its text and its value.
public struct YAMLScalar: Sendable, Hashable {
    /// The text, with escapes resolved.
    public let text: String
    /// The value of the text: null, a boolean, a number or a string.
    ///
    /// As in Go's yaml.v3: by YAML 1.2's core schema, with the underscores in numbers, `0b` and the octal numbers with
    /// a leading 0 of YAML 1.1. `yes`, `no`, `on` and `off` are strings, and so are dates.
    public let value: JSONValue
    /// Whether the scalar has neither quotes nor a tag, so that its text alone decides the value.
    public let isPlain: Bool
    /// The bytes of a `!!binary`, whose text is Base64; nil for any other scalar.
    public internal(set) var binary: [UInt8]?
}

extension YAMLScalar {
    private static let standardTags = "tag:yaml.org,2002:"

    /// A scalar with the value that its tag says, or without a tag its text.
    /// - Throws: `wrongTag` when the text does not fit the tag.
    init(_ text: String, tag: String?, isPlain: Bool, at place: YAMLEvent) throws(YAMLError) {
        self.text = text
        self.isPlain = isPlain && tag == nil
        guard tag != Self.standardTags + "binary" else {
            guard let bytes = Base64.decode(text) else {
                throw place.error(.wrongTag, "this is no !!binary: it has to be Base64")
            }
            value = .string(text)
            binary = bytes
            return
        }
        guard let tag, tag != "!" else {
            value = isPlain && tag == nil ? Self.resolve(text) : .string(text)
            return
        }
        guard tag.utf8.starts(with: Self.standardTags.utf8) else {
            value = .string(text)
            return
        }
        let resolved = Self.resolve(text)
        switch (tag.dropFirst(Self.standardTags.count), resolved) {
        case ("int", .integer), ("int", .unsigned), ("float", .double), ("bool", .bool), ("null", .null):
            value = resolved
        case ("float", .integer(let number)): value = .double(Double(number))
        case ("float", .unsigned(let number)): value = .double(Double(number))
        case ("int", _), ("float", _), ("bool", _), ("null", _):
            throw place.error(
                .wrongTag, "this is no !!\(tag.dropFirst(Self.standardTags.count)): correct it or drop the tag")
        default: value = .string(text)
        }
    }

    /// The value of a plain text, by the rules of yaml.v3's `resolve`.
    private static func resolve(_ text: String) -> JSONValue {
        guard let first = text.utf8.first else { return .null }
        switch first {
        case UInt8(ascii: "."): return word(text) ?? float(text) ?? .string(text)
        case UInt8(ascii: "+"), UInt8(ascii: "-"), 0x30...0x39:
            let plain = String(decoding: text.utf8.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
            return word(text) ?? integer(plain) ?? float(plain) ?? .string(text)
        default: return text.utf8.count < 6 ? word(text) ?? .string(text) : .string(text)
        }
    }

    private static func word(_ text: String) -> JSONValue? {
        switch text {
        case "~", "null", "Null", "NULL": .null
        case "true", "True", "TRUE": .bool(true)
        case "false", "False", "FALSE": .bool(false)
        case ".nan", ".NaN", ".NAN": .double(.nan)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": .double(.infinity)
        case "-.inf", "-.Inf", "-.INF": .double(-.infinity)
        default: nil
        }
    }

    /// `12`, `-0x1F`, `0o17`, `017`, `0b11`.
    private static func integer(_ text: String) -> JSONValue? {
        var digits = text.utf8[...]
        let isNegative = digits.first == 0x2D
        if let sign = digits.first, sign == 0x2B || sign == 0x2D { digits.removeFirst() }
        var radix = 10
        if digits.first == 0x30, let second = digits.dropFirst().first {
            switch second {
            case UInt8(ascii: "x"), UInt8(ascii: "X"): radix = 16
            case UInt8(ascii: "b"), UInt8(ascii: "B"): radix = 2
            case UInt8(ascii: "o"), UInt8(ascii: "O"), 0x30...0x39: radix = 8
            default: return nil
            }
            digits.removeFirst(isDigit(second) ? 1 : 2)
        }
        // Swift's parser would accept a second sign.
        guard let first = digits.first, first != 0x2B, first != 0x2D,
            let magnitude = UInt64(Substring(digits), radix: radix)
        else { return nil }
        if isNegative { return Int64(exactly: -Int128(magnitude)).map(JSONValue.integer) }
        return Int64(exactly: magnitude).map(JSONValue.integer) ?? .unsigned(magnitude)
    }

    /// A sign, digits with at most one dot, and an exponent.
    ///
    /// Swift alone would also read `infinity` and `0x1p2`.
    private static func float(_ text: String) -> JSONValue? {
        var rest = text.utf8[...]
        func digits() -> Int {
            let count = rest.prefix(while: isDigit).count
            rest.removeFirst(count)
            return count
        }
        func sign() {
            if let byte = rest.first, byte == 0x2B || byte == 0x2D { rest.removeFirst() }
        }
        sign()
        var count = digits()
        if rest.first == 0x2E {
            rest.removeFirst()
            count += digits()
        }
        guard count > 0 else { return nil }
        if let byte = rest.first, byte | 0x20 == UInt8(ascii: "e") {
            rest.removeFirst()
            sign()
            guard digits() > 0 else { return nil }
        }
        guard rest.isEmpty, let number = Double(text), number.isFinite else { return nil }
        return .double(number)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
}
