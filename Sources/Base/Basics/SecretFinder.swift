internal import Synchronization

/// Finds known secrets in a text, in every form in which a server can repeat what it was sent.
///
/// Whole or in part, as it is, in Base64 or in hexadecimal, with the escapes of JSON, URLs or HTML, in either case.
/// Where it is not sure it finds more: a text with a gap is better than one with a secret.
public struct SecretFinder: Sendable {
    /// How certain it is that a value is a secret.
    public enum Kind: Sendable {
        /// A password, a token: also parts of it are found, and it is found where it is short.
        case credential
        /// Probably none, such as the value of `X-Environment`.
        case other
    }

    /// From this length on a value is found inside of words.
    private static let longValue = 6
    /// The length in bytes of a part of a credential that is found anywhere; at most 8.
    private static let partLength = 6
    /// The length of the beginning of a secret that is found at the end of a text, and of its end at the beginning.
    private static let edgeLength = 4

    /// Found anywhere, those of credentials also in part.
    private var values: [(bytes: [UInt8], isCredential: Bool)] = []
    /// Short ones, found as whole words; `isCredential` ones also in texts of the configuration.
    private var words: [(bytes: [UInt8], isCredential: Bool)] = []
    private var parts = Parts()

    /// Finds nothing yet.
    public init() {}

    /// Whether there is nothing to find.
    public var isEmpty: Bool { values.isEmpty && words.isEmpty }

    /// Adds a value and its encodings.
    public mutating func add(_ text: some StringProtocol, _ kind: Kind) {
        let bytes = Array(text.utf8)
        add(bytes, kind)
        // In Base64 a value's form depends on where in the whole it begins.
        for offset in 0..<3 where bytes.count >= 3 {
            let whole = Array(Base64.encode([UInt8](repeating: 0, count: offset) + bytes).utf8)
            // The characters at both ends also hold bits of its neighbours.
            let form = Array(whole.dropFirst(offset > 0 ? offset + 1 : 0))
            let characters = Array(form.prefix { $0 != UInt8(ascii: "=") })
            let inner = characters.count < form.count ? Array(characters.dropLast()) : characters
            if bytes.count >= Self.longValue { add(form, kind) }
            add(offset == 0 && bytes.count < Self.longValue ? characters : inner, kind)
            let urlForm = inner.map {
                $0 == UInt8(ascii: "+") ? UInt8(ascii: "-") : $0 == UInt8(ascii: "/") ? 0x5F : $0
            }
            if urlForm != inner { add(urlForm, kind) }
        }
        if bytes.count >= Self.longValue { add(Array(bytes.hex.utf8), kind) }
    }

    private mutating func add(_ bytes: [UInt8], _ kind: Kind) {
        let bytes = bytes.map(\.asciiLowercased)
        parts = Parts()
        if bytes.count >= Self.longValue {
            values.append((bytes, kind == .credential))
        } else if kind == .credential ? !bytes.isEmpty : bytes.count >= 3 {
            words.append((bytes, kind == .credential))
        }
    }

    /// All parts of credentials of ``partLength``, each packed into a number.
    ///
    /// Made when the first text is there to look at, because most checks have none.
    private final class Parts: Sendable {
        private let made = Mutex<Set<UInt64>?>(nil)

        func of(_ finder: SecretFinder) -> Set<UInt64> {
            made.withLock { made in
                if let made { return made }
                var parts: Set<UInt64> = []
                for value in finder.values where value.isCredential {
                    SecretFinder.forEachPart(of: value.bytes) { _, part in parts.insert(part) }
                }
                made = parts
                return parts
            }
        }
    }

    private static func forEachPart(of bytes: [UInt8], _ body: (_ start: Int, _ part: UInt64) -> Void) {
        let kept: UInt64 = (1 << (8 * UInt64(partLength))) - 1
        var part: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            part = (part << 8 | UInt64(byte)) & kept
            if index + 1 >= partLength { body(index + 1 - partLength, part) }
        }
    }
}

