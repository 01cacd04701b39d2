import Basics
import FunctionRuntime
import HTTPServer
import JSON
import NIOHTTP1

/// Converts a client's HTTP request to an event and the function's response to an HTTP reply.
///
/// The event has the shape that Function Compute 3.0 gives to its built-in runtimes and that Lambda's function URLs
/// have too, so a handler needs one parser.
enum HTTPTrigger {
    /// `{"version":"v1","rawPath","headers","queryParameters","body","isBase64Encoded","requestContext"}`.
    ///
    /// Repeated headers are joined by commas. The platform's headers are left out, because they hold credentials.
    static func event(_ request: FunctionRequest) -> JSONValue {
        let (head, body) = (request.head, request.body)
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var headers: JSONObject = [:]
        for (name, value) in head.headers where !name.lowercased().hasPrefix("x-fc-") {
            let name = name.lowercased()
            headers[name] = .string((headers[name]?.stringValue.map { $0 + ", " } ?? "") + value)
        }
        let text = String(validating: body, as: UTF8.self)
        return [
            "version": "v1", "rawPath": .string(String(parts[0])), "headers": .object(headers),
            "queryParameters": parts.count > 1 ? query(parts[1]) : [:],
            "body": .string(text ?? Base64.encode(body)), "isBase64Encoded": .bool(text == nil),
            "requestContext": [
                "accountId": .string(head.headers.first(name: "x-fc-account-id") ?? ""),
                "http": [
                    "method": .string(head.method.rawValue), "path": .string(String(parts[0])),
                    "protocol": .string("HTTP/\(head.version.major).\(head.version.minor)"),
                    "userAgent": .string(head.headers.first(name: "user-agent") ?? ""),
                ],
                "requestId": .string(request.requestID),
            ],
        ]
    }

    /// A response with `statusCode` describes the reply (`headers`, `body`, `isBase64Encoded`); any other is the body.
    static func reply(_ response: FunctionResponse) -> ServerReply {
        guard case .bytes(let bytes) = response.body, response.contentType == "application/json",
            let answer = try? JSONValue(parsing: bytes), let status = answer["statusCode"]?.intValue,
            (200...599).contains(status)
        else { return ServerReply(response) }
        let text = answer["body"]?.stringValue ?? ""
        let body = answer["isBase64Encoded"]?.boolValue == true ? Base64.decode(text) : nil
        var reply = ServerReply(
            status: HTTPResponseStatus(statusCode: Int(status)), contentType: "text/plain; charset=utf-8",
            .bytes(body ?? Array(text.utf8))
        )
        for (name, value) in answer["headers"]?.objectValue ?? [:] {
            reply.headers.replaceOrAdd(name: name, value: value.stringValue ?? value.description)
        }
        return reply
    }

    /// The client may be anybody: the reply has the request id for the function's owner, and no reason.
    static func failure(_ request: FunctionRequest) -> ServerReply {
        ServerReply(
            status: .internalServerError,
            json: ["errorMessage": "the function failed", "requestId": .string(request.requestID)]
        )
    }

    /// A name without `=` has an empty value.
    ///
    /// Of repeated names the last one counts.
    private static func query(_ text: Substring) -> JSONValue {
        var parameters: JSONObject = [:]
        for (name, value) in formFields(Array(text.utf8)) { parameters[name] = .string(value) }
        return .object(parameters)
    }
}
