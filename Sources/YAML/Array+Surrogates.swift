internal import JSON

extension [UInt8] {
    /// JSON's escaped surrogate pairs (`\ud83d\ude00`) as the characters they mean, which YAML's escapes cannot say.
    ///
    /// Anything that is no valid JSON comes back as it is.
    func resolvingSurrogates() -> [UInt8] {
        guard let first = first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }), first == 0x7B || first == 0x5B,
            indices.contains(where: { highSurrogate(at: $0) != nil }), (try? JSONValue(parsing: self)) != nil
        else { return self }
        var result: [UInt8] = []
        var place = 0
        while place < count {
            if let high = highSurrogate(at: place), let low = escaped(at: place + 6) {
                let scalar = UnicodeScalar(0x10000 + (high & 0x3FF) << 10 + low & 0x3FF)
                result += Array(String(Character(scalar ?? "\u{FFFD}")).utf8)
                place += 12
            } else {
                // An escaped backslash begins no other escape.
                let length = self[place] == 0x5C && place + 1 < count ? 2 : 1
                result += self[place..<place + length]
                place += length
            }
        }
        return result
    }

    private func highSurrogate(at place: Int) -> UInt32? {
        escaped(at: place).flatMap { 0xD800...0xDBFF ~= $0 ? $0 : nil }
    }

    /// The number in `\uXXXX`.
    private func escaped(at place: Int) -> UInt32? {
        guard place + 6 <= count, self[place] == 0x5C, self[place + 1] == UInt8(ascii: "u") else { return nil }
        return UInt32(String(decoding: self[place + 2..<place + 6], as: UTF8.self), radix: 16)
    }
}
