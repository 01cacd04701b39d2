/// What is found while a configuration is read: its faults, and what is not used.
final class Findings {
    /// A fault with its place; never a value, which could be a secret.
    private struct Fault {
        var line: Int
        var text: String
    }

    private struct Unused {
        var line: Int
        var text: String
        var count = 1
    }

    private var faults: [Fault] = []
    private var unused: [Unused] = []

    /// Notes a fault: `line 7: endpoints[0](shop).url: …`.
    func fault(line: Int, path: String, _ message: String) {
        faults.append(Fault(line: line, text: path.isEmpty ? message : "\(path): \(message)"))
    }

    /// Notes a key that is accepted without effect; the same of several endpoints is noted once.
    func notUsed(line: Int, path: String, _ reason: String) {
        let text = "\(Self.withoutIndices(path)) (\(reason))"
        if let known = unused.firstIndex(where: { $0.text == text }) {
            unused[known].count += 1
        } else {
            unused.append(Unused(line: line, text: text))
        }
    }

    /// The faults in the order of lines, one a line; nil when there are none.
    var faultText: String? {
        guard !faults.isEmpty else { return nil }
        let lines = faults.enumerated().sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }
            .map { "line \($0.element.line): \($0.element.text)" }
        guard lines.count > 1 else { return lines[0] }
        return (["\(lines.count) faults:"] + lines).joined(separator: "\n")
    }

    /// One entry for each key without effect, in the order of lines.
    var notUsed: [String] {
        unused.sorted { $0.line < $1.line }.map { entry in
            "line \(entry.line)" + (entry.count > 1 ? " and \(entry.count - 1) more" : "") + ": \(entry.text)"
        }
    }

    /// `endpoints[3](shop/api).ui.badge` as `endpoints[].ui.badge`.
    private static func withoutIndices(_ path: String) -> String {
        let label = path.firstIndex(of: "(") ?? path.endIndex
        let rest = path.lastIndex(of: ")").map { path[$0...].dropFirst() } ?? ""
        return path[..<label].filter { !$0.isNumber } + rest
    }
}
