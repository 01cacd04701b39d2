public import JSON

/// Something that is completed from outside the run, by its id: an approval, the end of a deployment.
public struct DurableCallback: Sendable {
    private let engine: DurableEngine
    private let identity: DurableOperation.Identity

    /// What the completer needs; `DurableCallbacks` takes it.
    public let id: String

    init(_ engine: DurableEngine, _ identity: DurableOperation.Identity, id: String) {
        (self.engine, self.identity, self.id) = (engine, identity, id)
    }

    /// Waits until it is completed, without a process where the backend can do so.
    ///
    /// To be asked for once, by the flow that made it or by another one of the same run.
    /// - Throws: ``DurableFailure`` when it was completed with an error; `DurableError.timedOut`;
    ///   ``DurableSuspension``.
    public func result() async throws -> JSONValue { try await engine.result(of: identity) }
}
