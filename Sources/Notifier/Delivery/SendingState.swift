import JSON

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
        /// It has arrived; the adornment may follow.
        case delivered(MessageReference?, then: OutboundMessage?)
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
    static let maximumForms = 8
    /// The first wait; each one is twice the one before, and half of it is chance.
    static let firstPause = Duration.milliseconds(400)
    /// The longest wait.
    static let longestPause = Duration.seconds(10)
    /// What a try should have left of the time.
    static let shortestTry = Duration.milliseconds(500)

    private let end: Timestamp
    private var message: OutboundMessage
    private var attempts = 0
    private var forms = 0

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
        case .delivered(let reference, let adornment): step = .delivered(reference, then: adornment)
        case .unauthorized(let reason): step = .failed(Failure(reason: reason, isUnauthorized: true))
        case .refused(let reason): step = .failed(Failure(reason: reason))
        case .next(let other, let reason):
            forms += 1
            attempts = 0
            message = other
            step = forms < Self.maximumForms ? .send(other) : .failed(Failure(reason: "endless: \(reason)"))
        case .retry(let wish, let reason):
            attempts += 1
            let pause = max(wish ?? .zero, backOff(random))
            if now + pause + Self.shortestTry > end {
                let notBefore = wish.map { now + $0 }
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