extension SecretFinder {
    /// The text with `***` in the place of secrets.
    /// - Parameter isOurs: the text is one of the configuration, not of a server: only whole secrets are replaced.
    public func masked(_ text: String, isOurs: Bool = false) -> String {
        guard !isEmpty, !text.isEmpty else { return text }
        let bytes = Array(text.utf8)
        var isSecret = [Bool](repeating: false, count: bytes.count)
        let parts = isOurs ? [] : parts.of(self)
        var view = EscapedText(bytes)
        for _ in 0..<3 {  // as it is, without its escapes, without escapes that were escaped
            mark(view, &isSecret, parts, isOurs: isOurs)
            guard let next = view.unescaped() else { break }
            view = next
        }
        return isSecret.contains(true) ? Self.replacing(isSecret, in: bytes) : text
    }

    private func mark(_ view: EscapedText, _ isSecret: inout [Bool], _ parts: Set<UInt64>, isOurs: Bool) {
        func mark(_ range: Range<Int>) {
            for position in view.starts[range.lowerBound]..<view.starts[range.upperBound] { isSecret[position] = true }
        }
        let bytes = view.bytes
        for value in values { bytes.forEachOccurrence(of: value.bytes, mark) }
        for word in words where word.isCredential || !isOurs {
            bytes.forEachOccurrence(of: word.bytes) { range in
                if bytes.isWord(range) { mark(range) }
            }
        }
        guard !isOurs else { return }
        Self.forEachPart(of: bytes) { start, part in
            if parts.contains(part) { mark(start..<start + Self.partLength) }
        }
        // A server that cuts its texts may have cut them in the middle of a secret.
        let end = 1 + (bytes.lastIndex { !".\u{2026}\"'}])> \n".utf8.contains($0) } ?? -1)
        for (value, _) in values {
            let lengths = stride(from: min(value.count - 1, end), through: Self.edgeLength, by: -1)
            if let length = lengths.first(where: { bytes[..<end].suffix($0) == value.prefix($0) }) {
                mark(end - length..<end)
            }
            if let length = lengths.first(where: { bytes.prefix($0) == value.suffix($0) }) { mark(0..<length) }
        }
    }

