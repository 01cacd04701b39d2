import AWS
import Basics
import FunctionRuntime
import JSON
import Logging
import Synchronization
import Transport

/// Sends one message.
///
/// Performs the steps of ``SendingState``: sends, waits, sends again. All decisions are there.
struct MessageSender: Sendable {
    let http: any HTTPExecuting
    let aws: @Sendable () throws -> AWSConfiguration
    let time: TimeSource
    /// The longest time for one request.
    let attemptTimeout: Duration

    /// - Parameter end: when the work has to end.
    func send(_ message: OutboundMessage, by output: ChatOutput, until end: Timestamp) async -> SendResult {
        var state = SendingState(message, until: end)
        while true {
            switch state.step {
            case .finish(let result): return result
            case .send(let message, let pause):
                guard await wait(pause) else { return .failed(.init(reason: "the invocation was cancelled")) }
                let outcome = await perform(message, output, end)
                if case .accepted(let reason) = outcome {
                    InvocationContext.current?.logger.warning(
                        "unusual answer, taken as delivered",
                        metadata: ["kind": "\(output.kind.name)", "reason": "\(reason)"])
                }
                state.receive(outcome, at: time.now(), random: time.random())
            }
        }
    }

    /// - Returns: `false` when the invocation was cancelled.
    private func wait(_ pause: Duration) async -> Bool {
        guard pause > .zero else { return true }
        do { try await time.sleep(pause) } catch { return false }
        return true
    }

    private func perform(_ message: OutboundMessage, _ output: ChatOutput, _ end: Timestamp) async -> SendOutcome {
        switch message.call {
        case .http(var request):
            let left = end - time.now()
            guard left > .zero else { return .retry(after: nil, reason: "not sent") }
            request.totalTimeout = min(request.totalTimeout ?? left, attemptTimeout, left)
            do {
                return output.outcome(of: try await http.execute(request), to: message)
            } catch {
                return SendOutcome(error)
            }
        case .publish(let topicARN, let text): return await perform(.publish(text, to: topicARN), end)
        case .aws(let request): return await perform(request, end)
        case .withheld(let reason): return .refused(reason: reason)
        }
    }

    private func perform(_ request: AWSRequest, _ end: Timestamp) async -> SendOutcome {
        do {
            var configuration = try aws()
            if let region = request.region { configuration.region = region }
            let output = try await AWSClient(request.service, configuration: configuration)
                .call(request.operation, request.input, deadline: end)
            return request.outcome(output, configuration.region)
        } catch {
            return SendOutcome(ofAWS: error)
        }
    }
}

extension SendOutcome {
    /// What an exchange without an answer means.
    ///
    /// The error's message is left out: it may contain the URL, which is a secret.
    fileprivate init(_ error: any Error) {
        guard let error = error as? TransportError else {
            self = .refused(reason: error is CancellationError ? "the invocation was cancelled" : "the request failed")
            return
        }
        let place = error.host.map { " at \($0)" } ?? ""
        let reason = "no answer\(place): \(error.code) during \(error.phase.rawValue)"
        switch error.code {
        case .invalidRequest, .certificateRejected, .noCertificateAuthorities: self = .refused(reason: reason)
        default: self = .retry(after: nil, reason: reason)
        }
    }
}

/// The end of sending one message.
enum SendResult: Sendable {
    /// It has arrived. The follow-up, if any, is optional: a picture, the colour of an earlier message.
    case delivered(MessageReference?, followUp: OutboundMessage?)
    case failed(SendFailure)
}

/// Why a message did not arrive.
struct SendFailure: Sendable, Hashable {
    /// Without secrets.
    let reason: String
    /// The service asked to send nothing before this time.
    var notBefore: Timestamp?
    /// The service does not know the token or URL.
    var isUnauthorized = false
    /// The service refuses what the message says; another one may be taken.
    var isRefusal = false
}

/// What to do next for one message: when to send it again, and when to give up.
///
/// It neither waits nor sends.
///
///     var state = SendingState(message, until: end)
///     while true: perform state.step; state.receive(outcome, at: now, random: …)
struct SendingState: Sendable {
    /// What the sender does next.
    enum Step: Sendable {
        /// Wait, then send this message.
        case send(OutboundMessage, after: Duration)
        case finish(SendResult)
    }

