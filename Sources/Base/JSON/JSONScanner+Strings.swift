extension JSONScanner {
    /// Reads the string whose opening quote is at the position.
    ///
    /// A string without escapes is not copied.
    mutating func scanString() throws(JSONError) {
        let offset = position
        var isASCII = true
        position += 1
        while true {
            skipPlainCharacters()
            switch peek {
            case UInt8(ascii: "\""):
                let payload = JSONNode.pair(offset + 1, position - offset - 1)
                nodes.append(JSONNode(kind: .string, isASCII: isASCII, offset: UInt32(offset), payload: payload))
                position += 1
                return
            case UInt8(ascii: "\\"):
                return try scanEscapedString(from: offset, isASCII: isASCII)
            default:
                position += try multibyteLength()
                isASCII = false
            }
        }
    }

    /// Continues a string at its first escape and copies its characters to `unescaped`.
    private mutating func scanEscapedString(from offset: Int, isASCII: Bool) throws(JSONError) {
        if unescaped.isEmpty { unescaped = [UInt8](repeating: 0, count: text.count) }
        let start = unescapedCount
        var isASCII = isASCII
        var plain = offset + 1
        while true {
            skipPlainCharacters()
            let byte = peek
            guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
                position += try multibyteLength()
                isASCII = false
                continue
            }
            copy(plain..<position)
            position += 1
            if byte == UInt8(ascii: "\"") { break }
            let scalar = try scanEscape()
            if !scalar.isASCII { isASCII = false }
            for byte in scalar.utf8 { put(byte) }
            plain = position
        }
        let payload = JSONNode.pair(start, unescapedCount - start)
        nodes.append(
            JSONNode(
                kind: .string, isASCII: isASCII, isUnescaped: true, offset: UInt32(offset), payload: payload))
    }

    /// Reads an escape after its backslash.
    private mutating func scanEscape() throws(JSONError) -> Unicode.Scalar {
        let byte = peek
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "u"): return try scanUnicodeEscape()
        default:
            position -= 1
            if position >= text.count { throw unexpected("an escape") }
            throw failure(.invalidEscape, "expected an escape after the backslash, found \(found)")
        }
    }

    /// Reads the digits after `\u`, and a second escape when they are the first half of a surrogate pair.
    private mutating func scanUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let start = position - 2
        let first = try scanFourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xDC00, peek == UInt8(ascii: "\\") {
            position += 1
            if peek == UInt8(ascii: "u") {
                position += 1
                let second = try scanFourDigits()
                let pair = 0x10000 + (first & 0x3FF) << 10 + (second & 0x3FF)
                if 0xDC00...0xDFFF ~= second, let scalar = Unicode.Scalar(pair) { return scalar }
            }
        }
        position = start
        throw failure(.loneSurrogate, "\\u\(String(first, radix: 16)) is half of a surrogate pair")
    }

    private mutating func scanFourDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            let byte = peek
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte & 0xF)
            case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
                value = value << 4 | UInt32(byte & 0xF + 9)
            default:
                if position >= text.count { throw unexpected("a hexadecimal digit") }
                throw failure(.invalidEscape, "expected a hexadecimal digit, found \(found)")
            }
            position += 1
        }
        return value
    }

    /// The length of the multibyte character at the position.
    /// - Throws: when it is not well-formed UTF-8 (Unicode, table 3-7), a control character or the end of the text.
    private func multibyteLength() throws(JSONError) -> Int {
        guard position < text.count else { throw unexpected("the closing quote of a string") }
        let first = text[position]
        guard first >= 0x20 else {
            throw failure(.controlCharacter, "control characters in strings must be escaped, found \(found)")
        }
        let (length, second): (Int, ClosedRange<UInt8>) =
            switch first {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xE1...0xEF: (3, 0x80...0xBF)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: (0, 0x80...0xBF)
            }
        guard length > 0, position + length <= text.count, second ~= text[position + 1],
            text[position + 2..<position + max(length, 2)].allSatisfy({ $0 & 0xC0 == 0x80 })
        else { throw failure(.invalidUTF8, "the bytes are not UTF-8, found \(found)") }
        return length
    }
}

extension JSONScanner {
    /// Moves past ASCII characters other than quotes, backslashes and control characters, eight at a time.
    @inline(__always)
    private mutating func skipPlainCharacters() {
        let raw = UnsafeRawBufferPointer(text)
        while position + 8 <= raw.count {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let special = Self.specialBytes(word)
            guard special == 0 else {
                position += special.trailingZeroBitCount / 8
                return
            }
            position += 8
        }
        while position < raw.count, Self.specialBytes(UInt64(raw[position]) | 0x2020_2020_2020_2000) == 0 {
            position += 1
        }
    }

    /// A word whose lowest set bit is the top bit of the first byte that is a quote, a backslash, below U+0020 or not
    /// ASCII; 0 when there is none.
    ///
    /// Borrows may set further bits above that one.
    @inline(__always)
    private static func specialBytes(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        return ((quotes &- ones) | (backslashes &- ones) | (word &- (ones &* 0x20)) | word) & (ones &* 0x80)
    }

    /// Copies a part of the text to `unescaped`, which has room because no escape is shorter than its character.
    private mutating func copy(_ range: Range<Int>) {
        for index in range { put(text[index]) }
    }

    @inline(__always)
    private mutating func put(_ byte: UInt8) {
        unescaped[unescapedCount] = byte
        unescapedCount += 1
    }
}
