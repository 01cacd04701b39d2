public import Basics
public import JSON
public import StateStore

/// What a person has said about a step that waits for approval.
public struct Approval: Sendable, Hashable {
    /// Where the question stands.
    public enum State: String, Sendable {
        /// Nobody has answered.
        case pending
        /// The step may run.
        case approved
        /// The step may not run, and the experiment ends.
        case denied
        /// Nobody has answered in time, which counts as denied.
        case expired
    }

    /// The run and its step, as the runner names it.
    public let run: String
    /// The step.
    public let step: String
    /// What is asked, for people: the activity and its targets.
    public let question: String
    /// Where it stands.
    public var state: State
    /// When it was asked.
    public let requested: Timestamp
    /// When it expires.
    public let expires: Timestamp
    /// Who has answered.
    public var person: String?
    /// Why.
    public var reason: String?
    /// When.
    public var decided: Timestamp?

    /// Why the run ends; nil unless the step may not run.
    public var stopReason: StopReason? {
        switch state {
        case .pending, .approved: return nil
        case .denied:
            let why = reason.map { ": \($0)" } ?? ""
            return StopReason(.approval, person ?? step, "\(person ?? "somebody") has denied \(question)\(why)")
        case .expired:
            let time = expires.iso8601(fractionDigits: 0)
            return StopReason(.approval, step, "nobody has approved \(question) until \(time)")
        }
    }
}

/// The approvals that runs wait for: documents `approval/<run>/<step>`, one a step.
public struct Approvals: Sendable {
    private static let prefix = "approval/"

    private let store: StateStore
    private let time: TimeSource

    /// Approvals in a store.
    public init(_ store: StateStore, time: TimeSource) { (self.store, self.time) = (store, time) }

    /// Asks for an approval; one that was asked before stays as it is.
    /// - Parameter timeout: how long people have.
    public func request(
        run: String, step: String, question: String, timeout: Duration
    ) async throws -> Approval {
        let now = time.now()
        let approval = Approval(
            run: run, step: step, question: question, state: .pending, requested: now, expires: now + timeout)
        let outcome = try await store.write(
            approval.json.description, to: Self.key(run, step), if: .absent, expires: now + timeout + .seconds(604_800),
            until: deadline)
        if outcome.isWritten { return approval }
        return try await self.approval(run: run, step: step) ?? approval
    }

    /// What was said about a step; nil when nobody asked.
    /// - Throws: `StateStoreError`; ``ExperimentError`` for a document that cannot be read: it approves nothing.
    public func approval(run: String, step: String) async throws -> Approval? {
        try await store.document(Self.key(run, step), until: deadline).map { try read($0) }
    }

    /// Answers.
    /// - Returns: where the question stands now: an answer that was given before, or an expiry, stays.
    /// - Throws: ``ExperimentError`` with `invalid` when nobody asked.
    public func decide(
        run: String, step: String, isApproved: Bool, by person: String, reason: String? = nil
    ) async throws -> Approval {
        while true {
            guard let document = try await store.document(Self.key(run, step), until: deadline) else {
                throw ExperimentError(.invalid, "the run \(run) does not ask for an approval of \"\(step)\"")
            }
            var approval = try read(document)
            guard approval.state == .pending else { return approval }
            approval.state = isApproved ? .approved : .denied
            (approval.person, approval.reason, approval.decided) = (person, reason, time.now())
            let outcome = try await store.write(
                approval.json.description, to: Self.key(run, step), if: .unchanged(document.version), until: deadline)
            if outcome.isWritten { return approval }
        }
    }

    /// All questions that nobody has answered, of all runs, the oldest first.
    public func pending() async throws -> [Approval] {
        try await store.documents(until: deadline).filter { $0.key.hasPrefix(Self.prefix) }.values
            .compactMap { try? read($0) }.filter { $0.state == .pending }.sorted { $0.requested < $1.requested }
    }

    /// Forgets what was asked for a run, after its end.
    public func remove(run: String, steps: [String]) async throws {
        for step in steps { _ = try await store.remove(Self.key(run, step), until: deadline) }
    }

    private var deadline: Timestamp { time.now() + .seconds(30) }

    /// Steps have names of any length and characters; keys become file names.
    private static func key(_ run: String, _ step: String) -> String {
        "\(prefix)\(run)/\(Digest.sha256Hex(step).prefix(24))"
    }

    private func read(_ document: StateStore.Document) throws(ExperimentError) -> Approval {
        guard let json = document.json, var approval = Approval(json) else {
            throw ExperimentError(.notReadable, "the document of an approval is damaged")
        }
        if approval.state == .pending, approval.expires <= time.now() { approval.state = .expired }
        return approval
    }
}

extension Approval {
    /// `{"run", "step", "question", "state", "requested", "expires", "by", "reason", "decided"}`; times are ISO 8601.
    public var json: JSONValue {
        var object: JSONObject = [
            "run": .string(run), "step": .string(step), "question": .string(question),
            "state": .string(state.rawValue), "requested": .string(requested.iso8601),
            "expires": .string(expires.iso8601),
        ]
        object["by"] = person.map { .string($0) }
        object["reason"] = reason.map { .string($0) }
        object["decided"] = decided.map { .string($0.iso8601) }
        return .object(object)
    }

    fileprivate init?(_ json: JSONValue) {
        guard let object = json.objectValue, let run = object["run"]?.stringValue,
            let step = object["step"]?.stringValue, let state = object["state"]?.stringValue.flatMap(State.init),
            let requested = object.time("requested"), let expires = object.time("expires")
        else { return nil }
        self.init(
            run: run, step: step, question: object["question"]?.stringValue ?? step, state: state,
            requested: requested, expires: expires, person: object["by"]?.stringValue,
            reason: object["reason"]?.stringValue, decided: object.time("decided"))
    }
}
