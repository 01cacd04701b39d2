import Basics
import ConfigurationSources
import Events
import JSON

/// Decides who may post by HTTP: otherwise whoever learns the URL could write to the chat.
///
/// Other ways need no token: who may publish to a topic, a queue or a bus is decided there.
struct HTTPCallers: Sendable {
    /// `NOTIFY_TOKEN`; nil when there is none.
    let token: SecretReference?
    /// Whether an endpoint without a token refuses everything: on Lambda.
    ///
    /// On Function Compute the trigger can ask for a token of its own.
    let mustHaveToken: Bool
    let secrets: SecretCache

    /// Why a request is not taken; nil when it is.
    /// - Parameter event: the HTTP request as the platform hands it over.
    /// - Throws: `SecretError` when the token cannot be fetched; nobody may post then.
    func refusal(of event: [UInt8], until deadline: Timestamp) async throws -> HTTPRefusal? {
        guard let token else { return mustHaveToken ? .noTokenIsSet : nil }
        let secret = (try await secrets.values(of: ["token": token], deadline: deadline)["token"] ?? "").trimmed
        let proof = HTTPProof((try? JSONValue(parsing: event)) ?? .null)
        if secret.isEmpty { return .noTokenIsSet }
        let isKnown = proof.tokens.contains { $0.hasSameBytes(as: secret) }
        return isKnown || proof.isSigned(with: secret) ? nil : .wrongToken
    }
}

/// The answer to a request that is not taken.
enum HTTPRefusal: Sendable {
    case noTokenIsSet
    case wrongToken

    /// The response in the form that function URLs and the FC host read: plain text that says what to do.
    var response: JSONValue {
        var headers: JSONObject = ["Content-Type": "text/plain; charset=utf-8"]
        if self == .wrongToken { headers["WWW-Authenticate"] = "Bearer" }
        return [
            "statusCode": self == .wrongToken ? 401 : 403, "headers": .object(headers), "body": .string(text + "\n"),
        ]
    }

    /// For the log as well.
    var text: String {
        switch self {
        case .noTokenIsSet:
            "Refused: this endpoint has no token, and whoever knows its URL could post. Set NOTIFY_TOKEN on the "
                + "function to a long random text (or ssm:/name, secretsmanager:name), and send it with each request "
                + "as the header \"Authorization: Bearer …\" or \"X-Notify-Token: …\", or as ?token=… in the URL."
        case .wrongToken:
            "Refused: the token is missing or wrong. Send the value of NOTIFY_TOKEN as the header "
                + "\"Authorization: Bearer …\" or \"X-Notify-Token: …\", or as ?token=… in the URL."
        }
    }
}

/// What a request brings along to show that its sender knows the token.
private struct HTTPProof {
    /// Of `Authorization: Bearer`, `X-Notify-Token` and the query's `token`.
    private(set) var tokens: [String] = []
    /// `sha256=` and the HMAC of the body, as GitHub and the output `webhook` send it.
    private var signatures: [String] = []
    private let body: String

    init(_ event: JSONValue) {
        let text = event["body"]?.stringValue ?? ""
        let bytes = event["isBase64Encoded"]?.text == "true" ? Base64.decode(text) : nil
        body = bytes.map { String(decoding: $0, as: UTF8.self) } ?? text
        for headers in [event["headers"], event["multiValueHeaders"]] {
            for (name, value) in headers?.objectValue ?? [:] {
                for text in value.texts { read(header: name.lowercased(), text) }
            }
        }
        if let query = event["rawQueryString"]?.text {
            tokens += formFields(Array(query.utf8)).filter { $0.name == "token" }.map(\.value)
        }
        // The last one is a load balancer's with multi-value headers.
        for name in ["queryParameters", "queryStringParameters", "multiValueQueryStringParameters"] {
            tokens += event[name]?["token"]?.texts ?? []
        }
    }

    private mutating func read(header name: String, _ value: String) {
        switch name {
        case "authorization":
            if value.lowercased().hasPrefix("bearer ") { tokens.append(value.dropFirst(7).trimmed) }
        case "x-notify-token": tokens.append(value.trimmed)
        case "x-hub-signature-256", "x-tocsin-signature": signatures.append(value.trimmed.lowercased())
        default: break
        }
    }

    func isSigned(with secret: String) -> Bool {
        guard !signatures.isEmpty else { return false }
        let expected = "sha256=" + Digest.hmac(key: Array(secret.utf8), body).hex
        return signatures.contains { $0.hasSameBytes(as: expected) }
    }
}

extension String {
    /// Compares in a time that does not depend on where the texts differ, so that nobody can guess byte by byte.
    func hasSameBytes(as other: String) -> Bool {
        let (left, right) = (Digest.sha256(Array(utf8)), Digest.sha256(Array(other.utf8)))
        return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
