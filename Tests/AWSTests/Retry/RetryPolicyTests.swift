import Basics
import JSON
import Testing
import Transport

@testable import AWS

struct RetryPolicyTests {
    static let now = Timestamp(secondsSinceEpoch: 1_700_000_000)

    static func refusal(_ code: String, _ status: Int, _ headers: HTTPHeaders = [:]) -> AttemptFailure {
        AttemptFailure(code: code, status: status, headers: headers, now: now)
    }

    static func decide(
        _ failure: AttemptFailure, attempts: Int = 3, deadline: Timestamp? = nil, random: Double = 0.5,
        traits: OperationTraits = OperationTraits()
    ) -> RetryPolicy.Action {
        var policy = RetryPolicy(maximumAttempts: attempts, traits: traits, deadline: deadline)
        var quota = RetryQuota()
        return policy.action(after: failure, now: now, skew: .zero, random: random, quota: &quota)
    }

    @Test(
        "codes and statuses: which are repeated, and after how many milliseconds",
        arguments: [
            ("Throttling", 400, 500), ("ThrottlingException", 400, 500), ("SlowDown", 503, 500), ("Anything", 429, 500),
            ("RequestLimitExceeded", 400, 500), ("KMSThrottling", 400, 500), ("RequestTimeout", 400, 25),
            ("InternalError", 500, 25), ("X", 502, 25), ("X", 503, 25), ("X", 504, 25), ("X", 501, nil),
            ("X", 505, nil),
            ("X", 499, nil), ("X", 509, nil), ("NoSuchBucket", 404, nil), ("AccessDenied", 403, nil),
            ("ValidationError", 400, nil),
        ] as [(String, Int, Int?)])
    func refusals(code: String, status: Int, milliseconds: Int?) {
        let expected = milliseconds.map { RetryPolicy.Action.retry(after: .milliseconds($0)) } ?? .giveUp
        #expect(Self.decide(Self.refusal(code, status)) == expected)
    }

    @Test(arguments: [
        (TransportError.Code.timedOut, true), (.connectionClosed, true), (.connectFailed, true),
        (.nameNotResolved, true), (.malformedResponse, true), (.certificateRejected, false), (.invalidRequest, false),
        (.tooLarge, false), (.noCertificateAuthorities, false),
    ])
    func networkFailures(code: TransportError.Code, retries: Bool) {
        let failure = AttemptFailure(TransportError(code, "x"))
        #expect(Self.decide(failure) == (retries ? .retry(after: .milliseconds(25)) : .giveUp))
    }

    @Test(
        "an error that the model calls retryable is repeated; a 429 that the model has otherwise is not",
        arguments: [
            (409, true, true, 500), (409, true, false, 25), (409, true, nil, nil), (429, true, nil, nil),
            (429, false, nil, 500),
        ] as [(Int, Bool, Bool?, Int?)])
    func modelledErrors(status: Int, isModelled: Bool, throttling: Bool?, milliseconds: Int?) {
        var failure = Self.refusal("Special", status)
        (failure.isModelled, failure.modelledThrottling) = (isModelled, throttling)
        let expected = milliseconds.map { RetryPolicy.Action.retry(after: .milliseconds($0)) } ?? .giveUp
        #expect(Self.decide(failure) == expected)
    }

    @Test(
        "pauses double up to 20 seconds",
        arguments: [
            ("Throttling", [500, 1000, 2000, 4000, 8000, 10_000, 10_000], 5),
            ("X", [25, 50, 100, 200, 400, 800, 1600], 14),
        ])
    func backoff(code: String, pauses: [Int], cost: Int) {
        var policy = RetryPolicy(maximumAttempts: 8)
        var quota = RetryQuota()
        let actions = (0..<8).map { _ in
            policy.action(after: Self.refusal(code, 500), now: Self.now, skew: .zero, random: 0.5, quota: &quota)
        }
        #expect(actions == pauses.map { .retry(after: .milliseconds($0)) } + [.giveUp])
        #expect(quota.available == 500 - 7 * cost)
    }

