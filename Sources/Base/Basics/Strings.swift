extension String {
    /// The Levenshtein distance in bytes: how many must be inserted, removed or replaced to get the other text.
    public func editDistance(to other: String) -> Int {
        var distances = Array(0...other.utf8.count)
        for (row, byte) in utf8.enumerated() {
            var diagonal = row
            distances[0] = row + 1
            for (column, otherByte) in other.utf8.enumerated() {
                let above = distances[column + 1]
                distances[column + 1] =
                    byte == otherByte ? diagonal : 1 + Swift.min(diagonal, above, distances[column])
                diagonal = above
            }
        }
        return distances[other.utf8.count]
    }
}

extension Sequence<String> {
    /// The name that was probably meant: the nearest one, when it differs in little; for "did you mean …?".
    public func nearest(to name: String) -> String? {
        let nearest = map { (name: $0, distance: $0.editDistance(to: name)) }.min { $0.distance < $1.distance }
        guard let nearest, nearest.distance <= 1 + name.utf8.count / 5 else { return nil }
        return nearest.name
    }
}

extension String {
    /// Whether a text is part of this one, byte by byte.
    public func containsBytes(_ part: String) -> Bool { utf8.containsBytes(part.utf8) }

    /// This text with every occurrence of a part, byte by byte, replaced.
    public func replacingBytes(_ part: String, with replacement: String) -> String {
        let (bytes, part) = (Array(utf8), Array(part.utf8))
        guard !part.isEmpty, bytes.containsBytes(part) else { return self }
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
    fileprivate func containsBytes(_ part: some Collection<UInt8>) -> Bool {
        var rest = self[...]
        while rest.count >= part.count {
            if rest.starts(with: part) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}

extension String {
    /// The parts of a text that begins with `arn:`, as in `arn:<partition>:<service>:<region>:<account>:<resource>`:
    /// six when the ARN is whole, the last with all further colons; nil for any other text.
    ///
    /// Tells what an ARN names without `AWSResources`, which is a floor above `Configuration`.
    public var arnFields: [Substring]? {
        hasPrefix("arn:") ? split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false) : nil
    }
}

extension StringProtocol {
    /// Without white space, as Unicode has it, at both ends.
    public var trimmingWhitespace: SubSequence {
        let start = firstIndex { !$0.isWhitespace } ?? endIndex
        let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? start
        return self[start..<end]
    }
}

extension UInt8 {
    /// Whether the byte is white space in ASCII: a space, or one of tab to carriage return (9 to 13).
    public var isASCIIWhitespace: Bool { self == UInt8(ascii: " ") || (0x09...0x0D).contains(self) }

    /// The small letter of a capital one in ASCII; any other byte as it is.
    public var asciiLowercased: UInt8 { 0x41...0x5A ~= self ? self | 0x20 : self }

    /// Whether the byte is a letter or digit in ASCII.
    public var isASCIIAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}

/// `1 result`, `2 results`: for nouns whose plural is formed by an s.
public func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

extension Unicode.Scalar {
    /// Whether it is a control character, or one that only changes how others look: the direction of text and the like.
    public var isInvisible: Bool {
        properties.generalCategory == .control || properties.generalCategory == .format
    }
}
