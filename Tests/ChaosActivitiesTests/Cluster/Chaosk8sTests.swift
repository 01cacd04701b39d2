import Experiments
import Foundation
import JSON
import TestSupport
import Testing

/// A call of a function of chaosk8s on a cluster.
struct ClusterCase: Sendable, CustomTestStringConvertible {
    let setup: ClusterSetup
    let function: String
    let arguments: JSONValue
    /// What the cluster does beside: see kubernetes_server.py.
    var script: JSONValue = [:]
    /// Files that arguments name as `<folder>/…`.
    var files: [String: String] = [:]
    /// Members of outputs and of requests that differ on purpose.
    var except: Set<String> = []

    init(
        _ setup: ClusterSetup, _ function: String, _ arguments: JSONValue = [:], script: JSONValue = [:],
        files: [String: String] = [:], except: Set<String> = []
    ) {
        (self.setup, self.function, self.arguments) = (setup, function, arguments)
        (self.script, self.files, self.except) = (script, files, except)
    }

    var testDescription: String { "\(function) \(arguments)" }
}

extension ClusterTests {
    /// Native activities and the functions of chaosk8s do the same to equal clusters, and tell the same.
    struct Chaosk8sTests {
        /// Each group's are in a file of its own.
        static let cases: [ClusterCase] = [
            pods, nodes, workloads, objects, customObjects, networking, chaosMesh,
        ].flatMap(\.self)

        @Test(
            "an activity gives the output, sends the changes and leaves the state of chaosk8s's function",
            arguments: cases)
        func sameAsChaosk8s(_ test: ClusterCase) async throws {
            let oracle = try ClusterOracle.shared.get()
            try oracle.write(test.files)
            let arguments = test.arguments.filled(["folder": oracle.folder.path])

            try oracle.prepare(test.setup, test.script)
            let native = try ClusterNative(test.function, arguments, oracle)
            let (targets, mine) = try await native.result()
            let (myRequests, myState) = (try oracle.requests(), try oracle.server.state())

            try oracle.prepare(test.setup, test.script)
            let theirs = try oracle.chaosk8s(
                test.function, arguments,
                choices: targets.map { $0.id.split(separator: "/").last.map(String.init) ?? "" }
            )
            let (theirRequests, theirState) = (try oracle.requests(), try oracle.server.state())

            #expect(mine.comparable(test.except) == theirs.comparable(test.except))
            #expect(
                myRequests.filter(\.isChange).map { $0.comparable.comparable(test.except) }
                    == theirRequests.filter(\.isChange).map { $0.comparable.comparable(test.except) }, "changes")
            #expect(myState.comparable(test.except).differences(to: theirState.comparable(test.except)) == [], "state")
            #expect(
                Set(myRequests.compactMap(\.action)).subtracting(native.declared).isEmpty, "what is called is declared")
            #expect(
                Set(theirRequests.compactMap(\.action)).subtracting(native.declared).isEmpty,
                "what chaosk8s calls is declared")
        }
    }
}

extension JSONValue {
    /// The members that differ between two objects: a cluster's state is too long to be shown as a whole.
    func differences(to other: JSONValue) -> [JSONValue] {
        let names = Set(objectValue?.map(\.key) ?? []).union(other.objectValue?.map(\.key) ?? []).sorted()
        return names.filter { self[$0] != other[$0] }.map {
            [.string($0), self[$0] ?? "absent", other[$0] ?? "absent"]
        }
    }

    /// Without the header fields that the Python client puts into its errors, and without some members.
    func comparable(_ except: Set<String>) -> JSONValue {
        switch self {
        case .string(var text):
            text.replace(/HTTP response headers: HTTPHeaderDict\(\{.*\}\)\n/, with: "")
            text.replace(/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,}(\+00:00)?Z?/, with: "<time>")
            return .string(text)
        case .array(let elements): return .array(elements.map { $0.comparable(except) })
        case .object(let members):
            let kept = members.filter { !except.contains($0.key) }
            return .object(JSONObject(kept.map { ($0.key, $0.value.comparable(except)) }))
        default: return self
        }
    }
}
