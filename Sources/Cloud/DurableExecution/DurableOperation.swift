internal import Basics
internal import JSON

/// An operation as it is recorded.
struct DurableOperation: Sendable {
    /// The names are Lambda's; files have the same.
    enum Kind: String, Sendable {
        case step = "STEP"
        case wait = "WAIT"
        case callback = "CALLBACK"
        case context = "CONTEXT"
        case execution = "EXECUTION"
        case chainedInvoke = "CHAINED_INVOKE"

        /// For messages.
        var noun: String {
            switch self {
            case .step: "step"
            case .wait: "wait"
            case .callback: "callback"
            case .context: "child"
            case .execution: "execution"
            case .chainedInvoke: "invocation"
            }
        }
    }

    enum Status: String, Sendable {
        case started = "STARTED"
        /// Waits for the time of its next attempt.
        case pending = "PENDING"
        /// Its next attempt may begin.
        case ready = "READY"
        case succeeded = "SUCCEEDED"
        case failed = "FAILED"
        case cancelled = "CANCELLED"
        case timedOut = "TIMED_OUT"
        case stopped = "STOPPED"

        var isFinal: Bool { self != .started && self != .pending && self != .ready }
    }

    /// What never changes of an operation, and what the code asks for.
    struct Identity: Sendable, Hashable {
        /// The positions from the run down to the operation: `2-1` is the first one in the child at position 2.
        let id: String
        let parent: String?
        let kind: Kind
        let subtype: String?
        let name: String

        /// For messages: `"scale" (position 2-1)`.
        var quoted: String { "\"\(name)\" (position \(id))" }
    }

    let identity: Identity
    var status: Status
    var result: JSONValue?
    var failure: DurableFailure?
    /// How many attempts have ended.
    var attempts = 0
    /// The end of a wait, the next attempt of a step, the timeout of a callback.
    var due: Timestamp?
    /// How often a callback must give a sign of life.
    var heartbeat: Duration?
    /// When a callback times out for want of a sign of life.
    var heartbeatDue: Timestamp?
    /// The service's; the operation's own id elsewhere.
    var callbackID: String?
    /// The result was too large to be recorded: the body is run over the recorded operations again.
    var replaysChildren = false

    init(_ identity: Identity, _ status: Status) { (self.identity, self.status) = (identity, status) }

    /// Whether there is nothing to wait for.
    var isSettled: Bool { status.isFinal || status == .ready }

    /// The end of a step, child or callback; nil while it has none.
    var outcome: Result<JSONValue, any Error>? {
        switch status {
        case .started, .pending, .ready: nil
        case .succeeded: .success(result ?? .null)
        case .timedOut:
            .failure(
                DurableError(.timedOut, "the \(identity.kind.noun) \(identity.quoted) was not completed in time"))
        case .failed, .cancelled, .stopped:
            .failure(failure ?? DurableFailure(type: status.rawValue, message: "\(identity.quoted) has no message"))
        }
    }

    /// A name as backends take it: 256 printable ASCII characters, others as `?`.
    static func recordedName(of name: String) -> String {
        let isPlain = name.utf8.count <= 256 && name.utf8.allSatisfy { 0x20...0x7E ~= $0 }
        if isPlain { return name }
        return String(
            decoding: name.unicodeScalars.prefix(256).map { scalar in
                0x20...0x7E ~= scalar.value ? UInt8(scalar.value) : UInt8(ascii: "?")
            }, as: UTF8.self)
    }
}

/// A change of an operation, as it is recorded.
struct DurableUpdate: Sendable {
    enum Action: String, Sendable {
        case start = "START"
        case succeed = "SUCCEED"
        case fail = "FAIL"
        case retry = "RETRY"
        case cancel = "CANCEL"
        /// Only in records that this process keeps itself; Lambda times callbacks out by itself.
        case timeOut = "TIME_OUT"
    }

    let identity: DurableOperation.Identity
    let action: Action
    var result: JSONValue?
    var failure: DurableFailure?
    /// The length of a wait, until the next attempt, or until a callback times out.
    var delay: Duration?
    /// The end of `delay`.
    var due: Timestamp?
    var heartbeat: Duration?
    var heartbeatDue: Timestamp?
    /// How many attempts have ended; nil to count this one.
    var attempts: Int?

    init(_ identity: DurableOperation.Identity, _ action: Action) { (self.identity, self.action) = (identity, action) }

    static func start(_ identity: DurableOperation.Identity) -> DurableUpdate { DurableUpdate(identity, .start) }

    static func succeed(_ identity: DurableOperation.Identity, _ result: JSONValue) -> DurableUpdate {
        var update = DurableUpdate(identity, .succeed)
        update.result = result
        return update
    }

    static func fail(_ identity: DurableOperation.Identity, _ failure: DurableFailure) -> DurableUpdate {
        var update = DurableUpdate(identity, .fail)
        update.failure = failure
        return update
    }

    static func retry(
        _ identity: DurableOperation.Identity, _ outcome: Result<JSONValue, DurableFailure>, _ delay: Duration,
        _ due: Timestamp
    ) -> DurableUpdate {
        var update = DurableUpdate(identity, .retry)
        switch outcome {
        case .success(let state): update.result = state
        case .failure(let failure): update.failure = failure
        }
        (update.delay, update.due) = (delay, due)
        return update
    }

    static func wait(_ identity: DurableOperation.Identity, _ delay: Duration, _ due: Timestamp) -> DurableUpdate {
        var update = DurableUpdate(identity, .start)
        (update.delay, update.due) = (delay, due)
        return update
    }

    /// Changes the operation as this update says; makes it when there is none.
    func apply(to operation: inout DurableOperation?) {
        var changed = operation ?? DurableOperation(identity, .started)
        switch action {
        case .start:
            changed.status = .started
            if identity.kind == .callback { changed.callbackID = identity.id }
        case .succeed: changed.status = .succeeded
        case .fail: changed.status = .failed
        case .retry:
            changed.status = .pending
            changed.attempts += 1
        case .cancel: changed.status = .cancelled
        case .timeOut: changed.status = .timedOut
        }
        // The state of a poll outlives the start of its next attempt.
        if let result { changed.result = result }
        if let failure { changed.failure = failure }
        if let due { changed.due = due }
        if let attempts { changed.attempts = attempts }
        if let heartbeat { changed.heartbeat = heartbeat }
        if let heartbeatDue { changed.heartbeatDue = heartbeatDue }
        operation = changed
    }
}
