import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import AWS

/// One client's calls as `Tools/aws-oracle/retries.py` made them up, with what botocore decided after each attempt.
struct RetryCase: Decodable, Sendable {
    struct Attempt: Decodable, Sendable {
        /// Seconds that pass before the attempt, and waits for the rate.
        var step: Double
        var waits: [Double]
        var random: Double
        var headers: [String: String]
        var status: Int?
        var code: String?
        var exception: String?
        var damaged: Bool?
        /// The pause in seconds; nil when the error is given to the caller.
        var pause: Double?
        /// What is waited before that.
        var sleep: Double?
        var quota: Int?
        var rate: Double?
    }

    var service, operation, mode: String
    var attempts: Int?
    var calls: [[Attempt]]
}

@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"))
struct RetryOracleTests {
    static let services: [String: AWSService] = [
        "SNS": .sns, "DynamoDB": .dynamoDB, "SQS": .sqs, "STS": .sts, "S3": .s3, "Route 53": .route53, "EC2": .ec2,
        "SFN": .sfn, "API Gateway": .apiGateway,
    ]
    static let exceptions: [String: TransportError.Code] = [
        "connectFailed": .connectFailed, "timedOut": .timedOut, "connectionClosed": .connectionClosed,
        "proxyFailed": .proxyFailed,
    ]

    @Test("decisions, pauses, quota and rate are botocore's", arguments: [1, 2, 3])
    func decidesAsBotocore(seed: Int) throws {
        let cases = try oracle("retries.py", String(seed), "150").map {
            try JSONDecoder().decode(RetryCase.self, from: $0)
        }
        #expect(cases.count == 150)
        for row in cases { try check(row) }
    }

    private func check(_ row: RetryCase) throws {
        let mode = try #require(RetryMode(rawValue: row.mode))
        let model = try #require(Self.services[row.service]).model()
        var now = Timestamp(secondsSinceEpoch: 1_800_000_000)
        var quota = RetryQuota(capacity: 60)
        var limiter = ClientRateLimiter(at: now)
        for (index, call) in row.calls.enumerated() {
            var policy = RetryPolicy(
                mode, maximumAttempts: row.attempts, serviceID: row.service,
                traits: OperationTraits(serviceID: row.service, operation: row.operation, [:]))
            for attempt in call {
                let place = Comment("\(row.service), \(row.mode), call \(index), attempt \(policy.attempt)")
                now += .seconds(attempt.step)
                if mode == .adaptive {
                    var waits: [Double] = []
                    while let wait = limiter.take(at: now) {
                        waits.append(wait / .seconds(1))
                        now += wait
                    }
                    expectClose(waits, attempt.waits, place)
                }
                let isFailure = attempt.exception != nil || attempt.code != "" || attempt.damaged == true
                let failure = try failure(attempt, model)
                limiter.noteAnswer(isThrottling: failure.isThrottling, at: now)
                if let rate = attempt.rate { expectClose([limiter.fillRate], [rate], place) }
                var action: RetryPolicy.Action?
                if isFailure {
                    action = policy.action(
                        after: failure, now: now, skew: .zero, random: attempt.random, quota: &quota)
                } else {
                    quota.giveBack(policy.refund)
                }
                switch action {
                case .retry(let pause):
                    expectClose([pause / .seconds(1)], [attempt.pause ?? -1], place)
                    now += .seconds(attempt.pause ?? 0)
                case .giveUpAfterPause(let pause): expectClose([pause / .seconds(1)], [attempt.sleep ?? -1], place)
                default:
                    #expect(attempt.pause == nil, place)
                    #expect(attempt.sleep == nil, place)
                }
                if let expected = attempt.quota { #expect(quota.available == expected, place) }
            }
        }
    }

    private func failure(_ attempt: RetryCase.Attempt, _ model: ServiceModel) throws -> AttemptFailure {
        if let exception = attempt.exception {
            return AttemptFailure(TransportError(try #require(Self.exceptions[exception]), "x", phase: .firstByte))
        }
        let code = attempt.code ?? ""
        let headers = HTTPHeaders(attempt.headers.map { (name: $0.key, value: $0.value) })
        var failure = AttemptFailure(
            code: code, status: attempt.status ?? 0, headers: headers, now: Timestamp(secondsSinceEpoch: 0))
        failure.isDamaged = attempt.damaged ?? false
        failure.isModelled = model.hasError(code)
        failure.modelledThrottling = model.isThrottling(code)
        return failure
    }

    private func expectClose(_ numbers: [Double], _ expected: [Double], _ place: Comment) {
        #expect(numbers.count == expected.count, place)
        for (number, expected) in zip(numbers, expected) {
            #expect(abs(number - expected) < 1e-4 * max(1, abs(expected)), place)
        }
    }
}
