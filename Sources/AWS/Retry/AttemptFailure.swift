internal import JSON
internal import Transport

/// A failed attempt as far as the retry decision is concerned.
struct AttemptFailure: Sendable {
    /// The service's error code; empty when there was no response.
    var code = ""
    /// The HTTP status, when there was a response.
    var status: Int?
    /// The network's failure, when there was no response.
    var transportCode: TransportError.Code?
    /// The server's clock.
    var serverTime: Timestamp?
    /// How long the server wants to be left alone.
    var retryAfter: Duration?
}

extension AttemptFailure {
    private static let throttlingCodes: Set<String> = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
        "TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
        "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "RequestThrottled", "SlowDown",
        "PriorRequestNotComplete", "EC2ThrottledException", "KMSThrottlingException",
    ]
    private static let transientCodes: Set<String> = [
        "RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete", "IDPCommunicationError",
    ]
    private static let expiredCodes: Set<String> = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"]
    private static let skewCodes: Set<String> = [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
        "SignatureDoesNotMatch", "AuthFailure",
    ]

    var isThrottling: Bool { Self.throttlingCodes.contains(code) || status == 429 }
    var isExpiredCredentials: Bool { Self.expiredCodes.contains(code) }
    var isTimeout: Bool { transportCode == .timedOut }

    /// A HEAD response has no body and so no code, only its status.
    var mayBeClockSkew: Bool { Self.skewCodes.contains(code) || code == "403" }

    var isRetryable: Bool {
        if let transportCode {
            return switch transportCode {
            case .nameNotResolved, .connectFailed, .timedOut, .tlsFailed, .connectionClosed, .malformedResponse,
                .proxyFailed:
                true
            default: false
            }
        }
        return isThrottling || Self.transientCodes.contains(code) || [500, 502, 503, 504].contains(status)
    }

    /// A failure without a response.
    init(_ error: TransportError) { transportCode = error.code }

    /// A refusal, with what the response's headers say about when to come back.
    init(code: String, status: Int, headers: HTTPHeaders, now: Timestamp) {
        self.code = code
        self.status = status
        serverTime = headers["Date"].flatMap { Timestamp(httpDate: $0) }
        if let milliseconds = headers["x-amz-retry-after"].flatMap({ Int64($0) }), milliseconds >= 0 {
            retryAfter = .milliseconds(milliseconds)
        } else if let value = headers["Retry-After"] {
            let date = Timestamp(httpDate: value).map { $0 - (serverTime ?? now) }
            retryAfter = Int64(value).map { .seconds($0) } ?? date
            if let pause = retryAfter, pause < .zero { retryAfter = nil }
        }
    }
}
