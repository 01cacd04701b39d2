import JSON
import Transport

/// What one check saw: the values that conditions are about.
///
/// A check never fails: what went wrong is in ``errors``, and what could not be seen is zero, empty or `nil`.
struct Observation: Sendable, Hashable {
    /// Whether the target answered: any HTTP status, an open port, a ping's reply, a DNS response.
    var isConnected = false
    /// The address that was connected to; empty when there was none.
    var ip = ""
    /// The HTTP status; 0 without an answer and for checks other than HTTP.
    var status = 0
    /// From the start of the check to the end of its answer.
    var responseTime = Duration.zero
    /// The body, the DNS answers or what the peer said first, cut at the limit of the check.
    var body: [UInt8] = []
    /// The response's header fields.
    var headers = HTTPHeaders()
    /// The DNS response code, such as `NXDOMAIN`; empty for other checks.
    var dnsResponseCode = ""
    /// The time until the certificate expires, negative once it has; `nil` without a certificate.
    var certificateExpiration: Duration?
    /// The time until the domain's registration expires; `nil` when it was not asked for or is not known.
    var domainExpiration: Duration?
    /// The OAuth 2 token that was sent, which no text may show.
    var token: String?
    /// How long each phase took.
    var timings = HTTPTimings()
    /// The server's certificate, also when it is expired or not trusted.
    var certificate: CertificateFacts?
    /// What went wrong, for people; never holds a secret.
    var errors: [String] = []
    /// What is worth knowing without being a fault, such as that the body was cut at the limit.
    var notes: [String] = []
    /// Whether the check was ended by its own time limit or by that of the whole run.
    var isTimedOut = false
}
