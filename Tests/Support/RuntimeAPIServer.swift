import Basics
import Synchronization

/// A Lambda Runtime API of a script: hands out events, records the answers, then closes every connection that asks for
/// more, so that a runtime with a bounded number of tries ends.
public final class RuntimeAPIServer: Sendable {
    /// The server; its `requests` are all that came, its `authority` is the value of `AWS_LAMBDA_RUNTIME_API`.
    public let server: ScriptedServer

    /// - Parameters:
    ///   - next: The replies to `/next`, in order.
    ///   - afterwards: The reply to every later `/next`.
    ///   - answer: The reply to a `/response`, `/error` or `/init/error`; 202 when nil.
    public init(
        next: [Reply], afterwards: Reply = .raw("", closes: true),
        answer: @escaping @Sendable (ServerRequest) -> Reply? = { _ in nil }
    ) throws {
        let number = Atomic(0)
        server = try ScriptedServer { request in
            switch request.target {
            case "/2018-06-01/runtime/invocation/next":
                let index = number.add(1, ordering: .relaxed).oldValue
                return index < next.count ? next[index] : afterwards
            case "/2020-01-01/extension/register":
                return .http(200, headers: [("Lambda-Extension-Identifier", "extension-1")], body: "{}")
            case "/2020-01-01/extension/event/next":
                return .hang
            default:
                return answer(request) ?? .http(202, body: "{\"status\":\"OK\"}\n")
            }
        }
    }

    /// An invocation with the headers Lambda always sends, and others.
    public static func event(_ id: String, _ body: String = "{}", headers: [(String, String)] = []) -> Reply {
        .http(200, headers: eventHeaders(id) + headers, body: body)
    }

    /// The headers Lambda sends with every invocation.
    public static func eventHeaders(_ id: String) -> [(String, String)] {
        [
            ("Content-Type", "application/json"), ("Lambda-Runtime-Aws-Request-Id", id),
            ("Lambda-Runtime-Deadline-Ms", "4102444800000"),
            ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:echo"),
        ]
    }

    /// The last part of the path and the body of every answer, such as `one/response {}`, in order.
    public var answers: [String] {
        server.requests.filter { $0.method == "POST" && !$0.target.contains("extension") }.map { request in
            request.target.split(separator: "/").suffix(2).joined(separator: "/") + " " + request.text
        }
    }

    /// How often `/next` was asked for.
    public var nextCount: Int { server.requests.count { $0.target.hasSuffix("/invocation/next") } }
}
