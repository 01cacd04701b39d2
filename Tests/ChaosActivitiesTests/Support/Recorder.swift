import AWS
import Basics
import JSON
import TestSupport
import Transport

/// Remembers the calls of an AWS client by the IAM action that each needs.
final class Recorder: HTTPExecuting {
    private let http: any HTTPExecuting
    private let recorded = Locked<[String]>([])

    init(_ http: any HTTPExecuting) { self.http = http }

    /// The actions in order.
    var actions: [String] { recorded.withLock { $0 } }

    func execute(_ request: HTTPRequest) async throws -> HTTPResponse {
        recorded.withLock { $0.append(Self.action(of: request)) }
        return try await http.execute(request)
    }

    private static func action(of request: HTTPRequest) -> String {
        // `AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/aws4_request, …`
        let scope = (request.headers["Authorization"] ?? "").split(separator: ",").first?.split(separator: "/") ?? []
        let service = scope.count > 3 ? String(scope[3]) : ""
        return "\(service == "monitoring" ? "cloudwatch" : service):\(operation(of: request, service))"
    }

    private static func operation(of request: HTTPRequest, _ service: String) -> String {
        if let target = request.headers["X-Amz-Target"] {
            return target.split(separator: ".").last.map(String.init) ?? ""
        }
        // Its actions are methods.
        if service == "apigateway" { return request.method }
        let operation =
            RESTRoute.all[service]?.filter { $0.matches(request) }.max { $0.literals < $1.literals }?.operation
        if let operation { return operation == "Invoke" ? "InvokeFunction" : operation }
        if case .bytes(let body) = request.body, let name = formFields(body).first(where: { $0.name == "Action" }) {
            return name.value
        }
        return "\(request.method) \(request.url)"
    }
}

/// Method and path of an operation of a service that speaks REST.
private struct RESTRoute: Sendable {
    let operation: String
    private let method: String
    private let path: [Substring]
    private let query: [Substring]

    /// The routes of the services that IAM's actions begin with.
    static let all: [String: [RESTRoute]] = {
        var routes: [String: [RESTRoute]] = [:]
        for (service, _) in AWSService.all {
            guard let description = try? ServiceDescription(service) else { continue }
            for name in description.operationNames {
                guard let operation = try? description.operation(name), let method = operation.httpMethod else {
                    continue
                }
                let parts = operation.path.split(separator: "?")
                routes[description.actionPrefix, default: []].append(
                    RESTRoute(
                        operation: name, method: method, path: parts[0].split(separator: "/"),
                        query: parts.count > 1 ? parts[1].split(separator: "&") : []))
            }
        }
        return routes
    }()

    /// How much of it is no label: of two that match the more exact one counts.
    var literals: Int { path.count { $0.first != "{" } + query.count }

    func matches(_ request: HTTPRequest) -> Bool {
        guard request.method == method else { return false }
        let parts = request.url.split(separator: "?", maxSplits: 1)
        // Without `http://host:port`.
        let given = parts[0].split(separator: "/").dropFirst(2)
        let fields = parts.count > 1 ? parts[1].split(separator: "&") : []
        guard query.allSatisfy({ name in fields.contains { $0 == name || $0 == "\(name)=" } }) else { return false }
        guard given.count == path.count || path.last?.hasSuffix("+}") == true && given.count >= path.count else {
            return false
        }
        return zip(path, given).allSatisfy { $0.first == "{" || $0 == $1 }
    }
}
