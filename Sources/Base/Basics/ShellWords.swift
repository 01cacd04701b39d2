/// Splits a command into words as `shlex.split` of Python does, by the quoting rules of POSIX shells.
///
/// Nothing is expanded: `$HOME`, `~` and `*` stay as they are.
/// - Returns: the words; nil when a quote is not closed or a backslash is last.
public func shellWords(_ line: String) -> [String]? {
    var words: [String] = []
    var word: String.UnicodeScalarView?
    var quote: Unicode.Scalar?
    var scalars = line.unicodeScalars.makeIterator()
    func add(_ scalar: Unicode.Scalar) { word = (word ?? .init()) + CollectionOfOne(scalar) }
    while let scalar = scalars.next() {
        if scalar == quote {
            quote = nil
        } else if scalar == "\\", quote != "'" {
            guard let next = scalars.next() else { return nil }
            // Within double quotes a backslash only quotes these two.
            if quote != nil, next != "\"", next != "\\" { add(scalar) }
            add(next)
        } else if quote != nil {
            add(scalar)
        } else if scalar == "'" || scalar == "\"" {
            quote = scalar
            word = word ?? .init()
        } else if " \t\r\n".unicodeScalars.contains(scalar) {
            if let finished = word { words.append(String(finished)) }
            word = nil
        } else {
            add(scalar)
        }
    }
    guard quote == nil else { return nil }
    if let word { words.append(String(word)) }
    return words
}
