import JSON

/// What distinguishes an operation where silence is no failure: how long it may be silent, and whether it may be
/// repeated.
struct OperationTraits: Sendable, Equatable {
    /// How long the service may be silent because it works; nil when the client's usual limit holds.
    var silence: Duration?
    /// Whether a request that may have arrived is never sent again, because the operation runs the user's code.
    var isSentOnce = false
    /// Whether callers poll with it at once again after a failure, so that a client without retry quota waits first.
    var isLongPoll = false
}

extension OperationTraits {
    /// Lambda's longest invocation, 1,800 s since 2026, and a minute for its start and its answer.
    private static let lambdaInvocation = Duration.seconds(1_860)
    /// The longest express workflow of Step Functions and integration of API Gateway, 300 s, and a minute.
    private static let fiveMinutes = Duration.seconds(360)
    /// Step Functions' documentation asks for at least 65 s: it answers after 60 s when there is no task.
    private static let activityTask = Duration.seconds(90)

    /// - Parameter serviceID: as in `ServiceMetadata`.
    init(serviceID: String, operation: String, _ input: JSONValue) {
        switch (serviceID, operation) {
        case ("Lambda", "Invoke"):
            // The other types answer before the function runs; without a type Lambda waits.
            guard input["InvocationType"]?.stringValue ?? "RequestResponse" == "RequestResponse" else { break }
            (silence, isSentOnce) = (Self.lambdaInvocation, true)
        case ("SFN", "StartSyncExecution"), ("SFN", "TestState"), ("API Gateway", "TestInvokeMethod"),
            ("API Gateway", "TestInvokeAuthorizer"):
            (silence, isSentOnce) = (Self.fiveMinutes, true)
        case ("SFN", "GetActivityTask"): (silence, isLongPoll) = (Self.activityTask, true)
        case ("SQS", "ReceiveMessage"): isLongPoll = true
        default: break
        }
    }
}
