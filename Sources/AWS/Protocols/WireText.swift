internal import JSON

/// How scalar values are written outside JSON: in paths, queries, headers, forms and XML.
///
/// Inputs have passed `InputValidator`, so every value has the kind that its shape asks for.
enum WireText {
    static func text(_ value: JSONValue, _ kind: Shape.Kind, timestamps: ShapeReference.TimestampFormat) -> String {
        switch value {
        case .null: ""
        case .bool(let value): value ? "true" : "false"
        case .double(let value) where kind != .timestamp: number(value)
        case .array, .object: value.description
        case _ where kind == .timestamp: Timestamp(wire: value)?.wireText(timestamps) ?? ""
        case .string(let value): value
        case .integer, .unsigned, .double: value.description
        }
    }

    /// Not-a-number and infinities by the names that Smithy gives them.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        return value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : value.description
    }
}

extension Timestamp {
    /// Reads any form in which a timestamp arrives: ISO 8601, an HTTP date, seconds since 1970 as number or text.
    init?(wire value: JSONValue) {
        switch value {
        case .integer, .unsigned, .double:
            guard let seconds = value.doubleValue, seconds.isFinite else { return nil }
            self.init(secondsSinceEpoch: seconds)
        case .string(let text):
            let text = trimmed(text)
            if let seconds = Double(text), seconds.isFinite {
                self.init(secondsSinceEpoch: seconds)
            } else if let timestamp = Timestamp(iso8601: text) ?? Timestamp(httpDate: text) {
                self = timestamp
            } else {
                return nil
            }
        default: return nil
        }
    }

    /// Whole seconds since 1970, rounded down.
    var wholeSeconds: Int64 {
        let quotient = microseconds / 1_000_000
        return microseconds % 1_000_000 < 0 ? quotient - 1 : quotient
    }

    /// As botocore writes it: microseconds only in ISO 8601, and only where there are any.
    func wireText(_ format: ShapeReference.TimestampFormat) -> String {
        switch format {
        case .iso8601: iso8601(fractionDigits: microseconds % 1_000_000 == 0 ? 0 : 6)
        case .rfc822: httpDate
        case .unix: String(wholeSeconds)
        }
    }
}

/// Percent-encodes all but letters, digits, `-`, `.`, `_`, `~` and the bytes named besides.
public func percentEncoded(_ text: String, keeping kept: StaticString = "", spaceAsPlus: Bool = false) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
        if isPlain(byte, and: "-._~") || isOne(byte, of: kept) {
            bytes.append(byte)
        } else if byte == UInt8(ascii: " "), spaceAsPlus {
            bytes.append(UInt8(ascii: "+"))
        } else {
            bytes += [UInt8(ascii: "%"), hexDigit(byte >> 4), hexDigit(byte & 15)]
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// Whether a text has nothing but ASCII letters, digits and the bytes named besides.
func isPlain(_ text: String, and others: StaticString) -> Bool {
    text.utf8.allSatisfy { isPlain($0, and: others) }
}

private func isPlain(_ byte: UInt8, and others: StaticString) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: isOne(byte, of: others)
    }
}

private func isOne(_ byte: UInt8, of bytes: StaticString) -> Bool {
    bytes.withUTF8Buffer { $0.contains(byte) }
}

/// Undoes percent-encoding and `+` for a space; what is no escape stays.
func percentDecoded(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
        if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
            let high = hexValue(bytes[index + 1]), let low = hexValue(bytes[index + 2])
        {
            decoded.append(high << 4 | low)
            index += 3
        } else {
            decoded.append(bytes[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : bytes[index])
            index += 1
        }
    }
    return String(decoding: decoded, as: UTF8.self)
}

private func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
}

private func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
}

/// The text without white space at its ends.
func trimmed(_ text: some StringProtocol) -> String {
    var bytes = Substring(text).utf8
    while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
    while let last = bytes.last, isSpace(last) { bytes.removeLast() }
    return String(Substring(bytes))
}

/// Whether a byte is ASCII white space.
func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte) }
