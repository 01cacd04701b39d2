import Basics
import JSON

/// What tags and plain texts mean to `yaml.safe_load` of Python's PyYAML 6.
///
/// Two things are read that Python's programs then cannot write as JSON: dates as keys, and `!!set`. Integers above 64
/// bits become floats. The structure of documents is libyaml's, which differs from PyYAML's own parser in a few details
/// (`{a:[1]}` is refused).
enum PyYAML {
    private static let standardTags = "tag:yaml.org,2002:"

    /// A scalar by its tag, or by its text when it has none.
    ///
    /// A key's text is what it is called in JSON.
    /// - Throws: `wrongTag` for what PyYAML refuses or fails at.
    static func scalar(
        _ text: String, tag: String?, isImplicit: Bool, isKey: Bool, at place: YAMLEvent
    ) throws(YAMLError) -> YAMLScalar {
        let value: JSONValue
        let kind = isImplicit ? resolvedKind(text) : try self.kind(of: tag, at: place)
        if kind == "value" || kind == "merge" {
            guard isKey else {
                throw place.error(.wrongTag, "\(text) has a meaning of its own as a plain text: quote it")
            }
            value = .string(text)
        } else {
            value = try self.value(text, kind, at: place)
        }
        let isMerge = kind == "merge"
        return YAMLScalar(
            text: isMerge ? "<<" : isKey ? name(value) : text, value: value, isPlain: isImplicit || isMerge)
    }

    static func sequence(
        _ elements: [YAMLNode], tag: String?, at place: YAMLEvent
    ) throws(YAMLError) -> YAMLNode.Kind {
        switch try kind(of: tag == "!" ? nil : tag, at: place) {
        case "str" where tag == nil || tag == "!", "seq": return .sequence(elements)
        case "omap", "pairs":
            var pairs: [YAMLNode] = []
            for element in elements {
                guard case .mapping(let members) = element.kind, let member = members.first, members.count == 1 else {
                    throw place.error(.wrongTag, "each element must be a mapping with one key")
                }
                pairs.append(
                    YAMLNode(.sequence([member.key, member.value]), line: element.line, column: element.column))
            }
            return .sequence(pairs)
        default: throw place.error(.wrongTag, "a list cannot have the tag \(tag ?? ""): drop the tag")
        }
    }

    static func mapping(
        _ members: [(key: YAMLNode, value: YAMLNode)], tag: String?, at place: YAMLEvent
    ) throws(YAMLError) -> YAMLNode.Kind {
        switch try kind(of: tag == "!" ? nil : tag, at: place) {
        case "str" where tag == nil || tag == "!", "map": return .mapping(members)
        case "set": return .sequence(members.map(\.key))
        default: throw place.error(.wrongTag, "a mapping cannot have the tag \(tag ?? ""): drop the tag")
        }
    }

    /// The kind that a tag names; `str` without a tag.
    private static func kind(of tag: String?, at place: YAMLEvent) throws(YAMLError) -> String {
        guard let tag else { return "str" }
        let kinds: Set<String> = [
            "null", "bool", "int", "float", "binary", "timestamp", "omap", "pairs", "set", "str", "seq", "map", "merge",
            "value",
        ]
        let kind = String(tag.dropFirst(standardTags.count))
        guard tag.hasPrefix(standardTags), kinds.contains(kind) else {
            throw place.error(.wrongTag, "the tag \(tag) is not supported: drop it")
        }
        return kind
    }

    /// Members of which no two have the same key; of duplicates the last wins, at the place of the first.
    ///
    /// To Python 1, 1.0 and true are the same key, called by the first one's name.
    static func withoutDuplicates(
        _ members: [(key: YAMLNode, value: YAMLNode)]
    ) -> [(key: YAMLNode, value: YAMLNode)] {
        var result: [(key: YAMLNode, value: YAMLNode)] = []
        var positions: [Key: Int] = [:]
        for member in members {
            guard case .scalar(let scalar) = member.key.kind else { continue }
            if let position = positions[Key(scalar)] {
                result[position].value = member.value
            } else {
                positions[Key(scalar)] = result.count
                result.append(member)
            }
        }
        // Different keys may have the same name in JSON.
        var names: [[UInt8]: Int] = [:]
        var distinct: [(key: YAMLNode, value: YAMLNode)] = []
        for member in result {
            let name = Array((member.key.text ?? "").utf8)
            if let position = names[name] {
                distinct[position].value = member.value
            } else {
                names[name] = distinct.count
                distinct.append(member)
            }
        }
        return distinct
    }

