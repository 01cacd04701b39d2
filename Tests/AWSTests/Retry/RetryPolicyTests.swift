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
        _ failure: AttemptFailure, attempts: Int = 3, deadline: Timestamp? = nil, random: Double = 0.5
    ) -> RetryPolicy.Action {
        var policy = RetryPolicy(maximumAttempts: attempts, deadline: deadline)
        var quota = RetryQuota()
        return policy.action(after: failure, now: now, skew: .zero, random: random, quota: &quota)
    }

    @Test(arguments: [
        ("Throttling", 400, true), ("ThrottlingException", 400, true), ("SlowDown", 503, true), ("Anything", 429, true),
        ("RequestLimitExceeded", 400, true), ("RequestTimeout", 400, true), ("InternalError", 500, true),
        ("X", 502, true), ("X", 503, true), ("X", 504, true), ("X", 501, false), ("X", 505, false), ("X", 499, false),
        ("NoSuchBucket", 404, false), ("AccessDenied", 403, false), ("ValidationError", 400, false),
    ])
    func refusals(code: String, status: Int, retries: Bool) {
        #expect(Self.decide(Self.refusal(code, status)) == (retries ? .retry(after: .milliseconds(500)) : .giveUp))
    }

    @Test(arguments: [
        (TransportError.Code.timedOut, true), (.connectionClosed, true), (.connectFailed, true),
        (.nameNotResolved, true), (.malformedResponse, true), (.certificateRejected, false), (.invalidRequest, false),
        (.tooLarge, false), (.noCertificateAuthorities, false),
    ])
    func networkFailures(code: TransportError.Code, retries: Bool) {
        let failure = AttemptFailure(TransportError(code, "x"))
        #expect(Self.decide(failure) == (retries ? .retry(after: .milliseconds(500)) : .giveUp))
    }

    @Test func backoffDoublesUpToTwentySecondsAndEnds() {
        var policy = RetryPolicy(maximumAttempts: 8)
        var quota = RetryQuota()
        let actions = (0..<8).map { _ in
            policy.action(after: Self.refusal("X", 500), now: Self.now, skew: .zero, random: 0.5, quota: &quota)
        }
        let pauses = [500, 1000, 2000, 4000, 8000, 10_000, 10_000]
        #expect(actions == pauses.map { .retry(after: .milliseconds($0)) } + [.giveUp])
        #expect(quota.available == 500 - 7 * 5)
    }

    @Test(
        arguments: [
            (["Retry-After": "7"], 7000), (["Retry-After": "0"], 500), (["Retry-After": "60"], 60_000),
            (["Retry-After": "61"], nil), (["Retry-After": "-3"], 500), (["Retry-After": "soon"], 500),
            (["x-amz-retry-after": "1500", "Retry-After": "7"], 1500), (["x-amz-retry-after": "junk"], 500),
            (["Date": "Tue, 14 Nov 2023 22:13:20 GMT", "Retry-After": "Tue, 14 Nov 2023 22:13:25 GMT"], 5000),
        ] as [(HTTPHeaders, Int?)])
    func theServerSetsThePause(headers: HTTPHeaders, milliseconds: Int?) {
        let expected = milliseconds.map { RetryPolicy.Action.retry(after: .milliseconds($0)) } ?? .giveUp
        #expect(Self.decide(Self.refusal("SlowDown", 503, headers)) == expected)
    }

    @Test(arguments: [(501, true), (500, false), (499, false), (-1, false)])
    func noPauseEndsAfterTheDeadline(milliseconds: Int, retries: Bool) {
        let action = Self.decide(Self.refusal("X", 500), deadline: Self.now + .milliseconds(milliseconds))
        #expect(action == (retries ? .retry(after: .milliseconds(500)) : .giveUp))
    }

    @Test func anEmptyQuotaStopsRetries() {
        var quota = RetryQuota()
        var retries = 0
        while quota.take(5) { retries += 1 }
        #expect(retries == 100)
        var policy = RetryPolicy(maximumAttempts: 3)
        let failure = Self.refusal("X", 500)
        #expect(policy.action(after: failure, now: Self.now, skew: .zero, random: 0, quota: &quota) == .giveUp)
        quota.giveBack(5)
        #expect(
            policy.action(after: failure, now: Self.now, skew: .zero, random: 0, quota: &quota) == .retry(after: .zero))
        #expect(policy.refund == 5)
        quota.giveBack(10_000)
        #expect(quota.available == 500)
        let timeout = AttemptFailure(TransportError(.timedOut, "x"))
        _ = policy.action(after: timeout, now: Self.now, skew: .zero, random: 0, quota: &quota)
        #expect(quota.available == 490 && policy.refund == 10)
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
