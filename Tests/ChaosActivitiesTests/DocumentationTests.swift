import Experiments
import Foundation
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

/// docs/activities.md lists what there is.
struct DocumentationTests {
    private static let page = Workspace.root.appending(path: "docs/activities.md")

    @Test("the tables of docs/activities.md are those of the registry")
    func tables() throws {
        #expect(
            try GeneratedTables.inPage(Self.page, replacedBy: Self.tables) == Self.tables,
            "run the test with TOCSIN_WRITE_DOCS=1")
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
                activity.choice.isEmpty ? "–" : activity.choice,
                activity.calls.map { "`\($0.action)`" }.joined(separator: ", "),
                activity.undo.map { "\($0.summary): \($0.calls.map { "`\($0.action)`" }.joined(separator: ", "))" }
                    ?? "–",
            ]
            return "| " + cells.joined(separator: " | ") + " |\n"
        }
        return
            "\n## \(module)\n\n| Function | Kind | What it does | Arguments | Targets | Calls | Undo |\n|---|---|---|---|---|---|---|\n"
            + rows.joined()
    }

    private static func argument(_ argument: NativeActivity.Argument) -> String {
        guard let fallback = argument.fallback else { return "`\(argument.name)`" }
        return "`\(argument.name)=\(fallback)`"
    }
}