    private static func replacing(_ isSecret: [Bool], in bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let start = index
            while index < bytes.count, isSecret[index] { index += 1 }
            if index > start {
                // No half of a character stays.
                while result.last.map({ $0 >= 0x80 }) ?? false, bytes[start] & 0xC0 == 0x80, let byte = result.popLast()
                {
                    if byte & 0xC0 == 0xC0 { break }
                }
                while index < bytes.count, bytes[index] & 0xC0 == 0x80 { index += 1 }
                result += "***".utf8
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// A text in small letters, and where each of its bytes was in the text that it was made of.
private struct EscapedText {
    let bytes: [UInt8]
    /// For each byte, and for the end, its place in the original text.
    let starts: [Int]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes.map(\.asciiLowercased)
        starts = Array(0...bytes.count)
    }

    private init(_ bytes: [UInt8], _ starts: [Int]) { (self.bytes, self.starts) = (bytes, starts) }

    /// The text with `\"`, `\/`, `\u0041`, `%41`, `&amp;`, `&#65;` and the like replaced by what they stand for; nil
    /// when it has none.
    func unescaped() -> EscapedText? {
        var (result, places): ([UInt8], [Int]) = ([], [])
        var index = 0
        while index < bytes.count {
            let escape: (scalar: UInt32, length: Int)? =
                switch bytes[index] {
                case UInt8(ascii: "\\"): backslashEscape(at: index)
                case UInt8(ascii: "%"): number(at: index + 1, digits: 2...2, radix: 16).map { ($0.value, 3) }
                case UInt8(ascii: "&"): entity(at: index)
                default: nil
                }
            if let escape, let scalar = Unicode.Scalar(escape.scalar) {
                // A byte of percent-encoded UTF-8 is one byte, all others are characters.
                let isByte = bytes[index] == UInt8(ascii: "%")
                let decoded = isByte ? [UInt8(truncatingIfNeeded: escape.scalar)] : Array(String(scalar).utf8)
                result += decoded.map(\.asciiLowercased)
                places += decoded.map { _ in starts[index] }
                index += escape.length
            } else {
                result.append(bytes[index])
                places.append(starts[index])
                index += 1
            }
        }
        return result.count == bytes.count ? nil : EscapedText(result, places + [starts[bytes.count]])
    }

    private func backslashEscape(at index: Int) -> (UInt32, Int)? {
        guard index + 1 < bytes.count else { return nil }
        switch bytes[index + 1] {
        case UInt8(ascii: "n"): return (10, 2)
        case UInt8(ascii: "r"): return (13, 2)
        case UInt8(ascii: "t"): return (9, 2)
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "/"), UInt8(ascii: "\\"):
            return (UInt32(bytes[index + 1]), 2)
        case UInt8(ascii: "x"): return number(at: index + 2, digits: 2...2, radix: 16).map { ($0.value, 4) }
        case UInt8(ascii: "u"):
            if index + 2 < bytes.count, bytes[index + 2] == UInt8(ascii: "{") {  // Swift's form
                return number(at: index + 3, digits: 1...6, radix: 16).map { ($0.value, $0.length + 4) }
            }
            guard let unit = number(at: index + 2, digits: 4...4, radix: 16) else { return nil }
            if 0xD800...0xDBFF ~= unit.value, bytes[index...].dropFirst(6).starts(with: "\\u".utf8),
                let low = number(at: index + 8, digits: 4...4, radix: 16), 0xDC00...0xDFFF ~= low.value
            {
                return (0x10000 + (unit.value - 0xD800) << 10 + (low.value - 0xDC00), 12)
            }
            return (unit.value, 6)
        default: return nil
        }
    }

    private static let entities: [(name: StaticString, scalar: UInt32)] = [
        ("&amp;", 38), ("&lt;", 60), ("&gt;", 62), ("&quot;", 34), ("&apos;", 39),
    ]

    private func entity(at index: Int) -> (UInt32, Int)? {
        let rest = bytes[index...]
        for (name, scalar) in Self.entities {
            if name.withUTF8Buffer({ rest.starts(with: $0) }) { return (scalar, name.utf8CodeUnitCount) }
        }
        guard rest.dropFirst().first == UInt8(ascii: "#") else { return nil }
        let isHex = rest.dropFirst(2).first == UInt8(ascii: "x")
        let start = index + (isHex ? 3 : 2)
        guard let number = number(at: start, digits: 1...7, radix: isHex ? 16 : 10) else { return nil }
        let end = start + number.length
        return (number.value, end - index + (end < bytes.count && bytes[end] == UInt8(ascii: ";") ? 1 : 0))
    }

    private func number(at start: Int, digits: ClosedRange<Int>, radix: UInt32) -> (value: UInt32, length: Int)? {
        var (value, length): (UInt32, Int) = (0, 0)
        while length < digits.upperBound, start + length < bytes.count, let digit = hexValue(bytes[start + length]),
            digit < radix
        {
            value = value * radix + UInt32(digit)
            length += 1
        }
        return digits.contains(length) ? (value, length) : nil
    }
}

extension [UInt8] {
    fileprivate func forEachOccurrence(of part: [UInt8], _ body: (Range<Int>) -> Void) {
        guard let first = part.first, count >= part.count else { return }
        for start in 0...(count - part.count) where self[start] == first && self[start...].starts(with: part) {
            body(start..<start + part.count)
        }
    }

    /// Whether a letter or digit is neither before nor behind the range.
    fileprivate func isWord(_ range: Range<Int>) -> Bool {
        let isPartOfWord = { (byte: UInt8) in byte.isASCIIAlphanumeric || byte >= 0x80 }
        return !(range.lowerBound > 0 && isPartOfWord(self[range.lowerBound - 1]))
            && !(range.upperBound < count && isPartOfWord(self[range.upperBound]))
    }
}
