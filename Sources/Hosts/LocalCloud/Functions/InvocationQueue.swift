/// Which invocations wait, which run, and which workers of the function wait for one.
///
/// A pure state machine: `FunctionHost` feeds it and carries out the actions. An invocation goes from waiting to
/// running to answered to finished; a worker's next poll tells that it is done with what it answered, log and all.
struct InvocationQueue {
    /// One event on its way through the function.
    struct Invocation: Sendable, Equatable {
        let requestID: String
        /// Unique for the attempt: a late answer of an earlier attempt does not pass.
        let nonce: String
        let event: [UInt8]
    }

    /// What the function, or the platform in its place, answered.
    enum Outcome: Sendable, Equatable {
        case success([UInt8], contentType: String?)
        case failure(FunctionError, [UInt8])

        static func failure(_ error: FunctionError) -> Outcome { .failure(error, error.payload) }
    }

    /// What is to be done after a change.
    enum Action: Equatable {
        case deliver(Invocation, poll: Int)
        case finish(requestID: String, Outcome)
    }

    /// Why an answer is not taken.
    enum Refusal: Error, Equatable {
        /// No invocation of this id is known.
        case unknown
        /// The invocation is over, or the answer belongs to another attempt.
        case gone
        /// The invocation has been answered already.
        case answeredTwice
    }

    private var waiting: [Invocation] = []
    private var running: [String: Invocation] = [:]
    private var answered: [String: Outcome] = [:]
    private var over: Set<String> = []
    private var polls: [Int] = []

    /// Takes a new invocation.
    mutating func add(_ invocation: Invocation) -> [Action] {
        waiting.append(invocation)
        return deliver()
    }

    /// A worker asks for an event.
    mutating func poll(_ poll: Int) -> [Action] {
        polls.append(poll)
        return finishAnswered() + deliver()
    }

    /// A worker has gone without having been given an event.
    mutating func dropPoll(_ poll: Int) { polls.removeAll { $0 == poll } }

    /// The function answers; only the first answer of the current attempt counts.
    ///
    /// - Parameter nonce: the attempt's id as the function echoes it; nil for a runtime that does not know of it.
    mutating func answer(_ requestID: String, nonce: String?, _ outcome: Outcome) throws(Refusal) {
        if answered[requestID] != nil { throw .answeredTwice }
        guard let invocation = running[requestID] else { throw over.contains(requestID) ? .gone : .unknown }
        if let nonce, nonce != invocation.nonce { throw .gone }
        running[requestID] = nil
        answered[requestID] = outcome
    }

    /// The invocation's time is over.
    mutating func expire(_ requestID: String, _ outcome: Outcome) -> [Action] {
        if let answer = answered[requestID] { return [finish(requestID, answer)] }
        return running[requestID] == nil ? [] : [finish(requestID, outcome)]
    }

    /// The process has ended: what it worked on fails, and so does what waits if it never asked for an event.
    mutating func processEnded(initialised: Bool, _ outcome: Outcome) -> [Action] {
        polls.removeAll()
        var lost = running.keys.sorted()
        if !initialised {
            lost += waiting.map(\.requestID)
            waiting.removeAll()
        }
        return finishAnswered() + lost.map { finish($0, outcome) }
    }

    /// Whether an event is being worked on.
    var isBusy: Bool { !running.isEmpty }

    private mutating func deliver() -> [Action] {
        var actions: [Action] = []
        while !waiting.isEmpty, !polls.isEmpty {
            // The newest poll: the surest to have somebody at its other end.
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
        over.insert(requestID)
        if over.count > 1_000 { over = [requestID] }  // late answers come soon or never
        return .finish(requestID: requestID, outcome)
    }
}