    /// A key as Python compares it.
    private enum Key: Hashable {
        case number(Double)
        case integer(Int64)
        case other(kind: String, bytes: [UInt8])

        init(_ scalar: YAMLScalar) {
            switch scalar.value {
            case .bool(let flag): self = .integer(flag ? 1 : 0)
            case .integer(let number): self = .integer(number)
            case .double(let number): self = Int64(exactly: number).map(Key.integer) ?? .number(number)
            default: self = .other(kind: scalar.value.kindName, bytes: Array(scalar.text.utf8))
            }
        }
    }

    /// What a key is called in JSON.
    private static func name(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .double(let number):
            number.isFinite ? number.pythonText : number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity"
        default: value.description
        }
    }
}

extension PyYAML {
    /// The kind of a plain text, by the regular expressions of PyYAML's resolver.
    private static func resolvedKind(_ text: String) -> String {
        switch text {
        case "", "~", "null", "Null", "NULL": return "null"
        case "yes", "Yes", "YES", "no", "No", "NO", "true", "True", "TRUE", "false", "False", "FALSE", "on", "On", "ON",
            "off", "Off", "OFF":
            return "bool"
        case "<<": return "merge"
        case "=": return "value"
        default: break
        }
        guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first) else { return "str" }
        let bytes = Array(text.utf8)
        if isFloat(bytes) { return "float" }
        if isInteger(bytes) { return "int" }
        return PyYAMLTime(text, isExplicit: false) == nil ? "str" : "timestamp"
    }

    private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
    private static func isDigitOrGap(_ byte: UInt8) -> Bool { isDigit(byte) || byte == UInt8(ascii: "_") }

    private static func withoutSign(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        bytes.first == 0x2B || bytes.first == 0x2D ? bytes.dropFirst() : bytes[...]
    }

    /// Moves past `:30` and the like; false when there is none.
    private static func skipSexagesimal(_ rest: inout ArraySlice<UInt8>) -> Bool {
        var count = 0
        while rest.first == UInt8(ascii: ":") {
            var part = rest.dropFirst()
            let digits = part.prefix(while: isDigit)
            guard digits.count == 1 || digits.count == 2 && digits[digits.startIndex] <= 0x35 else { return false }
            part = part.dropFirst(digits.count)
            rest = part
            count += 1
        }
        return count > 0
    }

    private static func isFloat(_ bytes: [UInt8]) -> Bool {
        var rest = withoutSign(bytes)
        let isSigned = rest.count < bytes.count
        switch String(decoding: rest, as: UTF8.self) {
        case ".inf", ".Inf", ".INF": return true
        case ".nan", ".NaN", ".NAN": return !isSigned
        default: break
        }
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            guard !isSigned, let first = rest.first, isDigit(first) else { return false }
        } else {
            guard let first = rest.first, isDigit(first) else { return false }
            rest = rest.drop(while: isDigitOrGap)
            let isSexagesimal = skipSexagesimal(&rest)
            guard rest.popFirst() == UInt8(ascii: ".") else { return false }
            if isSexagesimal { return rest.allSatisfy(isDigitOrGap) }
        }
        rest = rest.drop(while: isDigitOrGap)
        guard let letter = rest.popFirst() else { return true }
        guard letter | 0x20 == UInt8(ascii: "e"), let sign = rest.popFirst(), sign == 0x2B || sign == 0x2D else {
            return false
        }
        return !rest.isEmpty && rest.allSatisfy(isDigit)
    }

    private static func isInteger(_ bytes: [UInt8]) -> Bool {
        var rest = withoutSign(bytes)
        guard let first = rest.popFirst(), isDigit(first) else { return false }
        guard first == 0x30 else {
            rest = rest.drop(while: isDigitOrGap)
            return rest.isEmpty || skipSexagesimal(&rest) && rest.isEmpty
        }
        guard let second = rest.first else { return true }
        let gap = UInt8(ascii: "_")
        switch second {
        case UInt8(ascii: "b"), UInt8(ascii: "x"):
            let digits = rest.dropFirst()
            let radix = second == UInt8(ascii: "b") ? 2 : 16
            return !digits.isEmpty && digits.allSatisfy { $0 == gap || hexValue($0).map { $0 < radix } ?? false }
        default: return rest.allSatisfy { $0 == gap || 0x30...0x37 ~= $0 }
        }
    }
}

