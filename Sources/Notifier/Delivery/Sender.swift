import AWS
import JSON
import Transport

/// Sends one message, with all the waiting and repeating that takes; decides nothing itself.
struct Sender: Sendable {
    let http: any HTTPExecuting
    let aws: @Sendable () throws -> AWSConfiguration
    let time: TimeSource
    /// The longest time for one request.
    let attemptTimeout: Duration

    /// - Returns: the end of it: `.delivered` or `.failed`.
    func send(_ message: OutboundMessage, by output: any ChatOutput, until end: Timestamp) async -> SendingState.Step {
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

    private func perform(_ message: OutboundMessage, _ output: any ChatOutput, _ end: Timestamp) async -> SendOutcome {
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
