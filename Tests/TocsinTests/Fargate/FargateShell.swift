import Foundation
import Glibc
import JSON
import TestSupport

/// A folder, and an ECS of its own with the services `web` and `api`.
final class FargateShell {
    let server: ECSServer
    let folder: URL

    init(_ script: JSONValue = [:]) throws {
        server = try ECSServer()
        try server.script([
            "services": [
                [
                    "name": "web", "cluster": "shop", "scaling": ["minimum": 1, "maximum": 10],
                    "recommendation": [:],
                ],
                ["name": "api", "cluster": "shop"],
            ]
        ])
        try server.script(script)
        folder = FileManager.default.temporaryDirectory.appending(path: "fargate-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var environment: [String: String] {
        [
            "AWS_ENDPOINT_URL": server.address, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_REGION": "eu-central-1", "HOME": folder.path, "TOCSIN_STATE": folder.appending(path: "state").path,
        ]
    }

    func run(_ arguments: String..., input: String = "") throws -> Command.Result {
        try Command.run(
            BuiltTocsin.path, ["fargate"] + arguments, input: input, folder: folder, environment: environment)
    }

    func write(_ text: String, to name: String) throws {
        try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
    }

    /// The operations since the last call of this, that change something.
    func writes() throws -> [String] {
        try server.operations().filter { operation in
            ["Register", "Update", "Stop", "Deregister"].contains { operation.contains(":\($0)") }
        }
    }

    /// Starts a call whose messages can be waited for.
    func start(_ arguments: String...) throws -> RunningTocsin {
        try RunningTocsin(["fargate"] + arguments, folder: folder, environment: environment)
    }

    /// Waits until the server has got a call.
    func wait(for operation: String, of process: RunningTocsin) throws {
        while try !server.operations().contains(operation) {
            guard process.isRunning else { throw ServerError("it ended before \(operation)") }
            sched_yield()
        }
    }

    /// The revision that a service is on, such as `web:1`.
    func revision(_ name: String = "web") throws -> String? {
        let services = try server.state()["services"]?.arrayValue ?? []
        let service = services.first { $0["serviceName"]?.stringValue == name }
        return service?["taskDefinition"]?.stringValue?.split(separator: "/").last.map(String.init)
    }

    /// The documents of the record, by their names.
    func record() throws -> [String: String] {
        let place = folder.appending(path: "state/fargate")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
        return try Dictionary(
            uniqueKeysWithValues: names.map { name in
                (name, try String(contentsOf: place.appending(path: name), encoding: .utf8))
            })
    }

    /// Ends the leases of processes that were killed, as time would.
    func endLeases() throws {
        for (name, text) in try record() where name.hasPrefix("run-") {
            guard var head = try JSONValue(parsing: text).objectValue, head["until"] != nil else { continue }
            head["until"] = 0
            try write("\(JSONValue.object(head))", to: "state/fargate/\(name)")
        }
    }
}
