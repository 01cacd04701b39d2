import Basics
import Transport

/// The result of one check, before its conditions are evaluated.
///
/// Every check has one: failures are in ``errors``, and values that could not be observed are zero, empty or nil.
struct Observation: Sendable {
    /// Whether the target answered: with any HTTP status, an open port, an ICMP reply or a DNS response.
    var isConnected = false
    /// The address of the target; empty when it was not found.
    var ip = ""
    /// The HTTP status; 0 without a response and for most other kinds of check.
    var status = 0
    /// The duration of the check, from its start to the end of the answer.
    var responseTime = Duration.zero
    /// The body, the DNS records, the WebSocket message or the first bytes of the server, cut at the kind's limit.
    var body: [UInt8] = [] {
        didSet { bodyByteCount = body.count }
    }
    /// The length of the body in bytes, also where no condition needs more and ``body`` is empty.
    var bodyByteCount = 0
    /// The room of ``body`` among all bodies; given back with the last copy of this observation.
    var bodyLease: BodyBudget.Lease?
    /// The response's header fields.
    var headers = HTTPHeaders()
    /// The DNS response code, such as `NXDOMAIN`; empty for other checks.
    var dnsResponseCode = ""
    /// The time until the certificate expires, negative once it has; nil without a certificate.
    var certificateExpiration: Duration?
    /// The time until the domain's registration expires; nil when nothing needs it, or it is not known.
    var domainExpiration: Duration?
    /// The OAuth 2 token that was sent: a secret.
    var token: String?
    /// The values of the cookies that were kept: secrets.
    var cookies: [String] = []
    /// What the steps of a conversation have sent, which may be secrets.
    var sent: [String] = []
    /// How long each phase took.
    var timings = HTTPTimings()
    /// The server's certificate, also when it has expired or is not trusted.
    var certificate: CertificateFacts?
    /// Why the check failed, in sentences for people, without secrets.
    var errors: [String] = []
    /// What the steps of a check have found for their `labels`, in order.
    var captures: [(name: String, value: String)] = []
    /// The version of HTTP of the answer, such as `1.1` or `2`; empty without one.
    var httpVersion = ""
    /// The version of TLS, where it is known.
    var tlsVersion = ""
    /// What happened on the way, a line each, for `tocsin check --debug`; empty unless that is asked for.
    var trace: [String] = []
    /// Remarks that are no failures, such as that the body was cut at the limit.
    var notes: [String] = []
    /// Whether the check's own timeout or the run's deadline ended it.
    var isTimedOut = false
    /// Whether the check had to wait for the memory that the bodies of others took, until its time was over.
    var lacksRoom = false
    /// Whether the target was not asked; that it is not connected then says nothing of it.
    var isNotAsked = false
}

extension Observation {
    /// Adds an error, and the certificate and timings that it carries.
    /// - Parameter limit: the check's time limit. A message names it in place of what was left of it: "did not answer
    ///   within 1 s" and not "within 998 ms".
    mutating func note(_ error: any Error, limit: Duration? = nil) {
        let failure = CheckError(of: error)
        var message = failure.message
        if let limit, let left = (error as? TransportError)?.timeLimit {
            message = message.replacingBytes(left.text, with: limit.text)
        }
        errors.append(message)
        isTimedOut = isTimedOut || failure.code == .timedOut
        lacksRoom = lacksRoom || failure.code == .noRoom
        isNotAsked = isNotAsked || failure.code == .notAsked
        guard let error = error as? TransportError else { return }
        if let certificate = error.certificate { self.certificate = certificate }
        if error.timings.total > .zero { timings = error.timings }
    }
}
