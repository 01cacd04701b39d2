extension JSONScanner {
    /// Moves past ASCII characters that stand for themselves in a string, eight at a time.
    @inline(__always)
    mutating func skipPlainCharacters() {
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

    /// The top bit of each byte that is a quote, a backslash, below U+0020 or not ASCII.
    ///
    /// Borrows can set it too, but only above a byte that is special: the lowest one is right.
    @inline(__always)
    private static func specialBytes(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        return ((quotes &- ones) | (backslashes &- ones) | (word &- (ones &* 0x20)) | word) & (ones &* 0x80)
    }

    /// Copies a part of the text to `unescaped`, which is as long as the text: escapes only get shorter.
    mutating func copy(_ range: Range<Int>) {
        for index in range { put(text[index]) }
    }

    @inline(__always)
    mutating func put(_ byte: UInt8) {
        unescaped[unescapedCount] = byte
        unescapedCount += 1
    }
}
