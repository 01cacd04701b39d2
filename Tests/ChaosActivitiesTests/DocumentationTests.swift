import Experiments
import Foundation
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

/// docs/activities.md lists what there is.
struct DocumentationTests {
    private static let page = Workspace.root.appending(path: "docs/activities.md")
    private static let start = "<!-- From here on the tests write the page. -->\n"

    /// With `TOCSIN_WRITE_DOCS=1` the test writes the tables instead of comparing them.
    @Test("the tables of docs/activities.md are those of the registry")
    func tables() throws {
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        let parts = text.components(separatedBy: Self.start)
        try #require(parts.count == 2, "the page has the line \(Self.start)")
        if ProcessInfo.processInfo.environment["TOCSIN_WRITE_DOCS"] == "1" {
            try (parts[0] + Self.start + Self.tables).write(to: Self.page, atomically: true, encoding: .utf8)
        } else {
            #expect(parts[1] == Self.tables, "run the test with TOCSIN_WRITE_DOCS=1")
        }
    }

    private static var tables: String {
        var modules: [String] = []
        for activity in ChaosActivities.all where !modules.contains(activity.module) { modules.append(activity.module) }
        return modules.map(table).joined()
    }

    private static func table(of module: String) -> String {
        let rows = ChaosActivities.all.filter { $0.module == module }.map { activity in
            let cells = [
                "`\(activity.function)`", activity.kind.rawValue, activity.summary,
                activity.arguments.map(argument).joined(separator: ", "),
                activity.calls.map { "`\($0.action)`" }.joined(separator: ", "),
                activity.undo.map { "\($0.summary): \($0.calls.map { "`\($0.action)`" }.joined(separator: ", "))" }
                    ?? "–",
            ]
            return "| " + cells.joined(separator: " | ") + " |\n"
        }
        return
            "\n## \(module)\n\n| Function | Kind | What it does | Arguments | Calls | Undo |\n|---|---|---|---|---|---|\n"
            + rows.joined()
    }

    private static func argument(_ argument: NativeActivity.Argument) -> String {
        guard let fallback = argument.fallback else { return "`\(argument.name)`" }
        return "`\(argument.name)=\(fallback)`"
    }
}
