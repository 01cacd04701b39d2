internal import Basics
public import JSON

extension JSONValue {
    /// The value as a YAML document in block style, which YAML 1.1 and 1.2 read alike.
    public var yaml: String {
        var lines: [String] = []
        write(to: &lines, indentation: 0, after: nil)
        return lines.joined(separator: "\n") + "\n"
    }

    /// Appends the value's lines.
    /// - Parameter head: what stands before the value on its first line, such as `key:` or `-`.
    private func write(to lines: inout [String], indentation: Int, after head: String?) {
        let prefix = String(repeating: " ", count: indentation)
        let start = head.map { prefix + $0 }
        switch self {
        case .object(let members) where !members.isEmpty:
            var depth = indentation
            if let head {
                // A mapping in a list begins on the line of its dash.
                let isItem = head == "-"
                depth += 2
                if !isItem, let start { lines.append(start) }
            }
            for (index, member) in members.enumerated() {
                let first = lines.count
                member.value.write(to: &lines, indentation: depth, after: "\(Self.scalar(member.key)):")
                if head == "-", index == 0 {
                    lines[first] = prefix + "- " + lines[first].dropFirst(depth)
                }
            }
        case .array(let elements) where !elements.isEmpty:
            if let start { lines.append(start) }
            let depth = head == "-" ? indentation + 2 : indentation
            for element in elements { element.write(to: &lines, indentation: depth, after: "-") }
        case .string(let text): lines.append((start.map { $0 + " " } ?? "") + Self.scalar(text))
        default: lines.append((start.map { $0 + " " } ?? "") + description)
        }
    }

    /// A text without quotes where no reader can take it for anything else, and as in JSON otherwise.
    private static func scalar(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "_-./ ()".utf8.contains($0) }
        let isWord = text.utf8.first.map { $0.isASCIIAlphanumeric && !(0x30...0x39 ~= $0) } ?? false
        guard isPlain, isWord, text.utf8.last != 0x20, !words.contains(text.lowercased()) else {
            return JSONValue.string(text).description
        }
        return text
    }

    /// What some version of YAML takes for a boolean, null or a number.
    private static let words: Set<String> = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
}
