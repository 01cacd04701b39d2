import Basics
import FunctionRuntime
import HTTPServer
import JSON
import NIOHTTP1

/// A client's HTTP request as an event, and the function's answer to it.
///
/// The form is the one in which Function Compute 3.0 hands HTTP requests to functions of its built-in runtimes, and
/// which Lambda's function URLs share: a handler needs one parser.
enum HTTPTrigger {
    /// `{"version":"v1","rawPath","headers","queryParameters","body","isBase64Encoded","requestContext"}`.
    ///
    /// Headers that occur more than once are joined by commas; those of the platform stay out: they hold credentials.
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

    /// An object with `statusCode` is the whole answer (`headers`, `body`, `isBase64Encoded`); all else is a body.
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

    /// The client is a stranger: it learns that the function failed, and by which id its owner finds the reason.
    static func failure(_ request: FunctionRequest) -> ServerReply {
        ServerReply(
            status: .internalServerError,
            json: ["errorMessage": "the function failed", "requestId": .string(request.requestID)]
        )
    }

    /// A name without `=` has an empty value; of a name that occurs more than once the last counts.
    private static func query(_ text: Substring) -> JSONValue {
        var parameters: JSONObject = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            parameters[decoded(parts[0])] = .string(parts.count > 1 ? decoded(parts[1]) : "")
        }
        return .object(parameters)
    }

    /// A form's percent encoding; what is none stays as it is.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let hexadecimal = String(validating: rest.prefix(2), as: UTF8.self),
                hexadecimal.utf8.count == 2, let value = UInt8(hexadecimal, radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
