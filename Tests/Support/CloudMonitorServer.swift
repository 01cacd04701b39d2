import Foundation
public import JSON

/// CloudMonitor's `PutCustomMetric` on 127.0.0.1; `cloud_monitor_server.py` says what it checks and what it answers.
///
/// It knows the key of ``FunctionComputeServer``, and ends with its last reference.
public final class CloudMonitorServer: Sendable {
    /// `http://127.0.0.1:<port>`.
    public let url: String
    private let controlPort: Int
    private let server: PythonServer

    /// Whether Alibaba Cloud's SDK, which checks the signatures, is there.
    public static let isInstalled: Bool = {
        let folder = Workspace.root.appending(path: ".build/venv/lib").path
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return versions.contains {
            FileManager.default.fileExists(atPath: "\(folder)/\($0)/site-packages/alibabacloud_openapi_util")
        }
    }()

    /// - Parameter answers: what the first requests get, in order; null for what is right.
    public init(answers: JSONValue = [], token: String = FunctionComputeServer.token) throws {
        let script = Workspace.root.appending(path: "Tests/Support/cloud_monitor_server.py")
        server = try PythonServer(
            String(contentsOf: script, encoding: .utf8),
            [FunctionComputeServer.keyID, FunctionComputeServer.secret, token, answers.description],
            python: Workspace.python)
        let words = server.line.split(separator: " ")
        guard words.count == 2, let port = Int(words[1]) else {
            throw ServerError("the server printed no ports: \(server.line)")
        }
        (url, controlPort) = (String(words[0]), port)
    }

    /// What it has taken: `data`, `requests`, `faults`, and the length of the longest URL as `largest`.
    public func state() throws -> JSONValue { try ServerControl.exchange([:], port: controlPort) }

    /// Ends the server.
    public func stop() { server.stop() }
}
