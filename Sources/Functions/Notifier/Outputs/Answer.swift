import Basics
import JSON
import Transport

/// An answer, read the way that all services share: by its status, and by the words a service adds.
struct Answer {
    let service: String
    let response: HTTPResponse
    /// The body; `null` when it is not JSON.
    let json: JSONValue

    init(_ response: HTTPResponse, of service: String) {
        self.service = service
        self.response = response
        json = (try? JSONValue(parsing: response.body)) ?? .null
    }

    /// The body as text.
    var text: String { String(decoding: response.body.prefix(1_000), as: UTF8.self) }

    /// Whether the status says that the service took it.
    var isSuccess: Bool { (200..<300).contains(response.status) }

    /// What any status but success means.
    /// - Parameters:
    ///   - after: the time to wait that the body names.
    ///   - words: what the service says about it.
    func failure(after: Duration? = nil, words: String? = nil) -> SendOutcome {
        let reason = reason(words ?? text)
        switch response.status {
        case 429: return .retry(after: after ?? retryAfter, reason: reason)
        case 408, 425, 500...: return .retry(after: retryAfter, reason: reason)
        case 401, 403, 404, 410: return .unauthorized(reason: reason)
        default: return .refused(reason: reason)
        }
    }

    /// An answer that the service is not known to give, such as a gateway's page: nothing says that it was delivered.
    var unreadable: SendOutcome { .retry(after: nil, reason: reason("an answer that is not \(service)'s")) }

    /// `Discord answered 400: Invalid Form Body`, safe to log.
    func reason(_ words: String) -> String {
        let words = Self.harmless(words)
        return "\(service) answered \(response.status)" + (words.isEmpty ? "" : ": \(words)")
    }

    /// The time in `Retry-After`: seconds, or an HTTP date counted from the answer's own `Date`.
    private var retryAfter: Duration? {
        guard let text = response.headers["Retry-After"] else { return nil }
        if let seconds = Double(text), seconds >= 0, seconds < 1e6 { return .seconds(seconds) }
        guard let date = Timestamp(httpDate: text),
            let now = response.headers["Date"].flatMap(Timestamp.init(httpDate:))
        else { return nil }
        return max(.zero, date - now)
    }

    /// A service's words in one short line, without anything that is long enough to be a token or a webhook's URL.
    private static func harmless(_ words: String) -> String {
        let words = words.split { $0.isWhitespace || $0.isNewline }.map { $0.utf8.count < 32 ? $0 : "…" }
        return String(words.joined(separator: " ").prefix(200))
    }
}

extension Answer {
    /// What the robots of DingTalk and WeCom mean, which answer 200 whatever happens: `errcode` says what.
    /// - Parameters:
    ///   - crowded: the codes for too many messages a minute.
    ///   - busy: the codes for a fault of the service that passes.
    ///   - unauthorized: the codes for an address that the service does not know.
    func outcome(crowded: Set<Int64>, busy: Set<Int64>, unauthorized: Set<Int64>) -> SendOutcome {
        let words = json["errmsg"]?.stringValue ?? ""
        guard isSuccess else { return failure(words: words) }
        guard let code = json["errcode"]?.intValue else { return unreadable }
        if code == 0 { return .delivered(nil) }
        let reason = reason("\(code) \(words)")
        if crowded.contains(code) { return .retry(after: .seconds(60), reason: reason) }
        if busy.contains(code) { return .retry(after: nil, reason: reason) }
        return unauthorized.contains(code) ? .unauthorized(reason: reason) : .refused(reason: reason)
    }
}

/// What an answer means for the message.
enum SendOutcome: Sendable {
    /// The service has it. The reference is for later replies and changes, where the service supports them. `followUp`
    /// needs the message to exist first, such as a graph in its thread.
    case delivered(MessageReference?, followUp: OutboundMessage? = nil)
    /// It is not there yet; send this one instead, at once: the next step, another form or another address.
    ///
    /// Each message leads to a small number of others, never back to itself.
    case next(OutboundMessage, reason: String)
    /// Not now: the same request again, after the time that the service asks for or a back-off.
    case retry(after: Duration?, reason: String)
    /// Not with this token or URL: the service does not know it, or no longer.
    case unauthorized(reason: String)
    /// Never: the same request would be refused again.
    case refused(reason: String)
}

/// Everything that is wrong with the settings of an output; values of secrets are not in it.
struct OutputFaults: Error, Hashable, CustomStringConvertible {
    /// Each one like `output ops: url is missing`.
    let faults: [String]

    var description: String { faults.joined(separator: "; ") }
}
