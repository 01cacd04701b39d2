import Transport

/// Why a check could not be carried out, in one sentence for a person.
struct CheckFailure: Error, CustomStringConvertible {
    let description: String
    /// Whether a time limit was reached.
    let isTimeout: Bool

    init(_ description: String, isTimeout: Bool = false) {
        self.description = description
        self.isTimeout = isTimeout
    }

    /// Any error, with what it was about before it.
    init(_ context: String = "", of error: any Error) {
        let failure: CheckFailure =
            switch error {
            case let error as CheckFailure: error
            case let error as TransportError where error.code == .addressRefused:
                CheckFailure(error.message + " unless the file's or the endpoint's `allow` names its class")
            case let error as TransportError: CheckFailure(error.message, isTimeout: error.code == .timedOut)
            case is CancellationError: CheckFailure("the run ended before this check did", isTimeout: true)
            default: CheckFailure("\(error)")
            }
        self.init(context + failure.description, isTimeout: failure.isTimeout)
    }
}