    /// How often one message is sent in one invocation.
    static let maximumAttempts = 8
    /// How many other requests a message may lead to: plain text after a refused layout, the steps of an upload.
    static let maximumFallbacks = 8
    /// The first wait.
    ///
    /// Each one is twice the one before, and half of it is random.
    static let firstPause = Duration.milliseconds(400)
    private static let longestPause = Duration.seconds(10)
    /// An attempt is made only if this much time is left for it.
    static let shortestAttempt = Duration.milliseconds(500)

    private let end: Timestamp
    private var message: OutboundMessage
    private var attempts = 0
    private var fallbacks = 0

    /// What to do now.
    private(set) var step: Step

    /// - Parameter end: after it nothing is sent.
    init(_ message: OutboundMessage, until end: Timestamp) {
        self.end = end
        self.message = message
        step = .send(message, after: .zero)
    }

    /// Decides the next step by what became of the last one.
    /// - Parameter random: from 0 to 1, for the random half of a pause.
    mutating func receive(_ outcome: SendOutcome, at now: Timestamp, random: Double) {
        switch outcome {
        case .delivered(let reference, let followUp): step = .finish(.delivered(reference, followUp: followUp))
        case .accepted: step = .finish(.delivered(nil, followUp: nil))
        case .unauthorized(let reason): fail(SendFailure(reason: reason, isUnauthorized: true))
        case .refused(let reason): fail(SendFailure(reason: reason, isRefusal: true))
        case .next(let fallback, let reason): send(fallback, because: reason)
        case .retry(let retryAfter, let reason): sendAgain(after: retryAfter, because: reason, now, random)
        }
    }

    private mutating func fail(_ failure: SendFailure) { step = .finish(.failed(failure)) }

    private mutating func send(_ fallback: OutboundMessage, because reason: String) {
        fallbacks += 1
        attempts = 0
        message = fallback
        guard fallbacks < Self.maximumFallbacks else {
            let reason = "gave up after \(fallbacks) other forms of the message (last: \(reason))"
            return fail(SendFailure(reason: reason, isRefusal: true))
        }
        step = .send(fallback, after: .zero)
    }

    private mutating func sendAgain(
        after retryAfter: Duration?, because reason: String, _ now: Timestamp, _ random: Double
    ) {
        attempts += 1
        let times = counted(attempts, "attempt")
        let pause = max(retryAfter ?? .zero, backOff(random))
        if now + pause + Self.shortestAttempt > end {
            let notBefore = retryAfter.map { now + $0 }
            let next = notBefore.map { ", next try after \($0.timeOfDay)" } ?? ""
            let reason = "\(reason); no time left in this invocation after \(times)\(next)"
            fail(SendFailure(reason: reason, notBefore: notBefore))
        } else if attempts >= Self.maximumAttempts {
            fail(SendFailure(reason: "\(reason); gave up after \(times)"))
        } else {
            step = .send(message, after: pause)
        }
    }

    private func backOff(_ random: Double) -> Duration {
        let full = min(Self.firstPause * (1 << (attempts - 1)), Self.longestPause)
        return full / 2 + full * random / 2
    }
}

extension Timestamp {
    /// `14:03:20 UTC`.
    var timeOfDay: String { "\(iso8601.dropFirst(11).prefix(8)) UTC" }
}

/// The earliest time of the next call to each output, as its last 429 asked.
///
/// Kept between invocations of this process, so that the next one does not send too early.
final class RateLimits: Sendable {
    private let ends = Mutex<[String: Timestamp]>([:])

    /// - Parameter output: its name in the rules.
    subscript(output: String) -> Timestamp? {
        get { ends.withLock { $0[output] } }
        set { ends.withLock { $0[output] = newValue } }
    }
}

/// Stops using an optional service for a while after it has failed, so that it does not use up the time of every alert.
final class CircuitBreaker: Sendable {
    private static let pause = Duration.seconds(30)

    private let end = Mutex(Timestamp(microseconds: .min))
    private let name: String
    private let now: @Sendable () -> Timestamp

    /// - Parameter name: the service's name in the log.
    init(_ name: String, now: @escaping @Sendable () -> Timestamp) { (self.name, self.now) = (name, now) }

    /// Runs the body; `nil` when it fails, or has failed less than 30 seconds ago.
    @discardableResult
    func attempt<Answer>(_ body: () async throws -> Answer) async -> Answer? {
        guard end.withLock({ $0 <= now() }) else { return nil }
        do { return try await body() } catch {
            end.withLock { $0 = now() + Self.pause }
            InvocationContext.current?.logger.warning(
                "optional service failed, not used for 30 seconds",
                metadata: ["service": "\(name)", "error": "\(error)"]
            )
            return nil
        }
    }
}
