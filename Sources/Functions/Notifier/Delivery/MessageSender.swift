import AWS
import Basics
import FunctionRuntime
import JSON
import Logging
import Synchronization
import Transport

/// Sends one message, with all the waiting and repeating that takes; decides nothing itself.
struct Sender: Sendable {
    let http: any HTTPExecuting
    let aws: @Sendable () throws -> AWSConfiguration
    let time: TimeSource
    /// The longest time for one request.
    let attemptTimeout: Duration

    /// - Returns: the end of it: `.delivered` or `.failed`.
    func send(_ message: OutboundMessage, by output: ChatOutput, until end: Timestamp) async -> SendingState.Step {
        var state = SendingState(message, until: end)
        while true {
            switch state.step {
            case .send(let message):
                state.answered(await perform(message, output, end), at: time.now(), random: time.random())
            case .wait(let pause, let message):
                do { try await time.sleep(pause) } catch {
                    return .failed(.init(reason: "the invocation was cancelled"))
                }
                state.answered(await perform(message, output, end), at: time.now(), random: time.random())
            case .delivered, .failed: return state.step
            }
        }
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
        case .publish(let topicARN, let text):
            do {
                let input: JSONValue = ["TopicArn": .string(topicARN), "Message": .string(text)]
                _ = try await AWSClient(.sns, configuration: aws()).call("Publish", input, deadline: end)
                return .delivered(nil)
            } catch {
                return .refused(reason: "\(error)")
            }
        }
    }
}

extension SendOutcome {
    /// What an exchange without an answer means.
    ///
    /// The error's own words are left out: they may name the URL, which is a secret.
    init(_ error: any Error) {
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

/// What to do next for one message: the rules of repeating and giving up, without any waiting or sending.
///
///     var state = SendingState(message, until: end)
///     while true: perform state.step; state.answered(outcome, at: now, random: …)
struct SendingState: Sendable {
    /// What the sender does next.
    enum Step: Sendable {
        /// Send this message.
        case send(OutboundMessage)
        /// Wait, then send this message.
        case wait(Duration, OutboundMessage)
        /// It has arrived; the follow-up, if any, is sent next.
        case delivered(MessageReference?, followUp: OutboundMessage?)
        /// It has not.
        case failed(Failure)
    }

    /// Why a message did not arrive.
    struct Failure: Sendable, Hashable {
        /// Without secrets.
        let reason: String
        /// The service wants nothing before this time.
        var notBefore: Timestamp?
        /// The service does not know the token or URL.
        var isUnauthorized = false
    }

    /// How often one message is sent in one invocation, at most.
    static let maximumAttempts = 8
    /// How many others a message may lead to: plain text after a refused layout, the steps of an upload.
    static let maximumFallbacks = 8
    /// The first wait; each one is twice the one before, and half of it is chance.
    static let firstPause = Duration.milliseconds(400)
    /// The longest wait.
    static let longestPause = Duration.seconds(10)
    /// What a try should have left of the time.
    static let shortestTry = Duration.milliseconds(500)

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
        step = .send(message)
    }

    /// Takes what became of sending the message.
    mutating func answered(_ outcome: SendOutcome, at now: Timestamp, random: Double) {
        switch outcome {
        case .delivered(let reference, let followUp): step = .delivered(reference, followUp: followUp)
        case .unauthorized(let reason): step = .failed(Failure(reason: reason, isUnauthorized: true))
        case .refused(let reason): step = .failed(Failure(reason: reason))
        case .next(let other, let reason):
            fallbacks += 1
            attempts = 0
            message = other
            step = fallbacks < Self.maximumFallbacks ? .send(other) : .failed(Failure(reason: "endless: \(reason)"))
        case .retry(let retryAfter, let reason):
            attempts += 1
            let pause = max(retryAfter ?? .zero, backOff(random))
            if now + pause + Self.shortestTry > end {
                let notBefore = retryAfter.map { now + $0 }
                step = .failed(Failure(reason: "\(reason); the time is over after \(times)", notBefore: notBefore))
            } else if attempts >= Self.maximumAttempts {
                step = .failed(Failure(reason: "\(reason); given up after \(times)"))
            } else {
                step = .wait(pause, message)
            }
        }
    }

    private var times: String { attempts == 1 ? "1 attempt" : "\(attempts) attempts" }

    private func backOff(_ random: Double) -> Duration {
        let full = min(Self.firstPause * (1 << (attempts - 1)), Self.longestPause)
        return full / 2 + full * random / 2
    }
}

/// Until when services want nothing, by the names of outputs: an invocation tells the next ones.
final class Pauses: Sendable {
    private let ends = Mutex<[String: Timestamp]>([:])

    subscript(output: String) -> Timestamp? {
        get { ends.withLock { $0[output] } }
        set { ends.withLock { $0[output] = newValue } }
    }
}

/// Leaves something that is good to have, but not needed, alone for a while after it has failed: what does not answer must
/// not use up the time that the alerts have, again and again.
final class CircuitBreaker: Sendable {
    private static let pause = Duration.seconds(30)

    private let end = Mutex(Timestamp(microseconds: .min))
    private let name: String
    private let now: @Sendable () -> Timestamp

    /// - Parameter name: what the log calls it.
    init(_ name: String, now: @escaping @Sendable () -> Timestamp) { (self.name, self.now) = (name, now) }

    /// Does it, unless it has failed a moment ago; `nil` when it fails now.
    @discardableResult
    func attempt<Answer>(_ body: () async throws -> Answer) async -> Answer? {
        guard end.withLock({ $0 <= now() }) else { return nil }
        do { return try await body() } catch {
            end.withLock { $0 = now() + Self.pause }
            InvocationContext.current?.logger.warning(
                "an aid to delivery failed, it is left alone for a while",
                metadata: ["aid": "\(name)", "error": "\(error)"]
            )
            return nil
        }
    }
}
