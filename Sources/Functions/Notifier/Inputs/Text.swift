import Events

/// A duration in its two largest units: `45 s`, `5 min`, `1 h 30 min`, `2 d`.
func readable(seconds: Double) -> String {
    guard seconds.isFinite, seconds.magnitude < 1e15 else { return "\(seconds) s" }
    if seconds < 60 {
        // Milliseconds matter below a second, tenths above.
        let steps = seconds.magnitude < 1 ? 1_000.0 : 10
        return readable((seconds * steps).rounded() / steps) + " s"
    }
    var rest = Int64(seconds.rounded())
    var parts: [String] = []
    for (unit, name) in [(Int64(86_400), "d"), (3_600, "h"), (60, "min"), (1, "s")] {
        if rest >= unit, parts.count < 2 {
            parts.append("\(rest / unit) \(name)")
            rest %= unit
        } else if !parts.isEmpty {
            break
        }
    }
    return parts.joined(separator: " ")
}

/// `SomeEvent_name` and `someEvent-name` as `some event name`; runs of capitals stay: `CPUHigh` is `CPU high`.
func words(_ identifier: String) -> String {
    var words: [String] = []
    var word = ""
    let letters = Array(identifier)
    for (index, letter) in letters.enumerated() {
        let isSeparator = letter == "_" || letter == "-" || letter == " " || letter == "\\"
        let startsWord =
            letter.isUppercase && index > 0
            && (letters[index - 1].isLowercase || letters[index - 1].isNumber
                || (index + 1 < letters.count && letters[index + 1].isLowercase))
        if (isSeparator || startsWord) && !word.isEmpty {
            words.append(word)
            word = ""
        }
        if !isSeparator { word.append(letter) }
    }
    if !word.isEmpty { words.append(word) }
    return words.map { $0.count > 1 && $0.allSatisfy { $0.isUppercase || $0.isNumber } ? $0 : $0.lowercased() }
        .joined(separator: " ")
}

/// A member's name as a label: `budgetName` is `Budget name`; one with underscores stays as people search for it.
func fieldName(_ identifier: String) -> String {
    identifier.utf8.contains(UInt8(ascii: "_")) ? identifier : words(identifier).capitalized
}

extension StringProtocol {
    /// The text with its first letter as a capital.
    var capitalized: String { prefix(1).uppercased() + dropFirst() }

    /// At most `length` characters; a text that is cut ends in `…`.
    func cut(_ length: Int) -> String {
        utf8.count <= length || count <= length ? String(self) : String(prefix(length - 1)) + "…"
    }

    /// Where another text occurs first in this one, byte by byte.
    func place(of part: String) -> Range<Index>? {
        let sought = part.utf8
        guard let first = sought.first else { return startIndex..<startIndex }
        var rest = Substring(self).utf8
        while let start = rest.firstIndex(of: first) {
            rest = rest[start...]
            if rest.starts(with: sought) { return start..<rest.index(start, offsetBy: sought.count) }
            rest.removeFirst()
        }
        return nil
    }

    /// The text between the first `start` and the next `end`; nil when one is missing.
    func between(_ start: String, _ end: String) -> String? {
        guard let opening = place(of: start), let closing = self[opening.upperBound...].place(of: end) else {
            return nil
        }
        return String(self[opening.upperBound..<closing.lowerBound])
    }

    /// The trimmed parts between separators, without empty ones.
    func parts(_ separator: Unicode.Scalar) -> [String] {
        // By bytes, as character by character takes several times as long.
        Substring(self).utf8.split(separator: UInt8(ascii: separator)).map { Substring($0).trimmed }
            .filter { !$0.isEmpty }
    }
}
