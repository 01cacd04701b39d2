extension String {
    /// The text in lines that fit; all but the first begin with spaces.
    ///
    /// Words that are too long are broken, not cut, and line ends are spaces. Control characters are replaced.
    /// - Parameters:
    ///   - width: the longest line, in terminal columns.
    ///   - indent: so many spaces.
    public func wrapped(to width: Int, indent: Int) -> [String] {
        var lines: [String] = []
        // The columns of the last line.
        var used = width
        let margin = String(repeating: " ", count: indent)
        for word in split(whereSeparator: \.isWhitespace) {
            var rest = Substring(String(word).printable)
            let columns = String(rest).displayWidth
            if !lines.isEmpty, used + 1 + columns <= width {
                lines[lines.count - 1] += " \(rest)"
                used += 1 + columns
                continue
            }
            while !rest.isEmpty {
                // A word of several lines begins behind the others, so that a sign does not stand alone.
                let continues = String(rest).displayWidth > width - indent && used + 2 < width - indent
                let start = continues ? used + 1 : lines.isEmpty ? 0 : indent
                let room = max(2, width - start)
                var taken = 0
                let piece = rest.prefix { character in
                    taken += String(character).displayWidth
                    return taken <= room
                }
                if continues {
                    lines[lines.count - 1] += " \(piece)"
                } else {
                    lines.append((lines.isEmpty ? "" : margin) + piece)
                }
                used = start + String(piece).displayWidth
                rest = rest.dropFirst(piece.count)
            }
        }
        return lines
    }
}
