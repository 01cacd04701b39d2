/// The first match of a regular expression.
public struct RegularExpressionMatch: Sendable {
    /// The whole match, then its groups; nil for a group that took no part.
    public let groups: [ArraySlice<UInt8>?]
    private let names: [String: Int]

    init(groups: [ArraySlice<UInt8>?], names: [String: Int]) { (self.groups, self.names) = (groups, names) }

    /// A template with its groups filled in, as Go's `Regexp.Expand` does it.
    ///
    /// `$1`, `${1}`, `$name` and `${name}` stand for a group, or for nothing when there is none of that name; `$$` is a
    /// dollar sign. Without braces the name is as long as it can be: `$1x` is `${1x}`.
    public func expand(_ template: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = template[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "$") else {
                result.append(byte)
                continue
            }
            if rest.first == UInt8(ascii: "$") {
                rest.removeFirst()
                result.append(byte)
            } else if let (name, length) = Self.name(at: rest) {
                rest.removeFirst(length)
                result += group(name) ?? []
            } else {
                result.append(byte)
            }
        }
        return result
    }

    private func group(_ name: String) -> ArraySlice<UInt8>? {
        guard let number = Int(name) ?? names[name], groups.indices.contains(number) else { return nil }
        return groups[number]
    }

    /// The name behind a dollar sign, and how long it is with its braces.
    private static func name(at rest: ArraySlice<UInt8>) -> (String, Int)? {
        let isInBraces = rest.first == UInt8(ascii: "{")
        let name = (isInBraces ? rest.dropFirst() : rest).prefix(while: isNameByte)
        guard !name.isEmpty else { return nil }
        let text = String(decoding: name, as: UTF8.self)
        guard isInBraces else { return (text, name.count) }
        return name.endIndex < rest.endIndex && rest[name.endIndex] == UInt8(ascii: "}") ? (text, name.count + 2) : nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// What Go's regular expressions may say and PCRE2's may not.
enum GoSyntax {
    /// The same pattern for PCRE2: `^+OK` becomes `(?:^)+OK`.
    ///
    /// PCRE2 refuses to repeat what matches a place and no character; Go does not.
    static func perlPattern(of pattern: String) -> String {
        let bytes = Array(pattern.utf8)
        var result: [UInt8] = []
        var position = 0
        var isInClass = false
        while position < bytes.count {
            var item = bytes[position..<position + 1]
            if bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count {
                item = bytes[position..<position + 2]
                if item.last == UInt8(ascii: "Q") { item = literal(in: bytes, from: position) }
            } else if isInClass, bytes[position...].starts(with: "[:".utf8) {
                item = className(in: bytes, from: position)
            } else if isInClass {
                isInClass = bytes[position] != UInt8(ascii: "]")
            } else if bytes[position] == UInt8(ascii: "[") {
                item = classStart(in: bytes, from: position)
                isInClass = true
            }
            position += item.count
            let isRepeated = position < bytes.count && "*+?".utf8.contains(bytes[position])
            if !isInClass, isRepeated, isPlace(item) {
                result += "(?:".utf8 + item + ")".utf8
            } else {
                result += item
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isPlace(_ item: ArraySlice<UInt8>) -> Bool {
        ["^", "$", "\\b", "\\B", "\\A", "\\z"].contains { item.elementsEqual($0.utf8) }
    }

    /// `[`, `[^`, `[]` or `[^]`.
    private static func classStart(in bytes: [UInt8], from start: Int) -> ArraySlice<UInt8> {
        var end = start + 1
        if end < bytes.count, bytes[end] == UInt8(ascii: "^") { end += 1 }
        if end < bytes.count, bytes[end] == UInt8(ascii: "]") { end += 1 }
        return bytes[start..<end]
    }

    /// `[:alpha:]`, or only its bracket when it is none.
    private static func className(in bytes: [UInt8], from start: Int) -> ArraySlice<UInt8> {
        var end = start + 2
        while end + 1 < bytes.count, bytes[end] != UInt8(ascii: "]") {
            if bytes[end] == UInt8(ascii: ":"), bytes[end + 1] == UInt8(ascii: "]") { return bytes[start..<end + 2] }
            end += 1
        }
        return bytes[start..<start + 1]
    }

    /// `\Q…\E`, or to the end of the pattern.
    private static func literal(in bytes: [UInt8], from start: Int) -> ArraySlice<UInt8> {
        var end = start + 2
        while end < bytes.count {
            if bytes[end] == UInt8(ascii: "\\"), end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: "E") {
                return bytes[start..<end + 2]
            }
            end += 1
        }
        return bytes[start...]
    }
}
