internal import JSON

extension YAMLScalar {
    private static let standardTags = "tag:yaml.org,2002:"

    /// Reads a scalar as its tag has it, or without one its text.
    /// - Throws: `wrongTag` when they do not fit.
    init(_ text: String, tag: String?, isPlain: Bool, at place: YAMLEvent) throws(YAMLError) {
        self.text = text
        self.isPlain = isPlain && tag == nil
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

    /// What a plain text means, as yaml.v3's `resolve` decides.
    static func resolve(_ text: String) -> JSONValue {
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
        // Swift would take a second sign.
        guard let first = digits.first, first != 0x2B, first != 0x2D,
            let magnitude = UInt64(Substring(digits), radix: radix)
        else { return nil }
        if isNegative { return Int64(exactly: -Int128(magnitude)).map(JSONValue.integer) }
        return Int64(exactly: magnitude).map(JSONValue.integer) ?? .unsigned(magnitude)
    }

    /// A sign, digits with at most one dot, an exponent: not what else Swift would read, such as `infinity` or `0x1p2`.
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