    @Test(
        "the server lengthens the pause, by x-amz-retry-after at most by 5 seconds",
        arguments: [
            (["Retry-After": "7"], 7000), (["Retry-After": "0"], 500), (["Retry-After": "60"], 60_000),
            (["Retry-After": "61"], nil), (["Retry-After": "-3"], 500), (["Retry-After": "soon"], 500),
            (["x-amz-retry-after": "1500", "Retry-After": "7"], 1500), (["x-amz-retry-after": "junk"], 500),
            (["x-amz-retry-after": "499"], 500), (["x-amz-retry-after": "5500"], 5500),
            (["x-amz-retry-after": "5501"], 5500), (["x-amz-retry-after": "3600000"], 5500),
            (["Date": "Tue, 14 Nov 2023 22:13:20 GMT", "Retry-After": "Tue, 14 Nov 2023 22:13:25 GMT"], 5000),
        ] as [(HTTPHeaders, Int?)])
    func theServerSetsThePause(headers: HTTPHeaders, milliseconds: Int?) {
        let expected = milliseconds.map { RetryPolicy.Action.retry(after: .milliseconds($0)) } ?? .giveUp
        #expect(Self.decide(Self.refusal("SlowDown", 503, headers)) == expected)
    }

    @Test(arguments: [(501, true), (500, false), (499, false), (-1, false)])
    func noPauseEndsAfterTheDeadline(milliseconds: Int, retries: Bool) {
        let action = Self.decide(Self.refusal("SlowDown", 503), deadline: Self.now + .milliseconds(milliseconds))
        #expect(action == (retries ? .retry(after: .milliseconds(500)) : .giveUp))
    }

