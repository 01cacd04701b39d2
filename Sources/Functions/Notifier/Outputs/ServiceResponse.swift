import Basics
import Events
import JSON
import Transport

/// What a chat service responded to a request.
struct ServiceResponse: Sendable {
    /// The service's name in reasons.
    let service: String
    let status: Int
    /// The body as text, at most its first 1,000 bytes.
    let text: String
    /// The body; `null` when it is not JSON.
    let json: JSONValue
    private let headers: HTTPHeaders

    init(_ response: HTTPResponse, from service: String) {
        self.service = service
        status = response.status
        headers = response.headers
        text = String(decoding: response.body.prefix(1_000), as: UTF8.self)
        json = (try? JSONValue(parsing: response.body)) ?? .null
    }

    /// Whether the status says that the service has accepted the request; several services report errors in the body.
    var isSuccess: Bool { (200..<300).contains(status) }

    /// What a status other than success means.
    /// - Parameters:
    ///   - retryAfter: the time to wait that the body names; it precedes the header.
    ///   - words: the service's explanation; the body by default.
    func failure(retryAfter: Duration? = nil, words: String? = nil) -> SendOutcome {
        let reason = reason(words ?? text)
        switch status {
        case 429: return .retry(after: retryAfter ?? retryAfterHeader, reason: reason)
        case 408, 425, 500...: return .retry(after: retryAfterHeader, reason: reason)
        case 401, 403, 404, 410: return .unauthorized(reason: reason)
        default: return .refused(reason: reason)
        }
    }

    /// For a success without the members that this service always sends, such as a gateway's page: the message may not
    /// have arrived, so it is sent again.
    var unreadable: SendOutcome {
        .retry(after: nil, reason: reason("the body is not \(service)'s, a proxy may have answered"))
    }

    /// For a success of a service that many others imitate, each with a body of its own.
    ///
    /// Sent again it would come twice, or eight times. Only a web page is not the service's: a proxy has answered.
    var unusual: SendOutcome {
        let start = text.trimmed.lowercased()
        if start.hasPrefix("<"), start.containsBytes("<html") || start.hasPrefix("<!doctype") { return unreadable }
        let words = start.isEmpty ? "an empty body" : text
        return .accepted(reason: reason("\(words), which \(service) does not say; taken as delivered"))
    }

    /// `Discord answered 400: Invalid Form Body`, safe to log.
    func reason(_ words: String) -> String {
        let words = Self.withoutSecrets(words)
        return "\(service) answered \(status)" + (words.isEmpty ? "" : ": \(words)")
    }

    /// The seconds to wait that a body names; nil for what is no time, of which a faulty server can say anything.
    static func wait(seconds: JSONValue?) -> Duration? {
        seconds?.doubleValue.flatMap { 0..<1_000_000 ~= $0 ? .seconds($0) : nil }
    }

    /// The time in `Retry-After`: seconds, or an HTTP date, which is counted from the response's own `Date` because
    /// clocks differ.
    private var retryAfterHeader: Duration? {
        guard let text = headers["Retry-After"] else { return nil }
        if let seconds = Double(text), seconds >= 0, seconds < 1e6 { return .seconds(seconds) }
        guard let date = Timestamp(httpDate: text), let now = headers["Date"].flatMap(Timestamp.init(httpDate:))
        else { return nil }
        return max(.zero, date - now)
    }

    /// One line of at most 200 characters, in which `…` replaces every word that is long enough to be a token or a
    /// webhook's URL.
    private static func withoutSecrets(_ text: String) -> String {
        let words = text.split { $0.isWhitespace || $0.isNewline }.map { $0.utf8.count < 32 ? $0 : "…" }
        return String(words.joined(separator: " ").prefix(200))
    }
}

extension ServiceResponse {
    /// Reads what the robots of DingTalk and WeCom respond: always status 200, with the result in `errcode`.
    /// - Parameters:
    ///   - rateLimited: codes for too many messages a minute.
    ///   - unavailable: codes for a temporary fault of the service.
    ///   - unauthorized: codes for a webhook that the service does not know.
    func robotOutcome(rateLimited: Set<Int64>, unavailable: Set<Int64>, unauthorized: Set<Int64>) -> SendOutcome {
        let words = json["errmsg"]?.stringValue ?? ""
        guard isSuccess else { return failure(words: words) }
        guard let code = json["errcode"]?.intValue else { return unreadable }
        if code == 0 { return .delivered(nil) }
        let reason = reason("\(code) \(words)")
        if rateLimited.contains(code) { return .retry(after: .seconds(60), reason: reason) }
        if unavailable.contains(code) { return .retry(after: nil, reason: reason) }
        return unauthorized.contains(code) ? .unauthorized(reason: reason) : .refused(reason: reason)
    }
}

/// What a response means for the message.
enum SendOutcome: Sendable {
    /// The service has it. The reference is for later replies and changes, where the service supports them. `followUp`
    /// needs the message to exist first, such as a graph in its thread.
    case delivered(MessageReference?, followUp: OutboundMessage? = nil)
    /// The status says that the service has it, the body is none that is known: never sent again, and logged.
    case accepted(reason: String)
    /// Not delivered yet; send this one next, without waiting: the next request of several, plain text instead of a
    /// refused layout, or the same to another address.
    ///
    /// Each message leads to a small number of others, never back to itself.
    case next(OutboundMessage, reason: String)
    /// Send the same request again, after the time that the service asks for, or else after a back-off.
    case retry(after: Duration?, reason: String)
    /// The service does not know the token or URL; fresh secrets may help.
    case unauthorized(reason: String)
    /// The same request would be refused again.
    case refused(reason: String)
}
