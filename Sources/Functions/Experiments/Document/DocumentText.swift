public import JSON

extension JSONValue {
    /// The value as YAML, which reads the same by YAML 1.1 and 1.2: a line for each member and element.
    public var yamlText: String {
        var text = ""
        YAMLText.write(self, indent: "", to: &text)
        return text.hasPrefix("\n") ? String(text.dropFirst()) : String(text.drop { $0 == " " })
    }
}

/// Writes YAML for people.
private enum YAMLText {
    /// Writes a value behind its key or dash, which stand at an indentation.
    static func write(_ value: JSONValue, indent: String, to text: inout String) {
        switch value {
        case .object(let members) where !members.isEmpty:
            for (key, value) in members {
                text += "\n\(indent)\(scalar(key)):"
                write(value, indent: indent + "  ", to: &text)
            }
            if indent.isEmpty { text += "\n" }
        case .array(let elements) where !elements.isEmpty:
            for element in elements {
                text += "\n\(indent)-"
                var inner = ""
                write(element, indent: indent + "  ", to: &inner)
                // The first member of a mapping stands behind the dash.
                text += inner.hasPrefix("\n") ? " " + inner.drop { $0 == "\n" || $0 == " " } : inner
            }
            if indent.isEmpty { text += "\n" }
        case .string(let string): text += " \(scalar(string))" + (indent.isEmpty ? "\n" : "")
        default: text += " \(value)" + (indent.isEmpty ? "\n" : "")
        }
    }

    /// Words that YAML 1.1 takes for something else.
    private static let words: Set = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]

    private static func scalar(_ text: String) -> String { isPlain(text) ? text : quoted(text) }

    /// Whether a text needs no quotes: letters, digits and some marks that mean nothing, after a letter.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, first.properties.isAlphabetic, first.isASCII, text.last != " ",
            !words.contains(text.lowercased())
        else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: " -_./+(),'".utf8.contains(byte)
            }
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: result += "\\\""
            case 0x5C: result += "\\\\"
            case 0x0A: result += "\\n"
            case 0x09: result += "\\t"
            case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