extension PyYAML {
    /// The value of a text of a kind.
    private static func value(_ text: String, _ kind: String, at place: YAMLEvent) throws(YAMLError) -> JSONValue {
        let value: JSONValue?
        switch kind {
        case "null": value = .null
        case "bool":
            value =
                switch text.lowercased() {
                case "yes", "true", "on": true
                case "no", "false", "off": false
                default: nil
                }
        case "int": value = integer(text)
        case "float": value = float(text).map { .double($0) }
        case "timestamp": value = PyYAMLTime(text, isExplicit: true).flatMap(\.iso8601).map { .string($0) }
        case "binary":
            let bytes = Base64.decode(String(text.filter { !$0.isWhitespace }))
            value = bytes.flatMap { String(validating: $0, as: UTF8.self) }.map { .string($0) }
        case "str": value = .string(text)
        default: value = nil
        }
        guard let value else {
            throw place.error(.wrongTag, "\(text) is no !!\(kind): correct it, quote it, or drop the tag")
        }
        return value
    }

    private static func integer(_ text: String) -> JSONValue? {
        var digits = Array(text.utf8.filter { $0 != UInt8(ascii: "_") })[...]
        let isNegative = digits.first == 0x2D
        if isNegative || digits.first == 0x2B { digits.removeFirst() }
        var magnitude: Double = 0
        var exact: Int128? = 0
        /// Appends digits of a base; nil for what is no digit.
        func read(_ digits: ArraySlice<UInt8>, _ radix: Int) -> Bool {
            guard !digits.isEmpty else { return false }
            for byte in digits {
                guard let digit = hexValue(byte), digit < radix else { return false }
                add(Int128(radix), Int128(digit))
            }
            return true
        }
        func add(_ factor: Int128, _ number: Int128) {
            magnitude = magnitude * Double(factor) + Double(number)
            let product = exact?.multipliedReportingOverflow(by: factor)
            exact = product.flatMap { $0.overflow ? nil : $0.partialValue + number }
        }
        if digits.starts(with: "0b".utf8) {
            guard read(digits.dropFirst(2), 2) else { return nil }
        } else if digits.starts(with: "0x".utf8) {
            guard read(digits.dropFirst(2), 16) else { return nil }
        } else if digits.first == 0x30 {
            // A tag may stand before `0o17`, too.
            guard read(digits.starts(with: "0o".utf8) ? digits.dropFirst(2) : digits, 8) else { return nil }
        } else if digits.contains(UInt8(ascii: ":")) {
            for part in digits.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
                guard let number = Int64(String(decoding: part, as: UTF8.self)), number >= 0 else { return nil }
                add(60, Int128(number))
            }
        } else {
            guard read(digits, 10) else { return nil }
        }
        guard let exact else { return .double(isNegative ? -magnitude : magnitude) }
        let value = isNegative ? -exact : exact
        if let number = Int64(exactly: value) { return .integer(number) }
        return UInt64(exactly: value).map { .unsigned($0) } ?? .double(Double(value))
    }

    private static func float(_ text: String) -> Double? {
        var text = text.utf8.filter { $0 != UInt8(ascii: "_") }.map(\.asciiLowercased)[...]
        let isNegative = text.first == 0x2D
        if isNegative || text.first == 0x2B { text.removeFirst() }
        var value: Double = 0
        switch String(decoding: text, as: UTF8.self) {
        case ".inf": value = .infinity
        case ".nan": value = .nan
        default:
            // Summed from the right, as PyYAML does, because each addition rounds.
            var base: Double = 1
            for part in text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).reversed() {
                guard !part.contains(UInt8(ascii: "x")), let number = Double(String(decoding: part, as: UTF8.self))
                else {
                    return nil
                }
                value += number * base
                base *= 60
            }
        }
        return isNegative ? -value : value
    }
}
