extension String {
    /// Whether a text is part of this one, byte by byte.
    func holds(_ part: String) -> Bool { utf8.holds(part.utf8) }

    /// This text with another text in the places of a part.
    func substituting(_ part: String, by replacement: String) -> String {
        let (bytes, part) = (Array(utf8), Array(part.utf8))
        guard !part.isEmpty, bytes.holds(part) else { return self }
        var result: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if bytes[position...].starts(with: part) {
                result += replacement.utf8
                position += part.count
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension Collection<UInt8> {
    fileprivate func holds(_ part: some Collection<UInt8>) -> Bool {
        var rest = self[...]
        while rest.count >= part.count {
            if rest.starts(with: part) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}