    @Test func anEmptyQuotaStopsRetries() {
        var quota = RetryQuota()
        var retries = 0
        while quota.take(5) { retries += 1 }
        #expect(retries == 100)
        var policy = RetryPolicy(maximumAttempts: 3)
        let failure = Self.refusal("SlowDown", 503)
        #expect(policy.action(after: failure, now: Self.now, skew: .zero, random: 0, quota: &quota) == .giveUp)
        quota.giveBack(5)
        #expect(
            policy.action(after: failure, now: Self.now, skew: .zero, random: 0, quota: &quota) == .retry(after: .zero))
        #expect(policy.refund == 5)
        quota.giveBack(10_000)
        #expect(quota.available == 500)
        let timeout = AttemptFailure(TransportError(.timedOut, "x"))
        _ = policy.action(after: timeout, now: Self.now, skew: .zero, random: 0, quota: &quota)
        #expect(quota.available == 486)
        #expect(policy.refund == 14)
    }

    @Test("a client that polls waits before the error that comes without a retry", arguments: [false, true])
    func longPoll(polls: Bool) {
        var traits = OperationTraits()
        traits.isLongPoll = polls
        var policy = RetryPolicy(traits: traits)
        var quota = RetryQuota(capacity: 13)
        let action = policy.action(
            after: Self.refusal("X", 500), now: Self.now, skew: .zero, random: 0.5, quota: &quota)
        #expect(action == (polls ? .giveUpAfterPause(.milliseconds(25)) : .giveUp))
    }

    @Test(
        "an operation that runs code is repeated only when the service cannot have received or run it",
        arguments: [
            (AttemptFailure(TransportError(.connectFailed, "x", phase: .connect)), true),
            (AttemptFailure(TransportError(.nameNotResolved, "x", phase: .nameLookup)), true),
            (AttemptFailure(TransportError(.timedOut, "x", phase: .connect)), true),
            (AttemptFailure(TransportError(.timedOut, "x", phase: .tls)), true),
            (AttemptFailure(TransportError(.timedOut, "x", phase: .firstByte)), false),
            (AttemptFailure(TransportError(.timedOut, "x", phase: .body)), false),
            (AttemptFailure(TransportError(.connectionClosed, "x", phase: .firstByte)), false),
            (AttemptFailure(TransportError(.malformedResponse, "x", phase: .body)), false),
            (refusal("TooManyRequestsException", 429), true), (refusal("429", 429), true), (refusal("503", 503), true),
            (refusal("ServiceException", 500), true), (refusal("EC2ThrottledException", 502), true),
            (refusal("500", 500), false), (refusal("502", 502), false), (refusal("504", 504), false),
        ])
    func sentOnce(failure: AttemptFailure, retries: Bool) {
        #expect(Self.decide(failure) != .giveUp)
        var traits = OperationTraits()
        traits.isSentOnce = true
        #expect((Self.decide(failure, traits: traits) != .giveUp) == retries)
    }

    @Test(
        "operations whose service may be silent for long",
        arguments: [
            ("Lambda", "Invoke", [:], 1_860, true, false),
            ("Lambda", "Invoke", ["InvocationType": "RequestResponse"], 1_860, true, false),
            ("Lambda", "Invoke", ["InvocationType": "Event"], nil, false, false),
            ("Lambda", "Invoke", ["InvocationType": "DryRun"], nil, false, false),
            ("Lambda", "ListFunctions", [:], nil, false, false),
            ("SFN", "StartSyncExecution", [:], 360, true, false), ("SFN", "StartExecution", [:], nil, false, false),
            ("SFN", "GetActivityTask", [:], 90, false, true), ("SQS", "ReceiveMessage", [:], nil, false, true),
        ] as [(String, String, JSONValue, Int?, Bool, Bool)])
    func traits(service: String, operation: String, input: JSONValue, silence: Int?, once: Bool, polls: Bool) {
        let traits = OperationTraits(serviceID: service, operation: operation, input)
        #expect(traits.silence == silence.map { .seconds($0) })
        #expect(traits.isSentOnce == once)
        #expect(traits.isLongPoll == polls)
    }

    @Test(
        "the number of attempts that a mode has by default",
        arguments: [
            (RetryMode.legacy, "SNS", 5), (.legacy, "DynamoDB", 10), (.standard, "SNS", 3), (.standard, "DynamoDB", 4),
            (.adaptive, "SNS", 3), (.adaptive, "DynamoDB", 4),
        ])
    func defaultAttempts(mode: RetryMode, service: String, attempts: Int) {
        #expect(RetryPolicy(mode, serviceID: service).maximumAttempts == attempts)
    }

    static func skewed(_ code: String, _ seconds: Int) -> AttemptFailure {
        refusal(code, 403, ["Date": (now + .seconds(seconds)).httpDate])
    }

    @Test(arguments: [
        ("RequestTimeTooSkewed", 3600, 0, true), ("InvalidSignatureException", -3600, 0, true),
        ("SignatureDoesNotMatch", 241, 0, true), ("SignatureDoesNotMatch", 240, 0, false),
        ("SignatureDoesNotMatch", 3600, 3600, false), ("SignatureDoesNotMatch", 0, 3600, true),
        ("AccessDenied", 3600, 0, false),
    ])
    func clockSkew(code: String, measured: Int, known: Int, corrects: Bool) {
        var policy = RetryPolicy(maximumAttempts: 1)
        var quota = RetryQuota()
        let failure = Self.skewed(code, measured)
        let first = policy.action(after: failure, now: Self.now, skew: .seconds(known), random: 0, quota: &quota)
        #expect(first == (corrects ? .correctClock(by: .seconds(measured)) : .giveUp))
        let again = policy.action(after: failure, now: Self.now, skew: .seconds(known), random: 0, quota: &quota)
        #expect(again == .giveUp)
    }

    @Test func expiredCredentialsAreRefreshedOnce() {
        var policy = RetryPolicy(maximumAttempts: 1)
        var quota = RetryQuota()
        let failure = Self.refusal("ExpiredToken", 403)
        #expect(
            policy.action(after: failure, now: Self.now, skew: .zero, random: 0, quota: &quota) == .refreshCredentials)
        #expect(policy.action(after: failure, now: Self.now, skew: .zero, random: 0, quota: &quota) == .giveUp)
    }
}
