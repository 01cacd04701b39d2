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

    static func action(of request: HTTPRequest) -> String {
        // `AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/aws4_request, …`
        let scope = (request.headers["Authorization"] ?? "").split(separator: ",").first?.split(separator: "/") ?? []
        let service = scope.count > 3 ? String(scope[3]) : ""
        return IAMAction.name(service, operation(of: request, service))
    }

    private static func operation(of request: HTTPRequest, _ service: String) -> String {
        if let target = request.headers["X-Amz-Target"] {
            return target.split(separator: ".").last.map(String.init) ?? ""
        }
        // Its actions are methods.
        if service == "apigateway" { return request.method }
        if case .bytes(let body) = request.body, let name = formFields(body).first(where: { $0.name == "Action" }) {
            return name.value
        }
        // `http://host:port/path?query`
        let path = request.url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }.split(separator: "?", maxSplits: 1)
        return RESTRoutes.operation(
            service, request.method, path: path.first ?? "", query: path.dropFirst().first ?? "")
            ?? "\(request.method) \(request.url)"
    }
}

/// The names of IAM for operations.
enum IAMAction {
    /// Actions that are not called as their operations; one can stand for several.
    static let operations: [String: [String]] = [
        "lambda:InvokeFunction": ["Invoke"], "s3:ListAllMyBuckets": ["ListBuckets"],
        "s3:GetObject": ["GetObject", "HeadObject"], "s3:GetObjectVersion": ["GetObject", "HeadObject"],
        "s3:ListBucket": ["ListObjectsV2", "HeadObject"], "s3:GetObjectVersionTagging": ["GetObjectTagging"],
        // The actions of API Gateway are methods.
        "apigateway:GET": ["GetStage"], "apigateway:PATCH": ["UpdateStage"],
        "s3:DeleteObjectVersion": ["DeleteObject"], "s3:ListBucketVersions": ["ListObjectVersions"],
    ]
    private static let names = [
        "lambda:Invoke": "lambda:InvokeFunction", "s3:ListBuckets": "s3:ListAllMyBuckets",
        "s3:HeadObject": "s3:GetObject", "s3:ListObjectVersions": "s3:ListBucketVersions",
    ]

    /// The action of an operation.
    ///
    /// - Parameter service: the name in signatures.
    static func name(_ service: String, _ operation: String) -> String {
        let action = "\(service == "monitoring" ? "cloudwatch" : service):\(operation)"
        return names[action] ?? action
    }
}
