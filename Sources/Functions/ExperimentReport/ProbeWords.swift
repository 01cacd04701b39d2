internal import JSON

/// What probes should return and what they returned, in words.
enum ProbeWords {
    /// A tolerance: `0 to 60`, `matching ^ok$`; its JSON when it is none of the known forms.
    ///
    /// - Parameter output: what it was compared with: a number or a list means the status where there is one.
    static func tolerance(_ tolerance: JSONValue?, output: JSONValue? = Optional.none) -> String {
        guard let tolerance else { return "anything" }
        let target = tolerance["target"].map { " in " + Text.line($0, limit: 40) } ?? ""
        switch tolerance["type"]?.stringValue {
        case "range":
            guard let least = tolerance["range"]?[0], let greatest = tolerance["range"]?[1] else { break }
            return "\(Text.line(least, limit: 40)) to \(Text.line(greatest, limit: 40))\(target)"
        case "regex": return "matching \(Text.line(tolerance["pattern"]))\(target)"
        case "jsonpath":
            let path = Text.line(tolerance["path"])
            if let expected = tolerance["expect"] { return "\(Text.line(expected, limit: 100)) at \(path)\(target)" }
            if let count = tolerance["count"] { return "\(Text.line(count, limit: 20)) matches of \(path)\(target)" }
            return "a match of \(path)\(target)"
        case "probe": return "accepted by the probe \(Text.line(tolerance["name"]))"
        default: break
        }
        let hasStatus = output?["status"] != nil
        switch tolerance {
        case .array(let bounds) where bounds.count == 2 && !hasStatus:
            return "\(Text.line(bounds[0], limit: 40)) to \(Text.line(bounds[1], limit: 40))"
        case .array(let values):
            let list = values.prefix(20).map { Text.line($0, limit: 40) }.joined(separator: ", ")
            return (hasStatus ? "status " : "one of ") + list
        case .integer where hasStatus: return "status " + Text.line(tolerance)
        default: return Text.line(tolerance, limit: 160)
        }
    }

    /// An output: of a command or an HTTP answer the status and the text, of anything else its JSON.
    static func output(_ output: JSONValue) -> String {
        guard let status = output["status"], let text = output["stdout"] ?? output["body"] else {
            return Text.line(output, limit: 80)
        }
        let line = Text.line(text, limit: 60)
        return "status \(Text.line(status, limit: 20))" + (line.isEmpty ? "" : ": \(line)")
    }
}
