public import AWS
public import Basics
import JMESPath
public import JSON

extension AWSClient {
    /// The names of the service's waiters, as boto3's `client.waiter_names` has them: `instance_stopped`.
    public var waiterNames: [String] {
        get throws(AWSError) { try waiterModels().keys }
    }

    /// Calls a waiter's operation until its state is reached:
    /// `client.wait("instance_stopped", ["InstanceIds": ["i-1"]])`.
    ///
    /// Does what boto3's waiters do; see botocore's waiters-2.json for their acceptors. Each call is retried as every
    /// call of the client.
    /// - Parameters:
    ///   - input: of the waiter's operation.
    ///   - delay: the pause between attempts; the model's by default, as the maximum is. boto3's `WaiterConfig`.
    ///   - deadline: no attempt starts after it, and no pause lasts beyond it.
    ///   - progress: gets what each attempt found.
    /// - Returns: the last output; `null` when the state is an error, as with `bucket_not_exists`.
    /// - Throws: `AWSWaiterError` when the state cannot be reached or is not reached in time; the `AWSError` that no
    ///   acceptor of the waiter expects; `CancellationError`.
    @discardableResult
    public func wait(
        _ waiter: String, _ input: JSONValue = [:], delay: Duration? = nil, maximumAttempts: Int? = nil,
        deadline: Timestamp? = nil, progress: (WaiterProgress) -> Void = { _ in }
    ) async throws -> JSONValue {
        let models = try waiterModels()
        guard let model = models[waiter] else {
            let hint = models.keys.nearest(to: waiter).map { ", did you mean \($0)?" } ?? ""
            var error = AWSError(.invalidParameter, "there is no waiter \(waiter)\(hint)")
            error.service = service.name
            throw error
        }
        let definition = try Waiter(waiter, model)
        let run = WaiterRun(
            waiter: definition, delay: max(delay ?? definition.delay, .zero),
            maximumAttempts: maximumAttempts ?? definition.maximumAttempts, deadline: deadline,
            time: configuration.time)
        return try await run.wait(progress: progress) {
            let result = try await send(definition.operation, input, deadline: deadline)
            return .output(result.output, status: result.status)
        }
    }
}

/// What an attempt of a waiter found.
public struct WaiterProgress: Sendable {
    /// The number of the attempt, from 1.
    public let attempt: Int
    /// After that many attempts the wait fails.
    public let maximumAttempts: Int
    /// What the attempt found, for people: `` `stopping` `` or the error `` `NoSuchBucket` ``.
    public let state: String
    /// The time since the beginning of the wait.
    public let elapsed: Duration
}

/// Why a wait ended without its state.
public typealias AWSWaiterError = CodedError<AWSWaiterErrorCode>

/// The kinds of ``AWSWaiterError``.
public enum AWSWaiterErrorCode: String, ErrorCode {
    /// A state was reached from which the awaited one cannot follow.
    case failed
    /// The state was not reached in the maximum of attempts.
    case tooManyAttempts
    /// The deadline came first.
    case deadlineReached
    /// The service's answer is not what the waiter's expressions are written for.
    case wrongOutput
}

/// One wait: the attempts, and the pauses between them.
struct WaiterRun {
    let waiter: Waiter
    let delay: Duration
    let maximumAttempts: Int
    let deadline: Timestamp?
    let time: TimeSource

    /// - Parameter call: one attempt; throws `AWSError`.
    func wait(
        progress: (WaiterProgress) -> Void, call: () async throws -> Observation
    ) async throws -> JSONValue {
        let start = time.now()
        var attempt = 0
        var state = "nothing is known"
        while true {
            try Task.checkCancellation()
            let observation: Observation
            do { observation = try await self.observation(of: call) } catch let error as AWSError {
                guard hasPassed(deadline), error.localCode == .transport else { throw error }
                throw deadlineError("\(state) after \(made(attempt, since: start))", underlying: error)
            }
            attempt += 1
            state = waiter.description(of: observation)
            progress(
                WaiterProgress(
                    attempt: attempt, maximumAttempts: maximumAttempts, state: state, elapsed: time.now() - start))
            let acceptor: Acceptor?
            do throws(JMESPathError) { acceptor = try waiter.acceptor(of: observation) } catch {
                throw AWSWaiterError(
                    .wrongOutput, "\(waiter.name): the answer of \(waiter.operation) has another form: \(error)",
                    underlying: error)
            }
            switch (acceptor?.state, observation) {
            case (.success, .output(let output, _)): return output
            case (.success, .error): return .null
            case (.failure, _):
                throw failure(acceptor, observation, "after \(made(attempt, since: start))")
            case (nil, .error(let error)): throw error
            case (.retry, _), (nil, .output): break
            }
            let last = "still \(state) after \(made(attempt, since: start))"
            guard attempt < maximumAttempts else {
                let allowed = counted(maximumAttempts, "attempt")
                throw AWSWaiterError(
                    .tooManyAttempts, "\(waiter.name): \(last); \(allowed), \(delay.text) apart, were allowed")
            }
            guard !hasPassed(deadline.map { $0 - delay }) else { throw deadlineError(last) }
            try await time.sleep(delay)
        }
    }

    /// Errors that the service answered are observations; others end the wait.
    private func observation(of call: () async throws -> Observation) async throws -> Observation {
        do { return try await call() } catch let error as AWSError {
            guard error.status != nil, error.localCode != .invalidResponse else { throw error }
            return .error(error)
        }
    }

    private func hasPassed(_ moment: Timestamp?) -> Bool { moment.map { $0 <= time.now() } ?? false }

    private func made(_ attempts: Int, since start: Timestamp) -> String {
        "\(counted(attempts, "attempt")) in \((time.now() - start).text)"
    }

    private func deadlineError(_ state: String, underlying: (any Error)? = nil) -> AWSWaiterError {
        let moment = deadline.map { " \($0)" } ?? ""
        return AWSWaiterError(
            .deadlineReached, "\(waiter.name): \(state); the deadline\(moment) comes before the next attempt",
            underlying: underlying)
    }

    private func failure(_ acceptor: Acceptor?, _ observation: Observation, _ when: String) -> AWSWaiterError {
        let expected = acceptor.map { Waiter.quoted($0.expected) } ?? ""
        let found: String
        switch (acceptor?.matcher, observation) {
        case (.path(let path), _), (.pathAll(let path), _): found = "\(path.text) is \(expected)"
        case (.pathAny(let path), _): found = "\(path.text) has \(expected)"
        case (_, .error(let error)): found = "the service answers \(error.code): \(error.message)"
        case (_, .output(_, let status)): found = "the service answers with status \(status)"
        }
        return AWSWaiterError(.failed, "\(waiter.name) failed \(when): \(found), which ends the wait")
    }
}
