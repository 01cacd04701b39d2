import Foundation
public import JSON

/// A scripted ECS with load balancers, auto scaling and Compute Optimizer.
///
/// `ecs_server.py` says what it does and what a script may say. Ends with its last reference.
public final class ECSServer: Sendable {
    /// The address of all its services, for `AWS_ENDPOINT_URL`.
    public var address: String { "http://127.0.0.1:\(port)" }

    private let port: Int
    private let controlPort: Int
    private let server: PythonServer

    /// Starts a server without services.
    public init() throws {
        let script = Workspace.root.appending(path: "Tests/Support/ecs_server.py")
        server = try PythonServer(String(contentsOf: script, encoding: .utf8), [])
        let ports = server.line.split(separator: " ").compactMap { Int($0) }
        guard ports.count == 2 else { throw ServerError("the server printed no ports: \(server.line)") }
        (port, controlPort) = (ports[0], ports[1])
    }

    /// Changes what the server does and has.
    /// - Returns: the requests so far, in order: `{"service", "operation", "input"}`.
    @discardableResult
    public func script(_ script: JSONValue = [:]) throws -> [JSONValue] {
        let answer = try ServerControl.exchange(script, port: controlPort)
        guard let requests = answer.arrayValue else { throw ServerError(answer.stringValue ?? "no answer") }
        return requests
    }

    /// The operations so far, such as `ecs:UpdateService`.
    public func operations() throws -> [String] {
        try script().map { "\($0["service"]?.stringValue ?? ""):\($0["operation"]?.stringValue ?? "")" }
    }

    /// All services, task definitions and bounds of scaling.
    public func state() throws -> JSONValue { try script(["state": true]).first ?? [:] }
}
