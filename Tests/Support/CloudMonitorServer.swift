import Foundation
public import JSON

/// CloudMonitor's `PutCustomMetric` on 127.0.0.1; `cloud_monitor_server.py` says what it checks and what it answers.
///
/// It knows the key of ``FunctionComputeServer``, and ends with its last reference.
public final class CloudMonitorServer: Sendable {
    /// `http://127.0.0.1:<port>`.
    public var url: String { server.line }
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
    }

    /// What it has taken: `data`, `requests`, `faults`, and the length of the longest URL as `largest`.
    public func state() throws -> JSONValue {
        guard let url = URL(string: url + "/state") else { throw ServerError("the server printed no URL: \(self.url)") }
        return try JSONValue(parsing: Array(Data(contentsOf: url)))
    }

    /// Ends the server.
    public func stop() { server.stop() }
}
