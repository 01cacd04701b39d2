import Foundation
import JSON
import TestSupport
import Transport

/// A program that writes metrics, run as Function Compute runs it, with CloudMonitor beside it.
struct MonitoringProgram {
    let monitor: CloudMonitorServer
    let program: FunctionProgram
    private let client: HTTPClient

    /// Whether the programs are built and the stand-in for CloudMonitor can check their signatures.
    static let canRun =
        CloudMonitorServer.isInstalled && FunctionProgram.exists
        && ["uptime-checker-fc", "metric-writer-fc"].allSatisfy { FunctionProgram.path(of: $0) != nil }
    static let reason = "build notifier-fc, uptime-checker-fc and metric-writer-fc, and run ./build.sh setup"

    /// - Parameter answers: what CloudMonitor answers first.
    init(_ name: String, _ variables: [String: String], monitor: CloudMonitorServer? = nil, answers: JSONValue = [])
        throws
    {
        let monitor = try monitor ?? CloudMonitorServer(answers: answers)
        self.monitor = monitor
        program = try FunctionProgram(
            path: FunctionProgram.path(of: name) ?? "",
            ["FC_REGION": "cn-hangzhou", "CLOUDMONITOR_ENDPOINT": monitor.url].merging(variables) { $1 })
        client = HTTPClient(loop: try ServerTests.loop.get())
    }

    /// Invokes it with an event, with the credentials of its role.
    func invoke(_ event: String, id: String = "r-1", path: String = "/invoke") async throws -> HTTPResponse {
        let headers: Transport.HTTPHeaders = [
            "x-fc-request-id": id, "x-fc-control-path": path, "x-fc-function-timeout": "30",
            "x-fc-access-key-id": FunctionComputeServer.keyID, "x-fc-access-key-secret": FunctionComputeServer.secret,
            "x-fc-security-token": FunctionComputeServer.token,
        ]
        return try await client.execute(
            HTTPRequest("POST", program.url + path, headers: headers, body: .bytes(Array(event.utf8))))
    }

    /// Each value that CloudMonitor has taken, such as `success api 1`, sorted.
    func data(by dimension: String) throws -> [String] {
        (try monitor.state()["data"]?.arrayValue ?? []).map { datum in
            let name = datum["dimensions"]?[dimension]?.stringValue ?? "-"
            return "\(datum["name"]?.stringValue ?? "") \(name) \(datum["value"]?.intValue ?? -1)"
        }.sorted()
    }
}
