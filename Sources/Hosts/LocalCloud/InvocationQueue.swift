/// The waiting and running invocations of a function, and the workers that poll for one.
///
/// A pure state machine; `FunctionHost` performs its actions. An invocation is waiting, running, answered and then
/// finished: it finishes with the worker's next poll, because the worker may write log lines after its answer.
struct InvocationQueue {
    /// One event for the function.
    struct Invocation: Sendable, Equatable {
        let requestID: String
        /// Unique for the attempt, so that a late answer to an earlier attempt is refused.
        let nonce: String
        let event: [UInt8]
    }

    /// The answer of the function, or of the platform when the function gave none.
    enum Outcome: Sendable, Equatable {
        case success([UInt8], contentType: String?)
        case failure(FunctionError, [UInt8])

        static func failure(_ error: FunctionError) -> Outcome { .failure(error, error.payload) }
    }

    /// What `FunctionHost` has to do after a change.
    enum Action: Equatable {
        case deliver(Invocation, poll: Int)
        case finish(requestID: String, Outcome)
    }

    /// Why an answer is refused.
    enum Refusal: Error, Equatable {
        /// There is no invocation with this id.
        case unknown
        /// The invocation has finished, or the answer belongs to another attempt.
        case gone
        /// The invocation has been answered already.
        case answeredTwice
    }

    private var waiting: [Invocation] = []
    private var running: [String: Invocation] = [:]
    private var answered: [String: Outcome] = [:]
    private var finished: Set<String> = []
    private var polls: [Int] = []

    /// Queues an invocation.
    mutating func add(_ invocation: Invocation) -> [Action] {
        waiting.append(invocation)
        return deliver()
    }

    /// A worker asks for an event.
    mutating func poll(_ poll: Int) -> [Action] {
        polls.append(poll)
        return finishAnswered() + deliver()
    }

    /// A worker has closed its connection before it got an event.
    mutating func dropPoll(_ poll: Int) { polls.removeAll { $0 == poll } }

    /// A running invocation did not reach its worker and waits again, before all others.
    ///
    /// - Returns: nil when it is no longer running.
    mutating func takeBack(_ invocation: Invocation) -> [Action]? {
        guard running.removeValue(forKey: invocation.requestID) != nil else { return nil }
        waiting.insert(invocation, at: 0)
        return deliver()
    }

    /// The function answers.
    ///
    /// Only the first answer to the current attempt counts.
    ///
    /// - Parameter nonce: the attempt's id as the function echoes it; nil for runtimes that do not support it.
    mutating func answer(_ requestID: String, nonce: String?, _ outcome: Outcome) throws(Refusal) {
        if answered[requestID] != nil { throw .answeredTwice }
        guard let invocation = running[requestID] else { throw finished.contains(requestID) ? .gone : .unknown }
        if let nonce, nonce != invocation.nonce { throw .gone }
        running[requestID] = nil
        answered[requestID] = outcome
    }

    /// The invocation's timeout has passed.
    mutating func expire(_ requestID: String, _ outcome: Outcome) -> [Action] {
        if let answer = answered[requestID] { return [finish(requestID, answer)] }
        return running[requestID] == nil ? [] : [finish(requestID, outcome)]
    }

    /// The process has ended.
    ///
    /// Its running invocations fail; the waiting ones too if it never asked for an event.
    mutating func processEnded(initialised: Bool, _ outcome: Outcome) -> [Action] {
        polls.removeAll()
        var lost = running.keys.sorted()
        if !initialised {
            lost += waiting.map(\.requestID)
            waiting.removeAll()
        }
        return finishAnswered() + lost.map { finish($0, outcome) }
    }

    private mutating func deliver() -> [Action] {
        var actions: [Action] = []
        while !waiting.isEmpty, !polls.isEmpty {
            // The newest poll: its worker is the least likely to be gone.
            let invocation = waiting.removeFirst()
            running[invocation.requestID] = invocation
            actions.append(.deliver(invocation, poll: polls.removeLast()))
        }
        return actions
    }

    private mutating func finishAnswered() -> [Action] {
        answered.sorted { $0.key < $1.key }.map { finish($0.key, $0.value) }
    }

    private mutating func finish(_ requestID: String, _ outcome: Outcome) -> Action {
        running[requestID] = nil
        answered[requestID] = nil
        finished.insert(requestID)
        if finished.count > 1_000 { finished = [requestID] }  // late answers come soon or never
        return .finish(requestID: requestID, outcome)
    }
}
