import Basics

/// Why an exchange over the network failed.
///
/// Cancellation is not among them: it throws `CancellationError`.
public struct TransportError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is, for code that decides what to do.
    public enum Code: Sendable, Hashable {
        /// The request itself cannot be sent: URL, method, header or an option. Nothing was sent.
        case invalidRequest
        /// The name has no address, or no name server answered.
        case nameNotResolved
        /// No TCP connection: refused, unreachable.
        case connectFailed
        /// A time limit was reached; `phase` says which part was under way.
        case timedOut
        /// The TLS handshake failed for another reason than the certificate.
        case tlsFailed
        /// The certificate did not pass verification; `certificate` holds its facts.
        case certificateRejected
        /// No bundle of certification authorities was found on this machine.
        case noCertificateAuthorities
        /// The peer closed or reset the connection before the exchange was complete.
        case connectionClosed
        /// The peer sent something that is not HTTP, or bad compression.
        case malformedResponse
        /// The response is larger than the request allows.
        case tooLarge
        /// More redirects than the request allows.
        case tooManyRedirects
        /// The proxy refused or failed.
        case proxyFailed
        /// The address policy refuses the address, or the request the redirect to it; nothing was sent there.
        case addressRefused
        /// The operating system does not let this program do it, such as sending ICMP; the message says what would.
        case notPermitted
        /// The operating system refused something: out of descriptors or memory, for instance.
        case system
    }

    /// The part of an exchange that was under way.
    public enum Phase: String, Sendable, Hashable {
        /// Before anything was sent.
        case preparing
        /// Finding the address.
        case nameLookup
        /// The TCP handshake.
        case connect
        /// The TLS handshake.
        case tls
        /// Sending the request and waiting for the first byte of the answer.
        case firstByte
        /// Reading the body.
        case body
    }

    /// What kind of failure it is.
    public var code: Code
    /// What failed, where, and what to do about it; never a secret.
    public var message: String
    /// `host:port`, or `nil` when none was known.
    public var host: String?
    /// The part of the exchange that failed.
    public var phase: Phase
    /// The server's certificate, when one was received.
    public var certificate: CertificateFacts?
    /// The durations of the phases that were reached.
    public var timings: HTTPTimings
    /// The error below this one, if any.
    public var underlying: (any Error)?
    /// The limit that a message about a time limit names, in the form of `Duration.text`.
    public var timeLimit: Duration?

    /// An error with all its parts.
    public init(
        _ code: Code, _ message: String, host: String? = nil, phase: Phase = .preparing,
        certificate: CertificateFacts? = nil, timings: HTTPTimings = HTTPTimings(), underlying: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.host = host
        self.phase = phase
        self.certificate = certificate
        self.timings = timings
        self.underlying = underlying
    }

    /// The same error, its message preceded by what failed, such as `the proxy for example.com:443 failed`.
    func about(_ host: String, _ action: String) -> TransportError {
        var error = self
        error.host = host
        error.message = "\(action): \(message)"
        return error
    }

    /// The same error, with the limit that its message names.
    func naming(_ limit: Duration?) -> TransportError {
        var error = self
        error.timeLimit = limit
        return error
    }

    /// The message.
    public var description: String { message }
}

extension TransportError {
    /// An error for a system call that failed: `cannot create an event loop: Too many open files`.
    static func system(_ action: String, _ number: Int32) -> TransportError {
        TransportError(.system, "cannot \(action): \(SystemError(number))")
    }
}
