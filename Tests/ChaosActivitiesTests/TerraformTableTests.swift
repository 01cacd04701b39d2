import Experiments
import Foundation
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

/// terraform/aws knows what each activity calls, for the role of the chaos executor.
struct TerraformTableTests {
    private static let file = Workspace.root.appending(path: "terraform/aws/modules/tocsin/activities.json")

    private static let comment =
        "What each activity calls, its undo included. Below, for each call that changes something, the resources that "
        + "it can be limited to, those with a condition on their tags first. The tests write this file."

    @Test("the table of terraform/aws is that of the registry")
    func table() throws {
        if ProcessInfo.processInfo.environment["TOCSIN_WRITE_DOCS"] == "1" {
            try Self.text.write(to: Self.file, atomically: true, encoding: .utf8)
        }
        #expect(
            try String(contentsOf: Self.file, encoding: .utf8) == Self.text, "run the test with TOCSIN_WRITE_DOCS=1")
    }

    private static func calls(of activity: NativeActivity) -> Set<String> {
        let calls = activity.calls + (activity.undo?.calls ?? [])
        // How a cluster of EKS is found.
        let cluster: Set<String> = calls.contains { $0.system == .kubernetes } ? ["eks:DescribeCluster"] : []
        return cluster.union(DependentPermissions.added(to: calls.filter { $0.system == .aws }.map(\.action)))
    }

    /// A line for each activity and each call, so that changes are seen.
    private static var text: String {
        var calls: [String: Set<String>] = [:]
        for activity in ChaosActivities.all {
            let own = Self.calls(of: activity)
            if !own.isEmpty { calls["\(activity.module).\(activity.function)"] = own }
        }
        let changes = calls.values.reduce(into: Set<String>()) { $0.formUnion($1) }.filter { !$0.isRead }
        func lines(_ entries: [(String, JSONValue)]) -> String {
            entries.sorted { $0.0 < $1.0 }.map { "    \(JSONValue.string($0.0)): \($0.1)" }.joined(separator: ",\n")
        }
        return """
            {
              "//": \(JSONValue.string(comment)),
              "activities": {
            \(lines(calls.map { ($0.key, JSONValue(texts: $0.value.sorted())) }))
              },
              "resources": {
            \(lines(changes.map { ($0, resources(of: $0)) }))
              }
            }

            """
    }

    private static func resources(of action: String) -> JSONValue {
        guard let kinds = PolicyResources.all[action] else { return ["tagged": [], "untagged": ["*"]] }
        func patterns(_ hasTags: Bool) -> JSONValue {
            JSONValue(texts: kinds.filter { $0.hasTags == hasTags }.map(\.pattern))
        }
        return ["tagged": patterns(true), "untagged": patterns(false)]
    }
}
