import Transport

extension Observation {
    /// Notes a failure with everything that it tells.
    mutating func note(_ error: any Error) {
        let failure = CheckFailure(of: error)
        errors.append(failure.description)
        isTimedOut = isTimedOut || failure.isTimeout
        guard let error = error as? TransportError else { return }
        if let certificate = error.certificate { self.certificate = certificate }
        if error.timings.total > .zero { timings = error.timings }
    }
}
