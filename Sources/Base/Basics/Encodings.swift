/// Base64 (RFC 4648, section 4), the form that binary data takes in JSON.
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The text of bytes, padded, without line ends.
    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text.
    ///
    /// Leaves out what is not in the alphabet, line ends above all; nil when what is left is cut short.
    public static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 4 * 3)
        var bits = 0
        var count = 0
        var padding = 0
        for character in text.utf8 {
            if character == UInt8(ascii: "=") { padding += 1 }
            guard padding == 0, let value = value(character) else { continue }
            bits = (bits << 6 | value) & 0xFFF_FFFF
            count += 1
            if count % 4 != 1 { bytes.append(UInt8(truncatingIfNeeded: bits >> (6 - 2 * ((count - 1) % 4)))) }
        }
        let isWhole = count % 4 == 0 || count % 4 + padding >= 4 && count % 4 > 1
        return isWhole ? bytes : nil
    }

    private static func value(_ character: UInt8) -> Int? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(character) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(character) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(character) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

extension [UInt8] {
    /// Two lower-case hexadecimal digits a byte.
    public var hex: String {
        String(unsafeUninitializedCapacity: count * 2) { buffer in
            for (index, byte) in enumerated() {
                buffer[index * 2] = Self.hexDigits[Int(byte >> 4)]
                buffer[index * 2 + 1] = Self.hexDigits[Int(byte & 15)]
            }
            return count * 2
        }
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}

/// A UUID of version 4 (RFC 9562) in lower case.
/// - Parameter byte: gives a random byte; called 16 times.
public func randomUUID(_ byte: () -> UInt8) -> String {
    var bytes = (0..<16).map { _ in byte() }
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    return [bytes[..<4], bytes[4..<6], bytes[6..<8], bytes[8..<10], bytes[10...]]
        .map { Array($0).hex }.joined(separator: "-")
}

/// Percent-encodes the text's UTF-8, all but letters, digits, `-`, `.`, `_`, `~` and the bytes in `kept` (RFC 3986).
/// - Parameter spaceAsPlus: writes `+` for a space, as HTML forms do.
public func percentEncoded(_ text: String, keeping kept: StaticString = "", spaceAsPlus: Bool = false) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
        if isUnreserved(byte) || kept.withUTF8Buffer({ $0.contains(byte) }) {
            bytes.append(byte)
        } else if byte == UInt8(ascii: " "), spaceAsPlus {
            bytes.append(UInt8(ascii: "+"))
        } else {
            bytes += [UInt8(ascii: "%"), upperCaseHexDigit(byte >> 4), upperCaseHexDigit(byte & 15)]
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// Undoes percent-encoding; `%` without two hexadecimal digits stays as it is, and what is not UTF-8 becomes U+FFFD.
/// - Parameter plusAsSpace: reads `+` as a space, as in HTML forms and query strings.
public func percentDecoded(_ text: some StringProtocol, plusAsSpace: Bool = true) -> String {
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
        if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = hexValue(bytes[index + 1]),
            let low = hexValue(bytes[index + 2])
        {
            decoded.append(high << 4 | low)
            index += 3
        } else {
            decoded.append(bytes[index] == UInt8(ascii: "+") && plusAsSpace ? UInt8(ascii: " ") : bytes[index])
            index += 1
        }
    }
    return String(decoding: decoded, as: UTF8.self)
}

/// Reads `application/x-www-form-urlencoded`, or a query, in order.
///
/// Splits first and then decodes each part once, so that an encoded `&` or `+` in a value survives. An invalid escape
/// stays as it is; invalid UTF-8 becomes U+FFFD.
public func formFields(_ bytes: [UInt8]) -> [(name: String, value: String)] {
    // The delimiters are ASCII: replacing invalid UTF-8 first moves none of them.
    String(decoding: bytes, as: UTF8.self).split(separator: "&").map { pair in
        let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (percentDecoded(halves[0]), halves.count > 1 ? percentDecoded(halves[1]) : "")
    }
}

/// The value of one hexadecimal digit in either case; nil for any other byte.
public func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
}

private func upperCaseHexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
}

private func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
    default: byte.isASCIIAlphanumeric
    }
}
