import Basics
import JSON

/// A request to push a result, as Gatus takes it: `POST /api/v1/endpoints/{key}/external?success=true|false`, with
/// `error` and `duration` in the query and the endpoint's token in `Authorization: Bearer …`.
///
/// Reads what Lambda's function URLs hand over (payload format 2.0), and Function Compute's HTTP trigger, whose event
/// is almost the same.
struct ExternalRequest: Sendable {
    private let method: String
    private let path: String
    private let query: [(name: String, value: String)]
    private let authorization: String?
    private let bodySize: Int

    /// The most bytes of a body, which nobody reads.
    private static let maximumBody = 16 << 10

    /// Reads an invocation's event; nil when that is no HTTP request.
    init?(parsing event: [UInt8]) {
        guard let event = try? JSONValue(parsing: event),
            event["requestContext"]?["http"] != nil || event["rawPath"] != nil || event["httpMethod"] != nil
        else { return nil }
        self.init(event)
    }

    init(_ event: JSONValue) {
        let http = event["requestContext"]?["http"]
        method = (http?["method"] ?? event["httpMethod"])?.stringValue?.uppercased() ?? ""
        path = (event["rawPath"] ?? http?["path"])?.stringValue ?? ""
        if let text = event["rawQueryString"]?.stringValue {
            query = formFields(Array(text.utf8))
        } else {
            let fields = (event["queryParameters"] ?? event["queryStringParameters"])?.objectValue ?? [:]
            query = fields.map { ($0.key, $0.value.stringValue ?? "") }
        }
        authorization =
            event["headers"]?.objectValue?.first { $0.key.lowercased() == "authorization" }?.value.stringValue
        let body = event["body"]?.stringValue ?? ""
        let isEncoded = event["isBase64Encoded"]?.boolValue ?? false
        bodySize = (isEncoded ? Base64.decode(body)?.count : nil) ?? body.utf8.count
    }

    /// The last value of a field of the query; nil when it is not there.
    private func field(_ name: String) -> String? { query.last { $0.name == name }?.value }

    /// The result that is pushed, and to which endpoint; the order of what is refused is Gatus's.
    /// - Throws: the answer to a request that is not taken.
    func result(for endpoints: [ExternalEndpoint]) throws(ExternalReply) -> PushedResult {
        guard let key else { throw .wrongPath }
        guard method == "POST" else { throw .wrongMethod }
        guard bodySize <= Self.maximumBody else { throw .tooLarge }
        guard let success = field("success"), ["true", "false"].contains(success) else { throw .wrongSuccess }
        let token = try token()
        guard let endpoint = endpoints.first(where: { $0.key == key }) else { throw .unknownKey }
        guard !endpoint.token.isEmpty, token.hasSameBytes(as: endpoint.token) else { throw .wrongToken }
        guard endpoint.isEnabled else { throw .notEnabled }
        return PushedResult(
            endpoint: endpoint, succeeded: success == "true", error: field("error") ?? "", duration: try duration())
    }

    /// The key in the path, in lower case; nil for another path.
    private var key: String? {
        let parts = path.split(separator: "/").map { percentDecoded($0, plusAsSpace: false).lowercased() }
        guard parts.count == 5, parts[..<3] == ["api", "v1", "endpoints"], parts[4] == "external" else { return nil }
        return parts[3]
    }

    private func token() throws(ExternalReply) -> String {
        let scheme = "bearer "
        guard let authorization, authorization.lowercased().hasPrefix(scheme) else { throw .noToken }
        let token = String(authorization.dropFirst(scheme.count).trimmingWhitespace)
        guard !token.isEmpty else { throw .emptyToken }
        return token
    }

    private func duration() throws(ExternalReply) -> Duration? {
        guard let text = field("duration"), !text.isEmpty else { return nil }
        guard let nanoseconds = DurationText.nanoseconds(text.utf8, .go), nanoseconds >= 0 else { throw .wrongDuration }
        return .nanoseconds(nanoseconds)
    }
}

extension String {
    /// Compares in a time that does not depend on where the texts differ, so that nobody can guess byte by byte.
    fileprivate func hasSameBytes(as other: String) -> Bool {
        let (left, right) = (Digest.sha256(Array(utf8)), Digest.sha256(Array(other.utf8)))
        return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// The answer to a request that pushes a result; what Gatus answers too begins with Gatus's words.
struct ExternalReply: Error, Sendable, Hashable {
    let status: Int
    /// For the sender and the log; empty when the result was taken.
    let text: String
    var headers: [String: String] = [:]

    /// The result is stored.
    static let taken = ExternalReply(status: 200, text: "")
    static let wrongPath = ExternalReply(
        status: 404, text: "not found: results are pushed to POST /api/v1/endpoints/KEY/external?success=true")
    static let wrongMethod = ExternalReply(
        status: 405, text: "method not allowed: send the result with POST", headers: ["Allow": "POST"])
    static let tooLarge = ExternalReply(
        status: 413, text: "the body is too large: send none, the result is in the query")
    static let wrongSuccess = ExternalReply(
        status: 400, text: "missing or invalid success query parameter: send success=true or success=false")
    static let noToken = ExternalReply(
        status: 401, text: "invalid Authorization header: send the endpoint's token as Authorization: Bearer TOKEN",
        headers: ["WWW-Authenticate": "Bearer"])
    static let emptyToken = ExternalReply(
        status: 401, text: "bearer token must not be empty", headers: ["WWW-Authenticate": "Bearer"])
    static let unknownKey = ExternalReply(
        status: 404,
        text: "not found: no external endpoint has this key, which is GROUP_NAME in small letters with - for special "
            + "characters")
    static let wrongToken = ExternalReply(
        status: 401, text: "invalid token", headers: ["WWW-Authenticate": "Bearer"])
    static let notEnabled = ExternalReply(status: 404, text: "not found: the external endpoint is not enabled")
    static let wrongDuration = ExternalReply(
        status: 400, text: "invalid duration: send a length of time with its unit, such as 250ms or 1m30s")

    /// The sender has to send it again.
    /// - Parameter what: what could not be done, in words that hold nothing of the inside.
    static func notStored(_ what: String) -> ExternalReply {
        ExternalReply(status: 503, text: "not stored, send it again: \(what)", headers: ["Retry-After": "5"])
    }

    /// The response in the form that function URLs read.
    var response: JSONValue {
        var fields: JSONObject = ["Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"]
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { fields[name] = .string(value) }
        return [
            "statusCode": .init(status), "headers": .object(fields), "body": .string(text.isEmpty ? "" : text + "\n"),
        ]
    }
}
