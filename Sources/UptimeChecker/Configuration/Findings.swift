/// What is found while a configuration is read: its faults, and what is not used.
final class Findings {
    /// A fault with its place; never a value, which could be a secret.
    private struct Fault {
        var line: Int
        var path: String
        var message: String
    }

    private struct Unused {
        var line: Int
        var text: String
        var count = 1
    }

    private var faults: [Fault] = []
    private var unused: [Unused] = []

    /// Notes a fault: `line 7: endpoints[0](shop).url: …`; of several at one place the first, which the others follow from.
    func fault(line: Int, path: String, _ message: String) {
        guard !faults.contains(where: { $0.line == line && $0.path == path }) else { return }
        faults.append(Fault(line: line, path: path, message: message))
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
            .map(\.element).map { "line \($0.line): \($0.path.isEmpty ? "" : $0.path + ": ")\($0.message)" }
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
