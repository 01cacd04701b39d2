import Basics
import Transport

/// The facts about a failed attempt on which the retry decision depends.
struct AttemptFailure: Sendable {
    /// The service's error code, or the status where the answer has none; empty when there was no response.
    var code = ""
    /// The HTTP status, when there was a response.
    var status: Int?
    /// The kind of network failure, when there was no response.
    var transportCode: TransportError.Code?
    /// Whether the request may have reached the service, when there was no response.
    var mayHaveArrived = false
    /// Whether the response's body does not match its checksum.
    var isDamaged = false
    /// Whether the service's model has the error.
    var isModelled = false
    /// Whether the model says that the error is throttling; nil when it does not say that a retry helps.
    var modelledThrottling: Bool?
    /// The response's `Date`.
    var serverTime: Timestamp?
    /// How long the server asks to wait, by `x-amz-retry-after`, which AWS's services are to send.
    var retryAfter: Duration?
    /// The same by `Retry-After`, which some of them and other servers send; botocore does not read it.
    var standardRetryAfter: Duration?

    /// A failure without a response.
    init(_ error: TransportError) {
        transportCode = error.code
        mayHaveArrived = [.firstByte, .body].contains(error.phase)
    }

    /// An error that the service answered, with what the headers say about the time of the next attempt.
    init(code: String, status: Int, headers: HTTPHeaders, now: Timestamp) {
        self.code = code
        self.status = status
        serverTime = headers["Date"].flatMap { Timestamp(httpDate: $0) }
        if let milliseconds = headers["x-amz-retry-after"].flatMap({ Int64($0) }), milliseconds >= 0 {
            retryAfter = .milliseconds(milliseconds)
        }
        if let value = headers["Retry-After"] {
            let date = Timestamp(httpDate: value).map { $0 - (serverTime ?? now) }
            standardRetryAfter = (Int64(value).map { .seconds($0) } ?? date).flatMap { $0 < .zero ? nil : $0 }
        }
    }
}

// MARK: - Classification

extension AttemptFailure {
    /// botocore's, and the two names by which SNS and SQS tell that KMS throttles them.
    private static let throttlingCodes: Set<String> = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
        "TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
        "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "RequestThrottled", "SlowDown",
        "PriorRequestNotComplete", "EC2ThrottledException", "KMSThrottling", "KMSThrottlingException", "KmsThrottled",
    ]
    private static let transientCodes: Set<String> = [
        "RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete", "IDPCommunicationError",
    ]
    private static let expiredCodes: Set<String> = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"]
    private static let skewCodes: Set<String> = [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
        "SignatureDoesNotMatch", "AuthFailure",
    ]

    var isExpiredCredentials: Bool { Self.expiredCodes.contains(code) }

    /// The response to a HEAD request has no body and so no code: the status stands for it.
    var mayBeClockSkew: Bool { Self.skewCodes.contains(code) || code == "403" }

    /// Whether the service limits the rate of calls.
    ///
    /// The status 429 counts only for errors that the model does not have.
    var isThrottling: Bool {
        Self.throttlingCodes.contains(code) || modelledThrottling ?? (status == 429 && !isModelled)
    }

    /// Whether the modes `standard` and `adaptive` repeat the call.
    var isRetryable: Bool {
        if let transportCode { return transportCode.isTransient }
        return isDamaged || isThrottling || modelledThrottling != nil || Self.transientCodes.contains(code)
            || [500, 502, 503, 504].contains(status)
    }

    /// Whether the operation may have been carried out although it failed.
    ///
    /// A status without the service's own code can come from a proxy or load balancer that waited too long.
    var mayHaveRun: Bool {
        guard let status else { return mayHaveArrived }
        return isDamaged || code == String(status) && status != 429 && status != 503
    }
}

extension AttemptFailure {
    /// Errors that the legacy mode repeats: `service code status`, or `* code status` for every service.
    ///
    /// Source: botocore's `_retry.json`.
    private static let legacyErrors: Set<String> = [
        "* Throttling 400", "* ThrottlingException 400", "* ThrottledException 400", "* RequestThrottledException 400",
        "* ProvisionedThroughputExceededException 400", "DynamoDB ReplicatedWriteConflictException 409",
        "DynamoDB TransactionInProgressException 400", "EC2 RequestLimitExceeded 503", "EC2 EC2ThrottledException 503",
        "Route 53 PriorRequestNotComplete 400", "S3 BadDigest 400", "S3 RequestTimeout 400",
        "SQS RequestThrottled 403", "STS IDPCommunicationError 400",
    ]

    /// Whether the mode `legacy` repeats the call.
    func isRetryableInLegacyMode(_ serviceID: String) -> Bool {
        if let transportCode { return transportCode.isTransient }
        guard let status, !isDamaged else { return isDamaged }
        return [429, 500, 502, 503, 504, 509].contains(status)
            || ["*", serviceID].contains { Self.legacyErrors.contains("\($0) \(code) \(status)") }
    }
}

extension TransportError.Code {
    /// Whether the same request may succeed on another connection.
    ///
    /// botocore also tries again when a certificate is rejected, which does not help.
    fileprivate var isTransient: Bool {
        switch self {
        case .nameNotResolved, .connectFailed, .timedOut, .tlsFailed, .connectionClosed, .malformedResponse,
            .proxyFailed:
            true
        default: false
        }
    }
}
